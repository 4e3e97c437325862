"""Follow the references of rules; find what no request could follow.

Checks are called within one another. Where Python's stack ends, a check fails,
and the rule denies everybody: here that is a mistake, before the rules are
used.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nova_update_guard.policy import trees
from nova_update_guard.policy.mistakes import Mistake

# The stack has room for several times as many levels.
_MOST_REFERENCES = 50
_MOST_LEVELS = 100
# A request evaluates so many in some tenths of a second.
_MOST_CHECKS = 100_000

Leaves = dict[str, list[Any]]


class _Extent(NamedTuple):
    """How far a rule goes, with the rules that it refers to.

    *references* is how many rules follow one after another, *levels* how many
    of "and", "or", "not" and "rule:" are within one another, and *checks* how
    many there are; of a rule that is referred to twice, twice.
    """

    references: int
    levels: int
    checks: int

    def problem(self) -> str:
        """Return why a rule may not go so far; '' if it may."""
        if self.references > _MOST_REFERENCES:
            return _TOO_MANY
        if self.levels > _MOST_LEVELS:
            return (
                f'has more than {_MOST_LEVELS} of "and", "or", "not" and '
                '"rule:" within one another, with those of the rules that it '
                'refers to'
            )
        if self.checks > _MOST_CHECKS:
            return (
                f'has more than {_MOST_CHECKS} checks, with those of the '
                'rules that it refers to; one that it refers to twice counts '
                'twice'
            )
        return ''


_TOO_MANY = f'refers to more than {_MOST_REFERENCES} rules, one after another'


def follow(rules: Mapping[str, Any]) -> tuple[Leaves, list[Mistake]]:
    """Return the leaves of the trees of *rules*, and mistakes.

    The leaves of a rule are those of its tree, and of the rules that it refers
    to; a rule with a mistake has none. Each circle is told once.
    """
    following = _Following(rules)
    leaves: Leaves = {}
    mistakes = []
    told = set()
    for rule in rules:
        leaves[rule] = []
        try:
            problem = following.extent(rule, ()).problem()
        except _EndlessError as error:
            if error.rules not in told:
                told.add(error.rules)
                mistakes.append(error.mistake)
            continue
        if problem:
            mistakes.append(Mistake(problem, rule))
        else:
            leaves[rule] = [*following.leaves(rule)]
    return leaves, mistakes


class _EndlessError(Exception):
    """References without an end; *rules* are those of the circle."""

    def __init__(self, mistake: Mistake, rules: frozenset[str]) -> None:
        super().__init__(mistake.text)
        self.mistake = mistake
        self.rules = rules


class _Following:
    """Follows the references among *rules*; one to no rule ends there."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._rules = rules
        self._extents: dict[str, _Extent] = {}

    def extent(self, rule: str, seen: tuple[str, ...]) -> _Extent:
        """Return how far *rule* goes, to which the rules *seen* have led.

        Raises _EndlessError.
        """
        if rule in seen:
            circle = seen[seen.index(rule) :]
            raise _EndlessError(
                Mistake(f'refers to itself: {" -> ".join(circle)}', rule),
                frozenset(circle),
            )
        if len(seen) > _MOST_REFERENCES:
            raise _EndlessError(
                Mistake(_TOO_MANY, seen[0]), frozenset(seen[:1])
            )
        if rule not in self._extents:
            self._extents[rule] = self._of(self._tree(rule), (*seen, rule))
        return self._extents[rule]

    def _of(self, check: Any, seen: tuple[str, ...]) -> _Extent:
        if isinstance(check, trees.Reference):
            found = self.extent(check.match, seen)
            return _Extent(
                found.references + 1, found.levels + 1, found.checks
            )
        parts: Sequence[Any] = ()
        if isinstance(check, trees.Not):
            parts = [check.rule]
        elif isinstance(check, trees.And | trees.Or):
            parts = check.rules
        if not parts:
            return _Extent(0, 1, 1)
        references, levels, checks = zip(
            *(self._of(part, seen) for part in parts), strict=True
        )
        return _Extent(max(references), max(levels) + 1, sum(checks))

    def leaves(self, rule: str) -> Iterator[Any]:
        """Yield the leaves of *rule*, whose references have an end."""
        for check in trees.parts(self._tree(rule)):
            if isinstance(check, trees.Reference):
                yield from self.leaves(check.match)
            else:
                yield check

    def _tree(self, rule: str) -> Any:
        return self._rules.get(rule, trees.Never())
