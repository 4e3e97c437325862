"""Count findings in groups by any of their dimensions.

Memory is bounded: if there are too many groups, the smaller are merged into
one, and the report says so.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from nova_update_guard.report.findings import (
    KINDS,
    REDACTED,
    REFUSED,
    WOULD_REDACT,
    WOULD_REFUSE,
    Finding,
)

# The limit of groups in a grouping.
MOST_GROUPS = 10_000

Key = tuple[object, ...]
# The findings of one request, by kind.
Found = Mapping[int, Sequence[Finding]]
# The value of each dimension of the group into which smaller ones are merged.
OTHERS = object()

# The kind before each is its enforced form.
_WARNINGS = (WOULD_REFUSE, WOULD_REDACT)
_PLACES = {name: place for place, name in enumerate(Finding._fields)}
# The units to which a time is rounded down.
_TIMES: dict[str, Callable[[datetime], object]] = {
    'hour': lambda time: time.replace(minute=0, second=0, microsecond=0),
    'day': datetime.date,
}
# The dimensions by which findings can be grouped.
DIMENSIONS = tuple(
    name for name in _PLACES if name not in ('kind', 'time', 'depends_on')
) + tuple(_TIMES)


class Group:
    """The count of each kind, and the times of the first and the last."""

    __slots__ = ('counts', 'first', 'last')

    def __init__(self, time: datetime) -> None:
        self.counts = [0] * len(KINDS)
        self.first = self.last = time

    @property
    def weight(self) -> tuple[int, int]:
        """The order of groups: by refusals first, then by redactions."""
        counts = self.counts
        return (
            counts[REFUSED] + counts[WOULD_REFUSE],
            counts[REDACTED] + counts[WOULD_REDACT],
        )

    def count(self, time: datetime, kind: int, weight: int) -> None:
        """Add *weight* to the count of *kind*, which occurred at *time*."""
        self.counts[kind] += weight
        if time > self.last:
            self.last = time
        elif time < self.first:
            self.first = time

    def merge(self, other: 'Group') -> None:
        """Add the counts of *other*."""
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        for kind, count in enumerate(other.counts):
            self.counts[kind] += count


class Grouping:
    """Groups of findings that have the same *dimensions*.

    If there are too many, the smaller are merged into a group of others. A
    group may lack up to *lacks* of its count: it can have been merged before
    it occurred again.
    """

    def __init__(
        self, dimensions: Sequence[str], most: int = MOST_GROUPS
    ) -> None:
        self.dimensions = tuple(dimensions)
        self._others: Group | None = None
        self.lacks = 0
        self._most = most
        self._key = _key_of(self.dimensions)
        self._groups: dict[Key, Group] = {}

    def count(self, found: Found, time: datetime, weight: int) -> None:
        """Count the findings of one request, once in each group."""
        for key, kind in marks(found, self._key):
            group = self._groups.get(key)
            if group is None:
                group = self._begin(key, time)
            group.count(time, kind, weight)

    def groups(self) -> list[tuple[Key, Group]]:
        """Return the groups, those with most refusals first, others last."""
        groups = self._ordered()
        if self._others:
            groups.append(((OTHERS,) * len(self.dimensions), self._others))
        return groups

    def _ordered(self) -> list[tuple[Key, Group]]:
        return sorted(
            self._groups.items(),
            key=lambda item: (_downwards(item[1]), _text(item[0])),
        )

    def _begin(self, key: Key, time: datetime) -> Group:
        if len(self._groups) >= self._most:
            self._merge_smaller()
        group = self._groups[key] = Group(time)
        return group

    def _merge_smaller(self) -> None:
        ordered = self._ordered()
        keep = self._most // 2
        others = self._others or Group(ordered[-1][1].first)
        largest = 0
        for _, group in ordered[keep:]:
            others.merge(group)
            largest = max(largest, sum(group.counts))
        self._others = others
        self.lacks += largest
        self._groups = dict(ordered[:keep])


def by_kind(found: Iterable[Finding]) -> Found:
    """Return the findings of one request, by kind."""
    kinds: dict[int, list[Finding]] = {}
    for finding in found:
        kinds.setdefault(finding.kind, []).append(finding)
    return kinds


def marks(
    found: Found, key: Callable[[Finding], Key]
) -> Iterator[tuple[Key, int]]:
    """Yield each key of the findings of one request, with its kind.

    A key that is refused is not counted as "would be refused" as well; the
    same holds for redactions.
    """
    for kind, findings in found.items():
        keys = {*map(key, findings)}
        done = found.get(kind - 1) if kind in _WARNINGS else None
        if done:
            keys.difference_update(map(key, done))
        for each in keys:
            yield each, kind


def _key_of(dimensions: tuple[str, ...]) -> Callable[[Finding], Key]:
    """Return a function that returns a finding's values of *dimensions*."""
    if not {*dimensions} & _TIMES.keys():
        places = [_PLACES[name] for name in dimensions]
        # A slice of one place is a tuple; so are several places.
        return itemgetter(
            *places if len(places) > 1 else [slice(places[0], places[0] + 1)]
        )

    def key(finding: Finding) -> Key:
        return tuple(
            _TIMES[name](finding.time)
            if name in _TIMES
            else finding[_PLACES[name]]
            for name in dimensions
        )

    return key


def _downwards(group: Group) -> tuple[int, int]:
    breaks, redacts = group.weight
    return -breaks, -redacts


def _text(key: Key) -> list[tuple[bool, str]]:
    return [(value is None, str(value)) for value in key]
