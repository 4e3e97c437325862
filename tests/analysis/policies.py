"""Policies to compare, by the text of one rule."""

from nova_update_guard.analysis import diff
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules

RULE = 'update_guard:server:update:name'


def policy(text, **others):
    return Rules(Checks({RULE: text, **others}), '')


def compare(old, new, seconds=60):
    """Return the comparison of two texts of RULE."""
    return diff.compare(policy(old), policy(new), seconds)
