"""Find what a policy file says and can hardly mean.

Such a file loads; a rule that nothing refers to, or a check that no caller
passes, does nothing, or behind a ``not`` opens a rule.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nova_update_guard.layers import constraints
from nova_update_guard.policy import matches, parsing, targets, trees
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.spelling import did_you_mean

_OURS = 'update_guard:'
# The prefix of nova's own rules.
_NOVAS = 'os_compute_api:'
_DEFAULT = 'default'
# A file of another project may have thousands of rules; a reload, which
# requests wait for, looks for what was meant by the first of them.
_HINTS = 100


def notices(rules: Rules) -> list[str]:
    """The notices of rules, each as FILE:LINE: RULE: problem and what to do.

    In the order of files and lines.
    """
    found = [*_unused(rules), *_doubts(rules)]
    ordered = sorted(set(found), key=lambda each: rules.places[each[0]])
    return [f'{rules.places[rule]}: {rule}: {text}' for rule, text in ordered]


def _doubts(rules: Rules) -> Iterator[tuple[str, str]]:
    names = {rule for rule in rules.trees if not _asks_for_role(rules, rule)}
    for rule in rules.places:
        if not rules.texts[rule]:
            yield rule, 'is empty, which allows everybody: write @'
        for check in trees.parts(rules.trees[rule]):
            for doubt in matches.doubts(check, names):
                yield rule, doubt
            for doubt in _unknown_values(check, rules):
                yield rule, doubt


def _unknown_values(check: Any, rules: Rules) -> Iterator[str]:
    """Yield the values of a server in *check* that no server has."""
    if isinstance(check, trees.Reference):
        return
    for name in sorted(parsing.named(check)):
        if doubt := targets.unknown(name, rules.extra_attributes):
            yield doubt


def _asks_for_role(rules: Rules, role: str) -> bool:
    """Return whether the rule *role* checks the role of the same name."""
    return any(
        type(leaf) is trees.Role and leaf.match.lower() == role.lower()
        for leaf in trees.leaves(rules.trees, role)
    )


def _unused(rules: Rules) -> Iterator[tuple[str, str]]:
    """Yield the rules that nothing refers to, each with its problem.

    Of nova's own rules in one file only the first: their number is in its
    problem.
    """
    novas: dict[Path, list[str]] = defaultdict(list)
    roots = sorted(_roots(rules), key=rules.places.__getitem__)
    for number, rule in enumerate(roots):
        if rule.startswith(_NOVAS):
            novas[rules.places[rule].path].append(rule)
        elif rule == _DEFAULT:
            yield (
                rule,
                'is never used: a rule that no file sets has its documented '
                'default, and falls back to no other',
            )
        else:
            yield (
                rule,
                "is none of the guard's rules, and none refers to it"
                f'{_nearest(rule, rules) if number < _HINTS else ""}',
            )
    for listed in novas.values():
        first = min(listed, key=rules.places.__getitem__)
        more = f' ({len(listed)} such rules)' if len(listed) > 1 else ''
        yield (
            first,
            "is nova's, and does nothing here: write it into nova's own "
            f'policy file{more}{_counterpart(first, rules)}',
        )


def _roots(rules: Rules) -> Iterator[str]:
    """Yield the rules of files that no rule refers to, and that none needs.

    A rule that only these refer to goes with them.
    """
    referred = {
        check.match
        for tree in rules.trees.values()
        for check in trees.parts(tree)
        if isinstance(check, trees.Reference)
    }
    for rule in rules.places:
        is_used = rule in referred or rule in rules.documented
        if not is_used and not rule.startswith(f'{constraints.RULE}:'):
            yield rule


def _nearest(rule: str, rules: Rules) -> str:
    """Return a hint at the documented rule that *rule* may be meant for."""
    rest = rule.partition(':')[2]
    spellings = (rule, _OURS + rest, _OURS + rule, f'{_OURS}server:{rule}')
    near = (did_you_mean(each, rules.documented) for each in spellings)
    return next(filter(None, near), '')


def _counterpart(rule: str, rules: Rules) -> str:
    """Return a hint at the guard's rules for what nova's *rule* is about."""
    last = rule.rpartition(':')[2]
    for name in (f'{_OURS}server:{last}', f'{_OURS}server:show:{last}'):
        if name in rules.documented:
            return f'; the guard has {name}'
        if any(known.startswith(f'{name}:') for known in rules.documented):
            return f'; the guard has {name}:*'
    return ''
