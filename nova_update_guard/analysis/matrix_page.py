"""Render the matrix of a policy as one page of HTML."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nova_update_guard.analysis import matrix
from nova_update_guard.analysis.matrix import (
    NO,
    SECTIONS,
    YES,
    Cell,
    Column,
    Line,
    Matrix,
    Section,
)
from nova_update_guard.report import html
from nova_update_guard.report.cells import printable

# A longer text is folded.
_LONGEST = 80


class _Text(NamedTuple):
    """A *short* text; it opens to the *long* one, if there is one."""

    short: str
    long: str = ''


def render(found: Matrix, revision: str, files: Iterable[str]) -> str:
    """Return the page of a matrix, and of the *files* that it is of."""
    safe = _printable(found)
    parts = {section: safe.of(section) for section in SECTIONS['all']}
    parts = {name: part for name, part in parts.items() if part.columns}
    return html.render(
        'analysis/matrix.html',
        title='Who may change and see what',
        headline=matrix.headline(safe),
        revision=revision,
        files=[*map(printable, files)],
        callers=[line.caller for line in safe.lines],
        sections=[*parts],
        glance=_glance(safe, parts),
        tables=[(name, [*part.by_rule()]) for name, part in parts.items()],
    )


def _glance(
    found: Matrix, parts: dict[Section, Matrix]
) -> list[tuple[str, tuple[_Text, ...]]]:
    """Return what callers may do in words; those with equal words together."""
    labels: dict[tuple[_Text, ...], list[str]] = {}
    for number, line in enumerate(found.lines):
        texts = tuple(
            _summary(section, part.columns, part.lines[number].cells)
            for section, part in parts.items()
        )
        labels.setdefault(texts, []).append(line.caller)
    return [('; '.join(names), texts) for texts, names in labels.items()]


def _summary(
    section: Section, columns: Iterable[Column], cells: Iterable[Cell]
) -> _Text:
    """Return in words what a caller may do by the rules of a section."""
    named = [
        (column.name, cell.result)
        for column, cell in zip(columns, cells, strict=True)
    ]
    may = [(name, result != NO) for name, result in named]
    text = matrix.phrase(may, section.noun)
    text = '; '.join([text, *_depending(named)])
    if len(text) <= _LONGEST:
        return _Text(text)
    count = sum(result != NO for _, result in named)
    return _Text(f'{count} of {len(named)} {section.noun}s', text)


def _depending(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, result in named:
        if result not in (YES, NO):
            yield f'{name} {result}'


def _printable(found: Matrix) -> Matrix:
    """Return *found* with unprintable characters escaped."""
    return Matrix(
        [
            column._replace(
                rule=printable(column.rule),
                name=printable(column.name),
                text=printable(column.text),
                place=printable(column.place),
            )
            for column in found.columns
        ],
        [
            Line(
                printable(line.caller),
                [Cell(*map(printable, cell)) for cell in line.cells],
            )
            for line in found.lines
        ],
    )
