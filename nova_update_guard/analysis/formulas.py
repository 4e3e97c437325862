"""Checks as formulas for the solver z3.

A text is a number: one for each constant, and any other for texts that are no
constant. Only whether texts are equal counts, so numbers lose nothing.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import z3

from nova_update_guard.analysis import domain
from nova_update_guard.analysis.domain import (
    BOOLEANS,
    LISTS,
    SCOPE,
    SYSTEM,
    Domain,
)
from nova_update_guard.analysis.nodes import (
    ConstantLeaf,
    CredentialLeaf,
    Leaf,
    Nodes,
    OpaqueLeaf,
    RoleLeaf,
    Template,
    TemplateLeaf,
)
from nova_update_guard.policy import targets
from nova_update_guard.policy.targets import Lack

# No text: None is a credential that is not set.
NUMBERS: dict[Lack | None, int] = {Lack.ABSENT: -1, Lack.UNKNOWN: -2, None: -3}
_ABSENT, _UNKNOWN, _UNSET = NUMBERS.values()
_TEXT_TO_BOOL = (z3.IntSort(), z3.BoolSort())
YES, NO = z3.BoolVal(True), z3.BoolVal(False)


class Result(NamedTuple):
    """Of a check: whether it matches, and whether the rule denies by it.

    A rule denies as a whole where it comes to a value that the document does
    not have, or to a check that fails. *vague*: it came to a check that the
    formula does not describe in full; *calls*: to an opaque one.
    """

    matches: Any
    denies: Any = NO
    vague: Any = NO
    calls: Any = NO


class Formulas:
    """The formulas of checks in *nodes*, about the values of *known*.

    ``server`` and ``credentials`` are the variables of named values, and
    ``filled`` those of texts that are made of values. ``has`` are, by the
    credentials that are lists, functions of a text; ``members`` the values
    of the server that may be in them.
    """

    def __init__(self, nodes: Nodes, known: Domain) -> None:
        self._nodes = nodes
        self._domain = known
        self._results: dict[int, Result] = {}
        self.numbers = {
            text: number for number, text in enumerate(sorted(known.constants))
        }
        self.server = {keys: z3.Int(f'server:{keys}') for keys in known.server}
        self.credentials = {name: z3.Int(name) for name in known.credentials}
        self.filled: dict[Template, Any] = {}
        self.has = {name: z3.Function(name, *_TEXT_TO_BOOL) for name in LISTS}
        # Apart from case, as role: compares.
        self.has_role = z3.Function('role', *_TEXT_TO_BOOL)
        self.members: dict[str, list[Any]] = {name: [] for name in LISTS}

    def result(self, number: int) -> Result:
        """Return the formulas of the node of this *number*."""
        if number not in self._results:
            node = self._nodes.nodes[number]
            parts = [*map(self.result, node.parts)]
            if node.leaf is not None:
                result = self._leaf(node.leaf)
            elif node.operator == 'not':
                (part,) = parts
                no = z3.Not(either([part.matches, part.denies]))
                result = part._replace(matches=no)
            else:
                result = _in_order(node.operator, parts)
            self._results[number] = result
        return self._results[number]

    def is_fresh(self, text: Any) -> Any:
        """Return the formula that *text* is no constant."""
        return text >= len(self.numbers)

    def axioms(self) -> Iterator[Any]:
        """Yield what holds of all callers and servers, after the results."""
        for name, value in self.credentials.items():
            few = BOOLEANS.get(name)
            yield self._is_of(value, few or (), *[] if few else [_UNSET])
        for keys, value in self.server.items():
            lacks = [_UNKNOWN, _ABSENT][: 1 + targets.may_be_absent(keys)]
            yield self._is_of(value, targets.listed(keys), *lacks)
        yield from (*self._of_maps(), *self._of_roles(), *self._of_filled())

    def _is_of(self, value: Any, few: Iterable[str], *lacks: int) -> Any:
        """Return that *value* is one of *few* texts, or any, or in *lacks*."""
        texts = [value == self.numbers[text] for text in few] or [value >= 0]
        return z3.Or([*texts, *(value == each for each in lacks)])

    def _of_maps(self) -> Iterator[Any]:
        """Yield that a document has a free-form map, or lacks it."""
        free = [keys for keys in self.server if targets.may_be_absent(keys)]
        for one, other in itertools.combinations(free, 2):
            if one[:-1] == other[:-1]:
                lacks = self.server[other] == _UNKNOWN
                yield (self.server[one] == _UNKNOWN) == lacks

    def _of_roles(self) -> Iterator[Any]:
        """Yield how roles with, and apart from, their case are related.

        There is no role without a name.
        """
        for has in self.has.values():
            yield z3.Not(has(self.numbers['']))
        for role in self.members['roles']:
            yield z3.Implies(self.has['roles'](role), self.has_role(role))
            for text, number in self.numbers.items():
                same = self.has_role(role) == self._has_spelling(text)
                yield z3.Implies(role == number, same)

    def _of_filled(self) -> Iterator[Any]:
        """Yield what the text around a value says of the whole."""
        yield from (whole >= 0 for whole in self.filled.values())
        found = [each for each in self.filled.items() if each[0].around]
        for template, whole in found:
            # It is longer than the value in it.
            yield self.server[template.values[0]] != whole
            for text, number in self.numbers.items():
                yield (whole == number) == self._makes(template, text)
        for (one, whole), (other, another) in itertools.combinations(found, 2):
            if one.around == other.around:
                value = self.server[one.values[0]]
                same = value == self.server[other.values[0]]
                yield (whole == another) == same
            elif not one.may_equal(other):
                yield whole != another

    def _makes(self, template: Template, text: str) -> Any:
        """Return the formula that the text *template* makes is *text*."""
        value = domain.inner(text, template.around or ('', ''))
        if value is None:
            return NO
        return self.server[template.values[0]] == self.numbers[value]

    def _leaf(self, leaf: Leaf) -> Result:
        if isinstance(leaf, OpaqueLeaf):
            # With the same values, it has the same result.
            name = f'{leaf.text} {sorted(leaf.sees)}'
            fails = z3.Bool(f'fails:{name}')
            matches = z3.And(z3.Bool(f'matches:{name}'), z3.Not(fails))
            return Result(matches, fails, calls=YES)
        assert isinstance(leaf, TemplateLeaf)
        has_values = YES
        denies = []
        for keys in leaf.template.values:
            value = self.server[keys]
            denies.append(_both(has_values, value == _UNKNOWN))
            has_values = _both(has_values, value >= 0)
        return Result(
            _both(has_values, self._compares(leaf)),
            either(denies),
            YES if self._domain.is_vague(leaf.template) else NO,
        )

    def _compares(self, leaf: TemplateLeaf) -> Any:
        text = self._text(leaf.template)
        if isinstance(leaf, ConstantLeaf):
            return text == self.numbers[leaf.value]
        name = 'roles' if isinstance(leaf, RoleLeaf) else leaf.name
        constant = leaf.template.constant
        if name not in LISTS:
            value = self.credentials[SCOPE if name == SYSTEM else name]
            is_equal = value == text
            if name == SYSTEM or constant is None:
                # An empty one is as one that is not set: see trees.Generic.
                return z3.And(is_equal, value != self.numbers[''])
            is_none = value == _UNSET if constant == str(None) else NO
            return either([is_equal, is_none])
        if constant is None:
            self.members[name].append(text)
        if isinstance(leaf, CredentialLeaf):
            return self.has[name](text)
        if constant is None:
            return self.has_role(text)
        return self._has_spelling(constant)

    def _has_spelling(self, role: str) -> Any:
        return either(
            [
                self.has['roles'](self.numbers[each])
                for each in self._domain.members['roles']
                if each.lower() == role.lower()
            ]
        )

    def _text(self, template: Template) -> Any:
        """Return the text of *template*: a number, or a variable."""
        if template.constant is not None:
            return z3.IntVal(self.numbers[template.constant])
        if template.is_plain:
            return self.server[template.values[0]]
        return self.filled.setdefault(
            template, z3.Int(f'text:{template.text}')
        )


def _in_order(operator: str, parts: Sequence[Result]) -> Result:
    """Return the result of *parts*, evaluated until one decides."""
    goes_on = YES
    found = [Result(NO)]
    for part in parts:
        found.append(Result(*(_both(goes_on, each) for each in part)))
        if operator == 'and':
            goes_on = _both(goes_on, part.matches)
        else:
            goes_on = _both(
                goes_on, z3.Not(either([part.matches, part.denies]))
            )
    result = Result(*map(either, zip(*found, strict=True)))
    return result._replace(matches=goes_on) if operator == 'and' else result


def _both(one: Any, other: Any) -> Any:
    # z3 would take longer to build what is left out than to decide.
    if one is NO or other is NO:
        return NO
    return other if one is YES else z3.And(one, other)


def either(parts: Sequence[Any]) -> Any:
    """Return the formula that one of *parts* holds."""
    found = [part for part in parts if part is not NO]
    if len(found) == 1:
        return found[0]
    return z3.Or(found) if found else NO
