"""Ratios of two things that take turns, and their spread.

These machines are noisy: no figure is an absolute time. In each round both
are run for about as long, one after the other; a row is the median of the
rounds' ratios, its spread the half of them around it.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

Work = Callable[[], object]

ROUNDS = 15
# Of each of the two, in every round.
SECONDS = 0.05
MOST = 10_000


class Ratio(NamedTuple):
    """The median of a row's ratios, and the quartiles around it."""

    median: float
    low: float
    high: float


class Row(NamedTuple):
    """*work* against *floor*: a ratio, and a *budget* it is to meet.

    At most the budget; at least, if *more* is better.
    """

    name: str
    against: str
    work: Work
    floor: Work
    budget: float
    more: bool = False


def ratio(row: Row) -> Ratio:
    """Return what *row*'s work takes in terms of its floor."""
    work, floor = row.work, row.floor
    counts = _count(work), _count(floor)
    ratios = []
    for _ in range(ROUNDS):
        spent = [
            _seconds(each, count)
            for each, count in zip((work, floor), counts, strict=True)
        ]
        ratios.append(spent[1] / spent[0] if row.more else spent[0] / spent[1])
    return spread(ratios)


def spread(ratios: list[float]) -> Ratio:
    """Return the median and the quartiles of *ratios*."""
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(median, low, high)


def is_met(row: Row, measured: Ratio) -> bool:
    """Tell whether *row* is within its budget."""
    if row.more:
        return measured.median >= row.budget
    return measured.median <= row.budget


def _count(work: Work) -> int:
    """Return how often *work* is done in SECONDS; do it to warm up."""
    work()
    start = time.perf_counter()
    work()
    once = time.perf_counter() - start
    return max(1, min(MOST, int(SECONDS / max(once, 1e-7))))


def _seconds(work: Work, count: int) -> float:
    """Return the seconds of one of *count* runs."""
    start = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - start) / count
