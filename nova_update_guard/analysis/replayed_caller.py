"""The caller of a decision record, and its results under two policies.

A record has no more of the caller than user, project and roles.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from nova_update_guard.analysis.residual import Residual, needs, residual
from nova_update_guard.policy import callers, trees
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.report.findings import Record

# What a record has instead of an unprintable character; the lengths at which
# it cuts a text and a list of roles.
_MANGLED = '?'
_MAX_TEXT = 200
_MAX_ROLES = 20


class Identity(NamedTuple):
    """The caller in a record; None for roles that it lacks."""

    user_id: str | None
    project_id: str | None
    roles: tuple[str, ...] | None


def identity(record: Record) -> Identity:
    """Return the caller of *record*."""
    roles = None if record.roles is None else tuple(record.roles)
    return Identity(record.user_id, record.project_id, roles)


class ReplayedCaller:
    """The results of the *new* rules for a caller, beside the *old* ones."""

    def __init__(self, identity: Identity, old: Rules, new: Rules) -> None:
        self._identity = identity
        self._old = old
        self._new = new
        texts = {
            'user_id': identity.user_id,
            'project_id': identity.project_id,
        }
        roles = [*(identity.roles or ())]
        self._creds: dict[str, Any] = {**texts, 'roles': roles}
        self._roles = {role.lower() for role in roles}
        self._known_texts = {
            name for name, text in texts.items() if _is_intact(text)
        }
        if _are_all(identity.roles):
            self._known_texts.add('roles')
        self._cached: dict[tuple[bool, str], Residual] = {}

    def now(self, rule: str) -> Residual:
        """Return the new result of *rule*, or the check that remains."""
        return self._left(True, rule)

    def before(self, rule: str) -> Residual:
        """Return the old result of *rule*, or the check that remains."""
        return self._left(False, rule)

    def is_same(self, rule: str) -> bool:
        """Return whether *rule* has the same result in both policies."""
        now, before = self.now(rule), self.before(rule)
        if isinstance(now, bool) or isinstance(before, bool):
            return now is before
        return str(now) == str(before)

    def needs(self, rule: str) -> str:
        """Return, in words, what the new result of *rule* depends on."""
        found = needs(self._new, rule, self.now(rule))
        return ', '.join(found) or 'a check that fails'

    def _left(self, is_new: bool, rule: str) -> Residual:
        rules = self._new if is_new else self._old
        # Rules with the same text have the same result.
        key = is_new, rules.texts[rule]
        if key not in self._cached:
            self._cached[key] = residual(
                rules, rule, self._creds, self._is_known
            )
        return self._cached[key]

    def _is_known(self, leaf: Any) -> bool:
        """Return whether the record has what *leaf* of a rule compares."""
        if type(leaf) is trees.Role:
            return 'roles' in self._known_texts or (
                self._identity.roles is not None
                and leaf.match.lower() in self._roles
                and _is_intact(leaf.match)
            )
        if type(leaf) is trees.Generic:
            return leaf.kind in self._known_texts or callers.is_literal(
                leaf.kind
            )
        return True


def _is_intact(text: str | None) -> bool:
    return text is None or not (_MANGLED in text or len(text) >= _MAX_TEXT)


def _are_all(roles: Sequence[str] | None) -> bool:
    return (
        roles is not None
        and len(roles) < _MAX_ROLES
        and all(map(_is_intact, roles))
    )
