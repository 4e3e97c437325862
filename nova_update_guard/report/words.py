"""Convert a tally to numbers to print, and to sentences."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nova_update_guard.report.cells import bare, moment, printable
from nova_update_guard.report.findings import KINDS, REFUSED, WOULD_REFUSE
from nova_update_guard.report.grouping import OTHERS, Grouping
from nova_update_guard.report.names import NO_NAMES, Names
from nova_update_guard.report.tally import MOST_REVISIONS, ONE, Lines, Tally


class Vocabulary(NamedTuple):
    """The words for what a tally counts.

    *rest* names the requests without a finding; *tables* are the dimensions
    that the page of *command* has tables of; *crossed* has the kinds that it
    shows by client and field, the first that occurred.
    """

    command: str
    title: str
    kinds: Sequence[str]
    rest: str
    headline: Callable[[Tally], str]
    tables: Sequence[str]
    crossed: Mapping[int, str]

    @property
    def names(self) -> Sequence[str]:
        """The kinds as names of columns that programs read."""
        return [kind.replace(' ', '_') for kind in self.kinds]


class Row(NamedTuple):
    """One group, in numbers to print."""

    values: tuple[object, ...]
    counts: tuple[int, ...]
    first: str
    last: str


def whole(parts: int) -> int:
    """Return the number of requests in *parts* of ONE, rounded."""
    return (parts + ONE // 2) // ONE


def rows(grouping: Grouping) -> list[Row]:
    """Return the groups, those with most refusals first, others last."""
    return [
        Row(
            key,
            tuple(map(whole, group.counts)),
            moment(group.first),
            moment(group.last),
        )
        for key, group in grouping.groups()
    ]


def headline(tally: Tally) -> str:
    """Return a sentence with the number of clients that would break.

    Needs the tally by client and by project.
    """
    if not tally.records:
        return 'There are no records.'
    count = whole(tally.counts[WOULD_REFUSE])
    if not count:
        return 'Nothing more would be refused if everything were enforced.'
    clients = _some(tally.groupings['client',], 'client')
    projects = _some(tally.groupings['project',], 'project')
    return (
        f'If everything were enforced, {many(count, "more request")} would '
        f'be refused, from {clients} in {projects}.'
    )


REPORT = Vocabulary(
    command='report',
    title='Who would break',
    kinds=KINDS,
    rest='allowed',
    headline=headline,
    tables=('client', 'project', 'user', 'field', 'rule', 'layer'),
    crossed={
        WOULD_REFUSE: 'What would be refused',
        REFUSED: 'What was refused',
    },
)


def _some(grouping: Grouping, noun: str) -> str:
    """Return, as text, the number of groups with would-be refusals."""
    breaking = [
        key
        for key, group in grouping.groups()
        if group.counts[WOULD_REFUSE] and key != (OTHERS,)
    ]
    more = 'more than ' if grouping.lacks else ''
    return more + many(len(breaking), noun)


def many(count: int, noun: str) -> str:
    """Return *count* with its *noun* in singular or plural."""
    return f'{count:,} {noun}{"" if count == 1 else "s"}'


def summary(tally: Tally, vocabulary: Vocabulary = REPORT) -> str:
    """Return the totals in a sentence."""
    if not tally.period:
        return 'No records.'
    guessed = estimates(tally, vocabulary)
    counts = [
        f'{"about " if name in guessed else ""}{count:,} {_spoken(name)}'
        for name, count in totals(tally, vocabulary).items()
    ]
    first, last = map(moment, tally.period)
    return f'From {first} to {last}: {", ".join(counts)}.'


def _spoken(name: str) -> str:
    return name.replace('_', ' ')


def notes(tally: Tally, lines: Lines, names: Names = NO_NAMES) -> list[str]:
    """Return sentences that a reader needs to trust the numbers."""
    return [
        *_left_out(tally, lines),
        *_inexact(tally),
        *_nameless(tally, names),
    ]


def _left_out(tally: Tally, lines: Lines) -> Iterator[str]:
    if aside := whole(tally.aside):
        yield (
            f'nova itself refused {many(aside, "request")} that the guard '
            'would have refused: nobody breaks by that.'
        )
    if lines.damaged:
        yield f'{many(lines.damaged, "damaged record")} could not be used.'
    if lines.other:
        yield f'{many(lines.other, "line")} of the log held no record.'
    for name in lines.broken:
        yield (
            f'{printable(name)} is damaged or truncated; the records before '
            'that are counted.'
        )
    left = lines.records - tally.records
    if left:
        yield f'{many(left, "record")} were outside of the selection.'


def _inexact(tally: Tally) -> Iterator[str]:
    if tally.estimates:
        yield (
            'Some requests are recorded only as a sample; their counts are '
            'estimates.'
        )
    for grouping in tally.groupings.values():
        if grouping.lacks:
            yield (
                f'There were too many groups by '
                f'{", ".join(grouping.dimensions)}: the smaller ones '
                'are counted together, as (others), and each row may lack '
                f'up to {whole(grouping.lacks):,}.'
            )
    if len(tally.revisions) == MOST_REVISIONS:
        yield f'There may be more than {MOST_REVISIONS} revisions.'


def _nameless(tally: Tally, names: Names) -> Iterator[str]:
    found = names.unnamed(tally.groupings.values())
    said = [many(count, noun) for noun, count in found.items() if count]
    if said:
        yield f'The name of {" and ".join(said)} is not known.'


def totals(tally: Tally, vocabulary: Vocabulary = REPORT) -> dict[str, int]:
    """Return the number of requests, in all and of each kind."""
    return {
        'requests': whole(tally.requests),
        vocabulary.rest: whole(tally.allowed),
        **_named(tally.counts, vocabulary),
    }


def estimates(tally: Tally, vocabulary: Vocabulary = REPORT) -> set[str]:
    """Return the names of the totals that are estimates."""
    names = {
        vocabulary.rest if kind is None else vocabulary.names[kind]
        for kind in tally.estimates
    }
    return names | {'requests'} if names else names


def data(
    tally: Tally,
    lines: Lines,
    vocabulary: Vocabulary = REPORT,
    names: Names = NO_NAMES,
) -> dict[str, Any]:
    """Return the whole report as data for JSON."""
    return {
        'headline': vocabulary.headline(tally),
        'notes': notes(tally, lines, names),
        'period': tally.period and [moment(time) for time in tally.period],
        'revisions': sorted(tally.revisions),
        'totals': totals(tally, vocabulary),
        'estimates': sorted(estimates(tally, vocabulary)),
        'lines': {
            'records': lines.records,
            'damaged': lines.damaged,
            'other': lines.other,
            'broken': lines.broken,
        },
        'by': {
            ','.join(dimensions): [
                _as_object(dimensions, row, vocabulary, names)
                for row in rows(grouping)
            ]
            for dimensions, grouping in tally.groupings.items()
        },
        'timeline': {
            'seconds': int(tally.timeline.width.total_seconds()),
            'spans': [
                {'start': moment(start), **_named(counts, vocabulary)}
                for start, counts in tally.timeline.spans()
            ],
        },
    }


def _as_object(
    dimensions: Sequence[str], row: Row, vocabulary: Vocabulary, names: Names
) -> dict[str, object]:
    values = map(bare, names.values(dimensions, row.values))
    return {
        **dict(zip(names.columns(dimensions), values, strict=True)),
        **dict(zip(vocabulary.names, row.counts, strict=True)),
        'first': row.first,
        'last': row.last,
    }


def _named(counts: Iterable[int], vocabulary: Vocabulary) -> dict[str, int]:
    return dict(zip(vocabulary.names, map(whole, counts), strict=True))
