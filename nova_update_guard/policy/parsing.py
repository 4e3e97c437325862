"""Parse one check by oslo.policy, and find what it misreads."""

import re
import reprlib
from collections.abc import Iterator
from typing import Any

from oslo_policy import policy

from nova_update_guard.policy import matches, rule_hints, targets, trees

_IS_ADMIN = re.compile(r'(?<![\w.])is_admin:([^\s()]*)')


def parsed(text: str) -> Any:
    """Return the check tree of *text*. Raises ValueError."""
    too_deep = f'{reprlib.repr(text)} {trees.TOO_DEEP}'
    try:
        check = policy.Rules.from_dict({'': text})['']
    except RecursionError:
        raise ValueError(too_deep) from None
    except Exception as error:
        # Errors of any kind: a plug-in's.
        kind = type(error).__name__
        raise ValueError(f'a check in {text!r} fails with {kind}') from None
    if trees.is_too_deep(check):
        raise ValueError(too_deep)
    if _is_unparsed(text, check):
        raise ValueError(f'{text!r} {rule_hints.invalid(text)}')
    # nova's own check keeps no other text of its value than "False".
    kinds = {getattr(part, 'kind', '') for part in trees.parts(check)}
    for value in _IS_ADMIN.findall(text) if 'is_admin' in kinds else ():
        trees.is_admin(value)
    return trees.prepared(check)


def misread(tree: Any) -> Iterator[str]:
    """Yield why checks in *tree* are not what oslo.policy read."""
    for check in trees.parts(tree):
        try:
            matches.refuse(check)
            if not isinstance(check, trees.Reference):
                named(check)
        except ValueError as error:
            yield str(error)


class _Names(dict[str, str]):
    """A target that records the names that are looked up in it."""

    def __missing__(self, name: str) -> str:
        self[name] = ''
        return ''

    def __str__(self) -> str:
        raise ValueError('%s has no name in brackets')


def named(check: Any) -> set[str]:
    """Return the values that *check* names. Raises ValueError."""
    names = _Names()
    try:
        if isinstance(check, policy.Check):
            check.match % names
        if type(check) is trees.Generic:
            matches.refuse_kind(check.kind)
        for name in names:
            targets.reader(name)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{check}: {error}') from error
    return set(names)


def _is_unparsed(text: str, check: Any) -> bool:
    """Return whether oslo.policy misread *text* as "never"."""
    never = trees.Never
    said = [word.strip('()') for word in text.split()].count('!')
    read = [type(part) for part in trees.parts(check)].count(never)
    whole = type(check) is never and (
        text.strip('() \t\n') != '!' or bool(rule_hints.hint(text))
    )
    return read != said or whole
