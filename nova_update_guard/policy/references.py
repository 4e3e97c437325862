"""Follow the references of rules; find what no request could follow.

Checks are called within one another. Where Python's stack ends, a check fails,
and the rule denies everybody: here that is a mistake, before the rules are
used.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nova_update_guard.policy import trees
from nova_update_guard.policy.mistakes import Mistake
from nova_update_guard.policy.trees import MOST_LEVELS, TOO_DEEP

_MOST_REFERENCES = 50
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
            return (
                f'refers to more than {_MOST_REFERENCES} rules, one after '
                'another'
            )
        if self.levels > MOST_LEVELS:
            return f'{TOO_DEEP}, with those of the rules that it refers to'
        if self.checks > _MOST_CHECKS:
            return (
                f'has more than {_MOST_CHECKS} checks, with those of the '
                'rules that it refers to; one that it refers to twice counts '
                'twice'
            )
        return ''


def follow(rules: Mapping[str, Any]) -> tuple[Leaves, list[Mistake]]:
    """Return the leaves of the trees of *rules*, and mistakes.

    The leaves of a rule are those of its tree, and of the rules that it refers
    to; a rule that has a mistake, or refers to one, has none. Each circle is
    told once. A rule that refers to one with a mistake is not told besides.
    """
    following = _Following(rules)
    for rule in rules:
        following.visit(rule)
    leaves = {rule: [*following.leaves(rule)] for rule in rules}
    return leaves, following.mistakes


class _Following:
    """Follows the references among *rules*; one to no rule ends there."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        self._rules = rules
        # None for a rule whose references have no end, or lead too far.
        self._extents: dict[str, _Extent | None] = {}
        self.mistakes: list[Mistake] = []

    def visit(self, rule: str) -> None:
        """Find the extents of *rule* and of all that it refers to.

        Those that it refers to come first. It calls no function for each of
        them: they may be more than the stack has room for.
        """
        path = {} if rule in self._extents else {rule: self._targets(rule)}
        while path:
            current = next(reversed(path))
            target = next(path[current], None)
            if target is None:
                del path[current]
                # In a circle, it has None already.
                if current not in self._extents:
                    self._finish(current)
            elif target in path:
                names = [*path]
                self._refuse_circle(names[names.index(target) :])
            elif target not in self._extents:
                path[target] = self._targets(target)

    def _refuse_circle(self, circle: Sequence[str]) -> None:
        if any(rule not in self._extents for rule in circle):
            text = f'refers to itself: {" -> ".join(circle)}'
            self.mistakes.append(Mistake(text, circle[0]))
        self._extents.update(dict.fromkeys(circle))

    def _finish(self, rule: str) -> None:
        """Note the extent of *rule*, of which all targets have theirs."""
        found = None
        if all(self._extents[each] for each in self._targets(rule)):
            found = self._of(self._tree(rule))
            if problem := found.problem():
                self.mistakes.append(Mistake(problem, rule))
                found = None
        self._extents[rule] = found

    def _of(self, check: Any) -> _Extent:
        found = None
        parts: Sequence[Any] = ()
        if isinstance(check, trees.Reference):
            found = self._extents[check.match]
        elif isinstance(check, trees.Not):
            parts = [check.rule]
        elif isinstance(check, trees.And | trees.Or):
            parts = check.rules
        if found:
            return _Extent(
                found.references + 1, found.levels + 1, found.checks
            )
        if not parts:
            return _Extent(0, 1, 1)
        references, levels, checks = zip(*map(self._of, parts), strict=True)
        return _Extent(max(references), max(levels) + 1, sum(checks))

    def leaves(self, rule: str) -> Iterator[Any]:
        """Yield the leaves of *rule*; none of one without an extent."""
        for check in trees.parts(self._tree(rule)):
            if not self._extents[rule]:
                return
            if isinstance(check, trees.Reference):
                yield from self.leaves(check.match)
            else:
                yield check

    def _targets(self, rule: str) -> Iterator[str]:
        for check in trees.parts(self._tree(rule)):
            if isinstance(check, trees.Reference):
                yield check.match

    def _tree(self, rule: str) -> Any:
        return self._rules.get(rule, trees.Never())
