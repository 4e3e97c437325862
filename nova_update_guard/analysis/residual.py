"""The rest of a rule when only the caller is known.

It is evaluated in the order in which the enforcer does it: a value that the
server lacks makes the whole rule a "no", so a part that needs the server
settles nothing for those behind it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from nova_update_guard.policy import trees
from nova_update_guard.policy.enforcer import Creds, Rules

# A result, or the check that remains.
Residual = Any
IsKnown = Callable[[Any], bool]

_USER_INFO = re.compile(r'(\bhttps?://)\S*@')
_QUERY = re.compile(r'(\bhttps?://[^\s?]*)\?\S*?(?=\)*(?:\s|$))')


def residual(
    rules: Rules,
    rule: str,
    creds: Creds,
    is_known: IsKnown = lambda _: True,
) -> Residual:
    """Return the result of *rule* for a caller, or the check that remains.

    A leaf for which *is_known* is false uses a credential that *creds* lack.
    """

    def left(check: Any) -> Residual:
        if isinstance(check, trees.Reference):
            return left(rules.trees[check.match])
        if isinstance(check, trees.Not):
            inner = left(check.rule)
            return not inner if isinstance(inner, bool) else trees.Not(inner)
        if isinstance(check, trees.And | trees.Or):
            return _combined(type(check), map(left, check.rules))
        if needs_server(check) or not is_known(check):
            return check
        try:
            return bool(trees.evaluate(check, {}, creds, None, rule))
        except Exception:
            return check

    return left(rules.trees[rule])


def _combined(kind: Any, parts: Iterator[Residual]) -> Residual:
    """Return what is left of *parts*, combined by the check *kind*."""
    decides = kind is trees.Or
    rest: list[Any] = []
    for part in parts:
        if part is decides:
            if not any(map(_needs_server, rest)):
                return decides
            rest.append(trees.Always() if decides else trees.Never())
            break
        if part is not (not decides):
            rest.append(part)
    if not rest:
        return not decides
    return kind(rest) if len(rest) > 1 else rest[0]


def _needs_server(check: Any) -> bool:
    return any(map(needs_server, trees.parts(check)))


def needs_server(leaf: Any) -> bool:
    """Return whether the result of *leaf* may depend on the server."""
    return trees.is_opaque(leaf) or '%(' in getattr(leaf, 'match', '')


def needs(rules: Rules, rule: str, check: Residual) -> list[str]:
    """Return what the residual *check* of *rule* depends on, in words.

    The server's values, the services that are asked, without the secrets in
    a URL, and credentials.
    """
    found = [
        name
        for leaf in trees.parts(check)
        for name in _needs(leaf, [*rules.readers[rule]])
    ]
    return [*dict.fromkeys(found)]


def _needs(leaf: Any, names: list[str]) -> Iterator[str]:
    if trees.is_opaque(leaf):
        yield _host(leaf)
    elif needs_server(leaf):
        yield from (name for name in names if f'%({name})' in leaf.match)
    elif type(leaf) is trees.Role:
        yield 'roles'
    elif type(leaf) is trees.Generic:
        yield leaf.kind


def _host(leaf: Any) -> str:
    """Return the service that an opaque *leaf* asks: scheme and host."""
    kind, match = getattr(leaf, 'kind', ''), getattr(leaf, 'match', '')
    if kind in ('http', 'https'):
        place = urlsplit(f'{kind}:{match}').netloc.rpartition('@')[2]
        return f'{kind}://{place}'
    return kind or type(leaf).__name__


def without_secrets(text: str) -> str:
    """Return a rule's *text* without the secrets in URLs."""
    return _QUERY.sub(r'\1?***', _USER_INFO.sub(r'\1***@', text))
