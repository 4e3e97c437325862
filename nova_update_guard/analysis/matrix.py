"""The matrix of a policy: callers by rules, each cell yes, no, or on what."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nova_update_guard.analysis.residual import (
    needs,
    residual,
    without_secrets,
)
from nova_update_guard.policy import callers, trees
from nova_update_guard.policy.enforcer import Creds, Rules

YES = 'yes'
NO = 'no'


class Section(NamedTuple):
    """A kind of rule: what it lets callers do, and to what."""

    verb: str
    noun: str
    prefix: str


UPDATE = Section('change', 'field', 'update_guard:server:update:')
EXEMPT = Section('ignore', 'constraint', 'update_guard_constraint:')
SHOW = Section('see', 'attribute', 'update_guard:server:show:')
# By the value of --what, the sections to show.
SECTIONS = {
    'update': (UPDATE, EXEMPT),
    'show': (SHOW,),
    'all': (UPDATE, EXEMPT, SHOW),
}


class Column(NamedTuple):
    """One rule: its *name* to read, its *text*, and the *place* of that."""

    section: Section
    rule: str
    name: str
    text: str
    place: str


class Cell(NamedTuple):
    """The result of a rule for a caller: YES, NO, or what it depends on.

    *condition* is the check that remains, without secrets.
    """

    result: str
    condition: str = ''


class Line(NamedTuple):
    """One caller, with a cell for each column."""

    caller: str
    cells: Sequence[Cell]


class Matrix(NamedTuple):
    """The *lines* of all callers below the *columns* of all rules."""

    columns: Sequence[Column]
    lines: Sequence[Line]

    def by_rule(self) -> Iterator[tuple[Column, tuple[Cell, ...]]]:
        """Yield each column with its cells, by caller."""
        cells = zip(*(line.cells for line in self.lines), strict=True)
        return zip(self.columns, cells, strict=True)

    def of(self, section: Section) -> 'Matrix':
        """Return the matrix of one *section*."""
        keep = [column.section is section for column in self.columns]
        return Matrix(
            [*itertools.compress(self.columns, keep)],
            [
                Line(line.caller, [*itertools.compress(line.cells, keep)])
                for line in self.lines
            ],
        )


def matrix(rules: Rules, what: str = 'all') -> Matrix:
    """Return the matrix of the sections *what* of *rules*."""
    columns = [
        Column(
            section,
            rule,
            _name(rules, section, rule),
            without_secrets(rules.texts[rule]),
            str(rules.places.get(rule, 'default')),
        )
        for section in SECTIONS[what]
        for rule in sorted(rules.texts)
        if rule.startswith(section.prefix)
    ]
    leaves = [
        leaf
        for column in columns
        for leaf in trees.leaves(rules.trees, column.rule)
    ]
    return Matrix(
        columns,
        [
            Line(label, [cell(rules, each.rule, creds) for each in columns])
            for label, creds in callers.one_by_one(callers.named(leaves))
        ],
    )


def cell(rules: Rules, rule: str, creds: Creds) -> Cell:
    """Return the result of *rule* for a caller with *creds*.

    As "if project_id", or "asks https://host" of a service.
    """
    left = residual(rules, rule, creds)
    if isinstance(left, bool):
        return Cell(YES if left else NO)
    asks = all(map(trees.is_opaque, trees.parts(left)))
    words = ', '.join(needs(rules, rule, left))
    return Cell(
        f'{"asks" if asks else "if"} {words or "a check fails"}',
        without_secrets(str(left)),
    )


def phrase(column: Sequence[tuple[str, bool]], noun: str) -> str:
    """Return in words which of the names are true, by the shorter list."""
    chosen = [name for name, is_true in column if is_true]
    others = [name for name, is_true in column if not is_true]
    if not chosen:
        return 'nothing'
    if not others:
        return f'all {len(chosen)} {noun}s' if chosen[1:] else chosen[0]
    if len(others) < len(chosen):
        return f'all {len(column)} {noun}s but {", ".join(others)}'
    return ', '.join(chosen)


def headline(found: Matrix) -> str:
    """Return in a sentence what members may change and readers see."""
    said = [
        f'a {line.caller} may {section.verb} {_count(line.cells, section)}'
        for caller, section in (('member', UPDATE), ('reader', SHOW))
        for line in found.of(section).lines
        if line.caller == caller and line.cells
    ]
    text = ', and '.join(said)
    return f'{text[:1].upper()}{text[1:]}.'


def _count(cells: Sequence[Cell], section: Section) -> str:
    yes = sum(each.result == YES for each in cells)
    some = sum(each.result not in (YES, NO) for each in cells)
    more = f', and {some} more of some servers' if some else ''
    total = _many(len(cells), section.noun)
    return f'all {total}' if yes == len(cells) else f'{yes} of {total}{more}'


def _many(count: int, noun: str) -> str:
    return f'{count} {noun}{"" if count == 1 else "s"}'


def joined(
    found: Matrix,
) -> Iterator[tuple[Section, str, tuple[Cell, ...]]]:
    """Yield a row for each set of rules whose cells are equal.

    With its section and the names of the rules; the largest set of a section
    has only a number, if that is shorter.
    """
    for section in SECTIONS['all']:
        groups: dict[tuple[str, ...], list[str]] = {}
        rows: dict[tuple[str, ...], tuple[Cell, ...]] = {}
        for column, cells in found.of(section).by_rule():
            key = tuple(each.result for each in cells)
            groups.setdefault(key, []).append(column.name)
            rows[key] = cells
        most = max(groups.values(), key=len, default=[])
        for key, names in sorted(
            groups.items(), key=lambda item: -len(item[1])
        ):
            text = ', '.join(names)
            if names is most and len(names) > _MANY:
                which = 'the other' if len(groups) > 1 else 'all'
                text = f'{which} {_many(len(names), section.noun)}'
            yield section, text, rows[key]


# More names than this need not be listed one by one.
_MANY = 3


def _name(rules: Rules, section: Section, rule: str) -> str:
    if section is EXEMPT:
        messages = {each.rule: each.message for each in rules.constraints}
        name = rule.removeprefix(section.prefix).replace(':', ' ')
        return f'{name}: {messages.get(rule, "")}'
    return rule.removeprefix(section.prefix)
