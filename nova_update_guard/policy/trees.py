"""The check trees of rules, as oslo.policy parses them.

A tree consists of oslo.policy's own checks: and, or, not, ``role:``, generic
checks, ``@``, ``!``, plug-ins. A Reference stands for ``rule:``, and
for ``is_admin:``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from oslo_policy import _checks, policy

ADMIN_RULE = 'context_is_admin'

And = policy.AndCheck
Or = policy.OrCheck
Not = policy.NotCheck
Role = _checks.RoleCheck
Always = _checks.TrueCheck
Never = _checks.FalseCheck


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
    return _checks._check(check, target, creds, enforcer, rule)


def prepared(check: Any) -> Any:
    """Return *check* with References, and Generic checks, of this module.

    ``is_admin:True`` refers to the rule context_is_admin: only nova knows the
    credential, and registers a check of its own for it. With it, the same
    text would mean something else in the proxy. Raises ValueError for another
    value than True or False.
    """
    if isinstance(check, And | Or):
        check.rules = [*map(prepared, check.rules)]
    elif isinstance(check, Not):
        check.rule = prepared(check.rule)
    elif type(check) is policy.RuleCheck:
        return Reference(check.kind, check.match)
    elif isinstance(check, policy.Check) and check.kind == 'is_admin':
        return is_admin(check.match)
    elif type(check) is _checks.GenericCheck:
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
    if isinstance(check, And | Or):
        for part in check.rules:
            yield from parts(part)
    elif isinstance(check, Not):
        yield from parts(check.rule)
    else:
        yield check


def leaves(trees: Mapping[str, Any], rule: str) -> Iterator[Any]:
    """Yield the checks of *rule*, and those of rules that it refers to.

    The references must lead to rules, and not back.
    """
    for check in parts(trees[rule]):
        if isinstance(check, Reference):
            yield from leaves(trees, check.match)
        else:
            yield check


def is_opaque(check: Any) -> bool:
    """Return whether a leaf may use any value, as ``http:`` and plug-ins."""
    return type(check) not in _TRANSPARENT
