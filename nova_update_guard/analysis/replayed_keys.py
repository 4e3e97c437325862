"""Decide again what the keys of a list's query reveal."""

from collections.abc import Collection, Iterable, Iterator

from nova_update_guard.analysis.replayed_caller import ReplayedCaller
from nova_update_guard.analysis.replayed_fields import Item, Violation
from nova_update_guard.analysis.residual import needs_server
from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    SHOW,
    UNLISTED,
)
from nova_update_guard.layers import list_query
from nova_update_guard.layers.modes import RESPONSE_REDACTION
from nova_update_guard.policy import trees

OTHER_KEYS = 'the other keys of the query'
SHOW_RULES = (UNLISTED, *sorted({row.rule for row in SERVER_ATTRIBUTES}))


def items(
    violations: Iterable[Violation],
    caller: ReplayedCaller,
    opaque: Collection[str],
    level: int,
) -> Iterator[Item]:
    """Yield why a list that was refused is refused now, or may be.

    *opaque* are the rules that ask a service. A record names the first key
    that was refused, and no key that may come behind it.
    """
    refused = [
        each
        for each in violations
        if each.layer == RESPONSE_REDACTION
        and (each.rule or '').startswith(SHOW)
    ]
    for each in refused:
        for key in each.fields:
            for rule in list_query.RULES.get(key, (UNLISTED,)):
                needs = _needs(rule, caller, opaque)
                if needs is not None:
                    yield Item(key, rule, level, needs)
    if refused and any(
        _needs(rule, caller, opaque) is not None for rule in SHOW_RULES
    ):
        yield Item(None, None, level, OTHER_KEYS)


def _needs(
    rule: str, caller: ReplayedCaller, opaque: Collection[str]
) -> str | None:
    """Return None if a list by *rule* is allowed, '' if it is refused.

    It is also refused where the result depends on the server. Otherwise
    return what the result depends on.
    """
    left = caller.now(rule)
    if left is True:
        return '' if rule in opaque else None
    if left is False or all(map(needs_server, trees.parts(left))):
        return ''
    return caller.needs(rule)
