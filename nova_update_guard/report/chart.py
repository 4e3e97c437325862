"""Compute the geometry of the page's charts: numbers in, numbers out.

Refusals and redactions have separate scales: there are few refusals among many
redactions, and they are the reason for the report.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from nova_update_guard.report.findings import (
    REDACTED,
    REFUSED,
    WOULD_REDACT,
    WOULD_REFUSE,
)

# The kinds stacked on one scale, and the height of its chart in pixels.
SCALES = (((REFUSED, WOULD_REFUSE), 180), ((REDACTED, WOULD_REDACT), 100))
# Fewer spans than this are drawn as narrow as this many would be.
_FEWEST = 24
# Round ends of an axis; also ten times as much, a hundred times, ….
_ROUND = (1, 2, 4, 6, 8, 10)
_MOST_MARKS = 4

# The start of a span of time, and the count of each kind.
Counted = tuple[datetime, Sequence[int]]


class Bar(NamedTuple):
    """A part of a stack: its kind, its start and its length."""

    kind: int
    start: float
    length: float


class Mark(NamedTuple):
    """A mark on an axis, in percent or pixels, with its text."""

    place: float
    text: str


class Span(NamedTuple):
    """One span of time: in percent from the left, its bars in pixels."""

    place: float
    start: datetime
    counts: Sequence[int]
    bars: list[Bar]


class Panel(NamedTuple):
    """The spans with the counts of some *kinds*, and the marks of its axis."""

    kinds: Sequence[int]
    height: int
    spans: list[Span]
    marks: list[Mark]


class Chart(NamedTuple):
    """Panels above a common axis of time; *width* of a span in percent."""

    width: float
    panels: list[Panel]
    marks: list[Mark]


def chart(spans: Sequence[Counted], length: timedelta) -> Chart:
    """Return the chart of *spans* of that *length*."""
    slots = max(len(spans), _FEWEST)
    left = (slots - len(spans)) / 2
    places = [
        round((left + number) * 100 / slots, 3) for number in range(len(spans))
    ]
    panels = [
        _panel(spans, places, kinds, height)
        for kinds, height in SCALES
        if any(counts[kind] for _, counts in spans for kind in kinds)
    ]
    return Chart(
        round(100 / slots, 3), panels, list(_across(spans, places, length))
    )


def stacks(counts: Sequence[int], most: Sequence[int]) -> list[list[Bar]]:
    """Return the bars of a row on each scale, in percent of its maximum."""
    return [
        _stack(counts, kinds, top, 100) if top else []
        for (kinds, _), top in zip(SCALES, most, strict=True)
    ]


def most_of(rows: Sequence[Sequence[int]]) -> list[int]:
    """Return the largest sum of any row on each scale."""
    return [
        max((_sum(counts, kinds) for counts in rows), default=0)
        for kinds, _ in SCALES
    ]


def ceiling(count: int) -> int:
    """Return the round number at which an axis ends that reaches *count*."""
    power = 1
    while power * 10 < count:
        power *= 10
    return next(step * power for step in _ROUND if step * power >= count)


def warmth(count: int, most: int, steps: int) -> int:
    """Return the color step of *count*: 0 for none, *steps* for the most."""
    return math.ceil(steps * math.sqrt(count / most)) if count else 0


def _panel(
    spans: Sequence[Counted],
    places: Sequence[float],
    kinds: Sequence[int],
    height: int,
) -> Panel:
    top = ceiling(max(_sum(counts, kinds) for _, counts in spans))
    drawn = [
        Span(place, start, counts, _stack(counts, kinds, top, height))
        for place, (start, counts) in zip(places, spans, strict=True)
    ]
    marks = [
        Mark(round(count * height / top, 2), f'{count:,}')
        for count in sorted({0, top // 2, top})
    ]
    return Panel(kinds, height, drawn, marks)


def _sum(counts: Sequence[int], kinds: Sequence[int]) -> int:
    return sum(counts[kind] for kind in kinds)


def _stack(
    counts: Sequence[int], kinds: Sequence[int], top: int, length: int
) -> list[Bar]:
    """Return stacked bars on a scale where *top* is *length* long."""
    bars = []
    start = 0
    for kind in kinds:
        if counts[kind]:
            bars.append(
                Bar(
                    kind,
                    round(start * length / top, 2),
                    round(counts[kind] * length / top, 2),
                )
            )
        start += counts[kind]
    return bars


def _across(
    spans: Sequence[Counted], places: Sequence[float], length: timedelta
) -> Iterator[Mark]:
    """Yield marks at the start of some spans, as evenly spaced as possible."""
    step = math.ceil(len(spans) / _MOST_MARKS) or 1
    pattern = '%Y-%m-%d' if length >= timedelta(days=1) else '%m-%d %H:%M'
    for place, (start, _) in list(zip(places, spans, strict=True))[::step]:
        yield Mark(place, start.strftime(pattern))
