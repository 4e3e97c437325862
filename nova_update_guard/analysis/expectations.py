"""The expectations of a case of ``policy test``."""

from collections.abc import Collection
from typing import Any, NamedTuple

from nova_update_guard.analysis import dry_run
from nova_update_guard.analysis.check_tree import DEPENDS, NO, YES
from nova_update_guard.analysis.stand_in import Server
from nova_update_guard.analysis.strict import (
    CaseError,
    Where,
    known,
    mapping,
    some,
    typed,
)
from nova_update_guard.compute_api import microversions
from nova_update_guard.compute_api.server_attributes import attributes_at
from nova_update_guard.layers.modes import LAYERS

# What may be expected of a rule, as YAML reads it.
_RULE_RESULTS = {True: YES, False: NO, YES: YES, NO: NO, DEPENDS: DEPENDS}


class Expected(NamedTuple):
    """The expected decision: the *status* of a refusal, or None.

    *by* is the rule or layer that refuses, *hidden* and *shown* are
    attributes.
    """

    status: int | None
    by: str = ''
    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


def of_request(
    given: Any,
    server: Server | None,
    rules: Collection[str],
    where: Where,
) -> Expected:
    """Read what is expected of a request. Raises CaseError."""
    keys = ('allowed', 'refused', 'by', 'hidden', 'shown')
    read = mapping(given, where, keys, [])
    if ('allowed' in read) == ('refused' in read):
        raise CaseError('expect either "allowed: true" or "refused"', *where)
    if 'refused' in read:
        return _of_refusal(read, rules, where)
    if read['allowed'] is not True:
        problem = 'allowed: write true, or "refused: STATUS"'
        raise CaseError(problem, *where, 'allowed')
    if 'by' in read:
        raise CaseError('by goes with "refused"', *where, 'by')
    lists = [
        _attributes(read[key], server, (*where, key)) if key in read else ()
        for key in ('hidden', 'shown')
    ]
    both = set(lists[0]).intersection(lists[1])
    if both:
        raise CaseError(f'{min(both)} is both hidden and shown', *where)
    return Expected(None, '', *lists)


def _of_refusal(
    read: dict[str, Any], rules: Collection[str], where: Where
) -> Expected:
    for key in {'hidden', 'shown'} & read.keys():
        raise CaseError(f'{key} goes with "allowed: true"', *where, key)
    status = typed(read['refused'], int, (*where, 'refused'))
    if not 400 <= status < 600:
        problem = f'refused: {status} is no status of a refusal'
        raise CaseError(problem, *where, 'refused')
    by = read.get('by', '')
    if 'by' in read:
        names = (*rules, *LAYERS)
        by = known(by, names, 'rule or layer', (*where, 'by'))
    return Expected(status, by)


def _attributes(
    given: Any, server: Server | None, where: Where
) -> tuple[str, ...]:
    if server is None:
        raise CaseError(f'{where[-1]} needs a server', *where)
    present = set(dry_run.names(server))
    names = {*attributes_at(microversions.MAX), *present}
    for number, each in enumerate(some(given, where)):
        name = known(each, names, 'attribute', (*where, number))
        if name not in present:
            raise CaseError(
                f'the server has no {name}: nothing would be checked',
                *(*where, number),
            )
    return tuple(given)


def of_rule(given: Any, server: Server | None, where: Where) -> str:
    """Read the expected result of a rule. Raises CaseError."""
    is_hashable = isinstance(given, bool | str)
    result = _RULE_RESULTS.get(given, '') if is_hashable else ''
    if not result or (result == DEPENDS and server is not None):
        also = '' if server is not None else f', or {DEPENDS}'
        raise CaseError(f'expect: it takes yes or no{also}', *where)
    return result
