"""The check trees of rules, as oslo.policy parses them.

A tree consists of oslo.policy's own checks, or subclasses of them: and, or,
not, ``role:``, generic checks, ``@``, ``!``, plug-ins. A Reference stands for
``rule:``, and for ``is_admin:``.
"""

import functools
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from oslo_policy import _checks, policy

ADMIN_RULE = 'context_is_admin'

# Each takes three calls; Python's stack has room for a thousand, of which the
# server and nova's other filters need a part.
MOST_LEVELS = 100
TOO_DEEP = (
    f'has more than {MOST_LEVELS} of "and", "or", "not" and "rule:" within '
    'one another'
)

Role = _checks.RoleCheck
Always = _checks.TrueCheck
Never = _checks.FalseCheck


class And(policy.AndCheck):
    """All of *rules* match. As Or and Not, it inspects no check anew."""

    def __call__(
        self,
        target: Any,
        creds: Any,
        enforcer: Any,
        current_rule: str | None = None,
    ) -> bool:
        """Return the result of the checks until one is "no"."""
        given = (target, creds, enforcer, current_rule)
        return all(evaluate(check, *given) for check in self.rules)


class Or(policy.OrCheck):
    """One of *rules* matches."""

    def __call__(
        self,
        target: Any,
        creds: Any,
        enforcer: Any,
        current_rule: str | None = None,
    ) -> bool:
        """Return the result of the checks until one is "yes"."""
        given = (target, creds, enforcer, current_rule)
        return any(evaluate(check, *given) for check in self.rules)


class Not(policy.NotCheck):
    """The check *rule* does not match."""

    def __call__(
        self,
        target: Any,
        creds: Any,
        enforcer: Any,
        current_rule: str | None = None,
    ) -> bool:
        """Return the opposite of the check's result."""
        given = (target, creds, enforcer, current_rule)
        return not evaluate(self.rule, *given)


class Generic(_checks.GenericCheck):
    """A comparison of a credential, or of a constant, with *match*.

    A credential that the caller does not have equals no value of a server.
    oslo.policy compares them as texts, and a tenant may write "None".
    """

    def __call__(
        self,
        target: Any,
        creds: Any,
        enforcer: Any,
        current_rule: str | None = None,
    ) -> bool:
        """Return whether they are equal."""
        is_equal = super().__call__(target, creds, enforcer, current_rule)
        is_missing = creds.get(self.kind, self.kind) in (None, '')
        return is_equal and not (is_missing and '%(' in self.match)


_TRANSPARENT = (Role, Generic, Always, Never)


class Reference(policy.RuleCheck):
    """A reference to the rule *match*.

    oslo.policy's own takes any KeyError of that rule's checks for "no", which
    a ``not`` turns into a yes.
    """

    def __call__(
        self,
        target: Any,
        creds: Any,
        enforcer: Any,
        current_rule: str | None = None,
    ) -> bool:
        """Return the result of the rule; raise what its checks raise."""
        return bool(
            evaluate(
                enforcer.rules[self.match],
                *(target, creds, enforcer, current_rule),
            )
        )


def evaluate(
    check: Any, target: Any, creds: Any, enforcer: Any, rule: str | None
) -> Any:
    """Call *check* as oslo.policy does: with three arguments, or four."""
    if _takes_rule(check.__class__):
        return check(target, creds, enforcer, rule)
    return check(target, creds, enforcer)


@functools.cache
def _takes_rule(kind: Any) -> bool:
    # Besides self. To inspect takes longer than most checks.
    return len(inspect.getfullargspec(kind.__call__).args) > 4


def prepared(check: Any) -> Any:
    """Return *check* with the kinds of checks of this module.

    ``is_admin:True`` refers to the rule context_is_admin: only nova knows the
    credential, and registers a check of its own for it. With it, the same
    text would mean something else in the proxy. Raises ValueError for another
    value than True or False.
    """
    if isinstance(check, policy.AndCheck):
        return And([*map(prepared, check.rules)])
    if isinstance(check, policy.OrCheck):
        return Or([*map(prepared, check.rules)])
    if isinstance(check, policy.NotCheck):
        return Not(prepared(check.rule))
    if type(check) is policy.RuleCheck:
        return Reference(check.kind, check.match)
    if isinstance(check, policy.Check) and check.kind == 'is_admin':
        return is_admin(check.match)
    if type(check) is _checks.GenericCheck:
        return Generic(check.kind, check.match)
    return check


def is_admin(match: str) -> Any:
    """Return the check that ``is_admin:`` stands for, by its value *match*.

    As in nova, case does not count. Raises ValueError.
    """
    reference = Reference('rule', ADMIN_RULE)
    match match.lower():
        case 'true':
            return reference
        case 'false':
            return Not(reference)
    raise ValueError(
        f'is_admin:{match} is neither is_admin:True, which is '
        f'rule:{ADMIN_RULE}, nor is_admin:False'
    )


def parts(check: Any) -> Iterator[Any]:
    """Yield the checks that *check* combines by and, or and not."""
    if isinstance(check, policy.AndCheck | policy.OrCheck):
        for part in check.rules:
            yield from parts(part)
    elif isinstance(check, policy.NotCheck):
        yield from parts(check.rule)
    else:
        yield check


def is_too_deep(check: Any) -> bool:
    """Return whether *check* has more than MOST_LEVELS levels.

    Other functions here call themselves for each of them.
    """
    level = [check]
    for _ in range(MOST_LEVELS):
        level = [part for each in level for part in _within(each)]
        if not level:
            return False
    return True


def _within(check: Any) -> list[Any]:
    if isinstance(check, policy.AndCheck | policy.OrCheck):
        return [*check.rules]
    return [check.rule] if isinstance(check, policy.NotCheck) else []


def leaves(trees: Mapping[str, Any], rule: str) -> Iterator[Any]:
    """Yield the checks of *rule*, and those of rules that it refers to.

    The references must lead to rules, and not back.
    """
    for check in parts(trees[rule]):
        if isinstance(check, Reference):
            yield from leaves(trees, check.match)
        else:
            yield check


def unrestricted(trees: Mapping[str, Any]) -> frozenset[str]:
    """Return the rules that allow everybody without a look at anything."""
    return frozenset(
        rule for rule, tree in trees.items() if isinstance(tree, Always)
    )


def negates(trees: Mapping[str, Any], rule: str) -> bool:
    """Return whether *rule*, or one that it refers to, has a ``not``."""
    return any(
        negates(trees, check.match)
        for check in parts(trees[rule])
        if isinstance(check, Reference)
    ) or _has_not(trees[rule])


def _has_not(check: Any) -> bool:
    if isinstance(check, policy.AndCheck | policy.OrCheck):
        return any(map(_has_not, check.rules))
    return isinstance(check, policy.NotCheck)


def is_opaque(check: Any) -> bool:
    """Return whether a leaf may use any value, as ``http:`` and plug-ins."""
    return type(check) not in _TRANSPARENT
