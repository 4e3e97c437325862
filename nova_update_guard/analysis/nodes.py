"""Check trees with their references resolved; equal ones are one number."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from nova_update_guard.policy import targets, trees
from nova_update_guard.policy.enforcer import Rules

Keys = tuple[str, ...]

# One value of the server, and the text on both sides of it.
_AROUND = re.compile(r'((?:[^%]|%%)*)%\([^()]*\)s((?:[^%]|%%)*)', re.DOTALL)


@dataclass(frozen=True)
class Template:
    """The right side of a check: a text, with values of the server in it.

    *names* are in the order in which they are looked up. *around* are the
    texts before and after the only value, None if it is not so simple.
    """

    text: str
    names: tuple[str, ...]
    around: tuple[str, str] | None

    @property
    def values(self) -> tuple[Keys, ...]:
        """The keys of the values, in the order of the names."""
        return tuple(map(targets.keys, self.names))

    @property
    def is_plain(self) -> bool:
        """Whether this is exactly one value of the server."""
        return self.around == ('', '')

    @property
    def constant(self) -> str | None:
        """The text, None if there is a value in it."""
        return None if self.names else self.text % {}

    def may_equal(self, other: 'Template') -> bool:
        """Return whether this can make a text that *other* makes.

        Both are texts around one value.
        """
        befores, afters = zip(
            self.around or (), other.around or (), strict=True
        )
        short, long = sorted(befores, key=len)
        short_end, long_end = sorted(afters, key=len)
        return long.startswith(short) and long_end.endswith(short_end)

    def filled(self, *values: str) -> str:
        """Return the text with *values*, in the order of the names."""
        return self.text % dict(zip(self.names, values, strict=True))


@dataclass(frozen=True)
class Leaf:
    """A check that combines no others, *text* of the policy."""

    text: str


@dataclass(frozen=True)
class RoleLeaf(Leaf):
    """Whether *template* is a role of the caller, case apart."""

    template: Template


@dataclass(frozen=True)
class ConstantLeaf(Leaf):
    """Whether *template* is *value*."""

    template: Template
    value: str


@dataclass(frozen=True)
class CredentialLeaf(Leaf):
    """Whether *template* is the credential *name*, or one in that list."""

    template: Template
    name: str


@dataclass(frozen=True)
class OpaqueLeaf(Leaf):
    """A check that may use any value; it is given those that *sees* names."""

    sees: frozenset[str]


TemplateLeaf = RoleLeaf | ConstantLeaf | CredentialLeaf


class Node(NamedTuple):
    """A check: and, or, not of *parts*; *leaf* if it has none."""

    operator: str
    parts: tuple[int, ...] = ()
    leaf: Leaf | None = None


class Nodes:
    """The checks of several policies; equal ones have the same number."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._numbers: dict[Node, int] = {}

    def add(self, rules: Rules, rule: str) -> int:
        """Return the number of *rule*'s check in *rules*."""
        opaque = rule in rules.opaque
        sees = frozenset(rules.readers[rule] if opaque else ())
        return _Adding(self, rules.trees, sees).rule(rule)

    def number(self, node: Node) -> int:
        """Return the number of *node*."""
        if node not in self._numbers:
            self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
        return self._numbers[node]

    def leaves(self, *numbers: int) -> list[Leaf]:
        """Return the leaves under these nodes, each once, in their order."""
        seen: dict[int, None] = {}
        waiting = [*reversed(numbers)]
        while waiting:
            number = waiting.pop()
            if number not in seen:
                seen[number] = None
                waiting += reversed(self.nodes[number].parts)
        return [leaf for at in seen if (leaf := self.nodes[at].leaf)]


class _Adding:
    """The checks that one rule of a policy refers to."""

    def __init__(self, nodes: Nodes, found: Any, sees: frozenset[str]):
        self._nodes = nodes
        self._trees = found
        self._sees = sees
        self._rules: dict[str, int] = {}

    def rule(self, rule: str) -> int:
        if rule not in self._rules:
            self._rules[rule] = self._check(self._trees[rule])
        return self._rules[rule]

    def _check(self, check: Any) -> int:
        if isinstance(check, trees.Reference):
            return self.rule(check.match)
        return self._nodes.number(self._node(check))

    def _node(self, check: Any) -> Node:
        if isinstance(check, trees.Not):
            return Node('not', (self._check(check.rule),))
        for operator, kind in (('and', trees.And), ('or', trees.Or)):
            if isinstance(check, kind):
                return Node(operator, tuple(map(self._check, check.rules)))
        return self._leaf(check)

    def _leaf(self, check: Any) -> Node:
        if type(check) is trees.Always:
            return Node('and')
        if type(check) is trees.Never:
            return Node('or')
        if trees.is_opaque(check):
            return Node('', (), OpaqueLeaf(str(check), self._sees))
        return Node('', (), _leaf(check))


def _leaf(check: Any) -> Leaf:
    text = str(check)
    template = _template(check.match)
    if type(check) is trees.Role:
        return RoleLeaf(text, template)
    try:
        value = str(ast.literal_eval(check.kind))
    except ValueError:
        return CredentialLeaf(text, template, check.kind)
    return ConstantLeaf(text, template, value)


def _template(text: str) -> Template:
    found = _AROUND.fullmatch(text)
    around = (found[1] % {}, found[2] % {}) if found else None
    return Template(text, tuple(_looked_up(text)), around)


def _looked_up(text: str) -> Iterator[str]:
    """Yield the names in *text*, in the order in which they are looked up."""
    names: dict[str, None] = {}

    class Names(dict[str, str]):
        def __missing__(self, name: str) -> str:
            names[name] = None
            return ''

    text % Names()
    yield from names
