"""Render the report as one page of HTML that needs no other file."""

from collections.abc import Sequence
from typing import NamedTuple

from nova_update_guard.report import chart, html, words
from nova_update_guard.report.cells import moment, plain
from nova_update_guard.report.findings import KINDS
from nova_update_guard.report.grouping import Grouping
from nova_update_guard.report.names import NO_NAMES, Names
from nova_update_guard.report.tally import Lines, Tally
from nova_update_guard.report.words import REPORT, Vocabulary, whole

_CROSSED = ('client', 'field')
# The limit of rows in a table; the rest is shown as a sum.
_MOST_ROWS = 15
# The limit of clients, and of fields, in the table of clients by fields.
_MOST_CROSSED = 12
_WARMEST = 5


class _Line(NamedTuple):
    """One row of a table: its value, its bars on each scale, its counts.

    *name* is that of a project or user whose id the value is.
    """

    value: str
    stacks: list[list[chart.Bar]]
    counts: Sequence[int]
    name: str | None = None


class _Cross(NamedTuple):
    """A table of clients by fields; a cell has a count and its color step."""

    kind: int
    fields: list[str]
    lines: list[tuple[str, list[tuple[int, int]]]]


def groupings(vocabulary: Vocabulary = REPORT) -> list[Sequence[str]]:
    """Return the groupings that the tally of a page must have."""
    return [*((name,) for name in vocabulary.tables), _CROSSED]


def render(
    tally: Tally,
    lines: Lines,
    vocabulary: Vocabulary = REPORT,
    names: Names = NO_NAMES,
) -> str:
    """Return the page with the counts of *tally* and of *lines*."""
    crossed = _charted_kind(tally, vocabulary)
    return html.render(
        'report/page.html',
        command=vocabulary.command,
        title=vocabulary.title,
        names=vocabulary.kinds,
        # A kind that never occurred has no column.
        kinds=[kind for kind, count in enumerate(tally.counts) if count],
        headline=vocabulary.headline(tally),
        notes=words.notes(tally, lines, names),
        totals=words.totals(tally, vocabulary),
        period=[moment(time) for time in tally.period or ()],
        revisions=sorted(map(plain, tally.revisions)),
        estimates=words.estimates(tally, vocabulary),
        chart=_chart(tally),
        crossed=vocabulary.crossed[crossed],
        cross=_cross(tally.groupings[_CROSSED], crossed),
        tables={
            name: _table(tally.groupings[name,], names)
            for name in vocabulary.tables
        },
        moment=moment,
    )


def _chart(tally: Tally) -> chart.Chart:
    spans = [
        (start, tuple(map(whole, counts)))
        for start, counts in tally.timeline.spans()
    ]
    return chart.chart(spans, tally.timeline.width)


def _table(grouping: Grouping, names: Names) -> list[_Line]:
    """Return the first rows of a table, and a last row with the other sums."""
    rows = words.rows(grouping)
    first, rest = rows[:_MOST_ROWS], rows[_MOST_ROWS:]
    most = chart.most_of([row.counts for row in first])
    lines = [
        _Line(
            plain(row.values[0]),
            chart.stacks(row.counts, most),
            row.counts,
            _name(names, grouping, row.values[0]),
        )
        for row in first
    ]
    if rest:
        kinds = range(len(KINDS))
        sums = [sum(row.counts[kind] for row in rest) for kind in kinds]
        lines.append(_Line(f'{len(rest):,} more', [], sums))
    return lines


def _name(names: Names, grouping: Grouping, value: object) -> str | None:
    name = names.name(grouping.dimensions[0], value)
    return None if name is None else plain(name)


def _charted_kind(tally: Tally, vocabulary: Vocabulary) -> int:
    """Return the kind in the table of clients by fields."""
    *_, last = vocabulary.crossed
    return next(
        (kind for kind in vocabulary.crossed if tally.counts[kind]), last
    )


def _cross(grouping: Grouping, kind: int) -> _Cross:
    """Return the clients and fields with the largest counts of a *kind*."""
    counts = {
        tuple(map(plain, row.values)): row.counts[kind]
        for row in words.rows(grouping)
        if row.counts[kind]
    }
    clients = _largest(counts, 0)
    fields = _largest(counts, 1)
    most = max(counts.values(), default=0)
    return _Cross(
        kind,
        fields,
        [
            (
                client,
                [
                    (count, chart.warmth(count, most, _WARMEST))
                    for count in (
                        counts.get((client, name), 0) for name in fields
                    )
                ],
            )
            for client in clients
        ],
    )


def _largest(counts: dict[tuple[str, ...], int], place: int) -> list[str]:
    """Return the names at *place* of the keys with the largest sums."""
    sums: dict[str, int] = {}
    for key, count in counts.items():
        sums[key[place]] = sums.get(key[place], 0) + count
    return sorted(sums, key=lambda name: (-sums[name], name))[:_MOST_CROSSED]
