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
# Python keeps its stack in pieces, and what is called again and again just
# where one ends costs more: up to a tenth of a request of nova's, for more or
# less depending on how many calls are above it. So many turns, each so many
# calls deeper, are all of a piece.
TURNS = 19
_DEPTH = 9


class Ratio(NamedTuple):
    """The median of a row's ratios, and the quartiles around it."""

    median: float
    low: float
    high: float


class Row(NamedTuple):
    """*work* against *floor*: a ratio, and a *budget* it is to meet.

    At most the budget; at least, if *more* is better. In each round they take
    turns as often as *turns*, each time deeper in the stack: for slow work of
    which a small part is of interest. A round's ratio is the turns' median.
    """

    name: str
    against: str
    work: Work
    floor: Work
    budget: float
    more: bool = False
    turns: int = 1


class Measured(NamedTuple):
    """A *ratio* that was measured, by *name*, and its *budget* if it has one.

    At most the budget; at least, if *more* is better.
    """

    name: str
    against: str
    ratio: Ratio
    budget: float | None = None
    more: bool = False

    @property
    def is_met(self) -> bool | None:
        """Whether it is within its budget; None if it has none."""
        if self.budget is None:
            return None
        if self.more:
            return self.ratio.median >= self.budget
        return self.ratio.median <= self.budget


def measured(row: Row) -> Measured:
    """Measure *row*."""
    return Measured(row.name, row.against, ratio(row), row.budget, row.more)


def ratio(row: Row) -> Ratio:
    """Return the time of *row*'s work as a multiple of its floor."""
    work, floor = row.work, row.floor
    counts = count(work), count(floor)
    ratios = []
    for _ in range(ROUNDS):
        turns = []
        for turn in range(row.turns):
            ours, floors = _deeper(turn * _DEPTH, work, floor, counts)
            turns.append(floors / ours if row.more else ours / floors)
        ratios.append(statistics.median(turns))
    return spread(ratios)


def _deeper(
    depth: int, work: Work, floor: Work, counts: tuple[int, int]
) -> tuple[float, float]:
    """Return the seconds of each, so many calls deeper in the stack."""
    if depth:
        return _deeper(depth - 1, work, floor, counts)
    return seconds(work, counts[0]), seconds(floor, counts[1])


def spread(ratios: list[float]) -> Ratio:
    """Return the median and the quartiles of *ratios*."""
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(median, low, high)


def count(work: Work) -> int:
    """Return how often *work* is done in SECONDS; do it to warm up."""
    work()
    start = time.perf_counter()
    work()
    once = time.perf_counter() - start
    return max(1, min(MOST, int(SECONDS / max(once, 1e-7))))


def seconds(work: Work, times: int) -> float:
    """Return the seconds of one of *times* runs."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times
