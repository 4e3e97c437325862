"""Count decision records.

Counts are whole numbers of small parts, so that their sum is the same in every
order: a record of which one in three is kept counts as three.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nova_update_guard.report.findings import (
    KINDS,
    Finding,
    Record,
    findings,
    is_refused_by_nova,
)
from nova_update_guard.report.grouping import (
    MOST_GROUPS,
    Grouping,
    Key,
    by_kind,
    marks,
)
from nova_update_guard.report.timeline import Timeline

# The value of one request in all sums here.
ONE = 1_000_000
MOST_SPANS = 120
# The limit of policy revisions in the report.
MOST_REVISIONS = 100


@dataclass
class Lines:
    """The numbers of lines read: records, damaged ones, others of the log.

    *broken* are inputs whose compressed data is damaged, or ends too soon.
    """

    records: int = 0
    damaged: int = 0
    other: int = 0
    broken: list[str] = field(default_factory=list)


class Tally:
    """The counts of all *records*.

    *requests*, *allowed* and *counts* by kind are in parts of ONE. *estimates*
    are the kinds, or None for the allowed requests, that have records which
    stand for more than themselves. *findings* returns those about a record,
    and *is_aside* says whether it has none for another reason than that it
    was allowed: such requests are *aside*.
    """

    def __init__(
        self,
        groupings: Iterable[Sequence[str]],
        most: int = MOST_GROUPS,
        findings: Callable[[Record], list[Finding]] = findings,
        is_aside: Callable[[Record], bool] = is_refused_by_nova,
    ) -> None:
        self._findings = findings
        self._is_aside = is_aside
        self.groupings = {
            tuple(names): Grouping(names, most) for names in groupings
        }
        self.timeline = Timeline(MOST_SPANS, len(KINDS))
        self.records = self.requests = self.allowed = self.aside = 0
        self.counts = [0] * len(KINDS)
        self.estimates: set[int | None] = set()
        self.period: tuple[datetime, datetime] | None = None
        self.revisions: set[str] = set()

    def count(self, record: Record) -> None:
        """Count one request."""
        weight = ONE if record.sample == 1 else round(ONE / record.sample)
        self.records += 1
        self.requests += weight
        self._see(record)
        if self._is_aside(record):
            self.aside += weight
            return
        found = by_kind(self._findings(record))
        kinds = [kind for _, kind in marks(found, _alike)]
        if weight != ONE:
            self.estimates.update(kinds or [None])
        if not kinds:
            self.allowed += weight
            return
        for grouping in self.groupings.values():
            grouping.count(found, record.time, weight)
        for kind in kinds:
            self.counts[kind] += weight
            self.timeline.count(record.time, kind, weight)

    def _see(self, record: Record) -> None:
        first, last = self.period or (record.time, record.time)
        self.period = min(first, record.time), max(last, record.time)
        if record.revision and len(self.revisions) < MOST_REVISIONS:
            self.revisions.add(record.revision)


def _alike(_: Finding) -> Key:
    return ()
