"""The decision record: a request and its decision as plain JSON values.

A client chooses many of the texts in it: names of fields, paths, its user
agent. Only names of the tables, and short printable texts, are recorded; never
a token, a body, or a value that the operator did not ask for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nova_update_guard.compute_api.microversions import BadVersionError
from nova_update_guard.compute_api.place_filters import PLACE_FILTERS
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.layers import changes
from nova_update_guard.layers.keyed_hash import ValueHashers
from nova_update_guard.layers.list_query import (
    ATTRIBUTES_BY_COLUMN,
    ATTRIBUTES_BY_FILTER,
    UNRESTRICTED,
)
from nova_update_guard.layers.modes import AUDIT, ENFORCE, RESPONSE_REDACTION
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.request import GuardedRequest

ALLOW = 'allow'
REFUSE = 'refuse'
REDACT = 'redact'

Record = dict[str, Any]
# ALLOW, REFUSE or REDACT, and the mode.
Verdict = tuple[str, str]

# The names of fields and query keys that are recorded as they are.
NAMES = {row.name for row in UPDATE_FIELDS} | {
    *ATTRIBUTES_BY_FILTER,
    *ATTRIBUTES_BY_COLUMN,
    *UNRESTRICTED,
    *(row.key for row in PLACE_FILTERS),
}
UNKNOWN = '(unknown)'
_UNPRINTABLE = re.compile(r'[^ -~]')
_MAX_TEXT = 200
_MAX_ROLES = 20
_MAX_NAMES = 100


def verdict(decision: Decision) -> Verdict:
    """Return the verdict, ALLOW, REFUSE or REDACT, and its mode.

    The mode is ENFORCE or AUDIT. An enforced refusal comes before one that
    is only recorded, and a refusal before a redaction.
    """
    if decision.refused:
        return REFUSE, ENFORCE
    if decision.violations:
        return REFUSE, AUDIT
    if decision.redacts:
        return REDACT, _mode(decision, RESPONSE_REDACTION)
    return ALLOW, _mode(decision)


def record(
    request: GuardedRequest,
    decision: Decision,
    verdict: Verdict,
    value_hashers: ValueHashers,
) -> Record:
    """Return the record of *decision* on *request*, of plain JSON values.

    *value_hashers* turn the values of an allowed change into those recorded.
    """
    decided, (said, mode) = decision.decided_by, verdict
    kept: Record = {
        'request_id': printable(request.request_id),
        'client': printable(request.environ.get('HTTP_USER_AGENT')),
        'server_id': printable(request.server_id),
        **_caller_fields(decision),
        'operation': decision.operation,
        'microversion': decision.version or _version(request),
        **_found(decision, decided),
        'verdict': said,
        'mode': mode,
        'status': decision.status or (decided and decided.refusal.status),
        'revision': decision.revision or None,
        'microseconds': decision.guard_ns // 1000,
        'nova_microseconds': decision.nova_ns // 1000,
    }
    if decision.taken:
        kept['redacted'] = _attributes(decision.taken)
        kept['documents'] = decision.servers
    if said != REFUSE and (changed := dict(_changed(decision, value_hashers))):
        kept['changes'] = changed
    if also := [*_also(decision, decided)]:
        kept['also'] = also
    return kept


def _version(request: GuardedRequest) -> str | None:
    try:
        return str(request.version)
    except BadVersionError:
        return None


def printable(text: str | None) -> str | None:
    """Return *text*, cut to _MAX_TEXT, with ``?`` for unprintable characters.

    None and an empty text stay as they are.
    """
    if not text:
        return text
    text = text[:_MAX_TEXT]
    # Nearly always; a regular expression takes ten times as long.
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub('?', text)


def names(fields: tuple[str, ...]) -> list[str]:
    """Return *fields* without duplicates, with UNKNOWN for unknown names."""
    known = [name if name in NAMES else UNKNOWN for name in fields]
    return list(dict.fromkeys(known))


def _attributes(taken: Mapping[str, int]) -> dict[str, int]:
    """Return *taken* with names that are valid in any JSON parser.

    A name of nova's may have half a surrogate pair: Python's json accepts it.
    """
    found: dict[str, int] = {}
    for name in [*taken][:_MAX_NAMES]:
        said = name[:_MAX_TEXT]
        if not said.isascii():
            said = said.encode('utf-8', 'replace').decode()
        found[said] = found.get(said, 0) + taken[name]
    return found


def _caller_fields(decision: Decision) -> Record:
    identity = decision.identity
    roles = identity.creds.get('roles') or [] if identity else []
    return {
        'user_id': printable(identity.user_id) if identity else None,
        'project_id': printable(identity.project_id) if identity else None,
        'roles': [printable(str(role)) for role in roles[:_MAX_ROLES]],
    }


def _found(decision: Decision, violation: Violation | None) -> Record:
    if violation is None and not decision.taken and decision.sort_keys:
        return _of_sort_keys(decision)[0]
    if violation is None:
        layer = RESPONSE_REDACTION if decision.taken else None
        return {
            'fields': names((*decision.changes,)),
            'layer': layer,
            'rule': None,
        }
    fields = violation.refusal.fields or (*decision.changes,)
    return {
        'fields': names(fields),
        'layer': violation.layers[0] if len(violation.layers) == 1 else None,
        'rule': violation.refusal.reason,
    }


def _also(decision: Decision, decided: Violation | None) -> Iterator[Record]:
    """Yield the other violations and redactions."""
    for violation in decision.violations:
        if violation is not decided:
            yield {
                **_found(decision, violation),
                'verdict': REFUSE,
                'mode': _mode(decision, *violation.layers),
            }
    redaction = {
        'verdict': REDACT,
        'mode': _mode(decision, RESPONSE_REDACTION),
    }
    if decision.taken and decided:
        yield {
            'fields': [],
            'layer': RESPONSE_REDACTION,
            'rule': None,
            **redaction,
        }
    # The record itself is about the first one if it is about nothing else.
    told = not (decision.taken or decided)
    for each in _of_sort_keys(decision)[told:]:
        yield {**each, **redaction}


def sort_keys(decision: Decision) -> dict[str, str]:
    """Return the rules that hide sort keys of a query, by key."""
    found: dict[str, str] = {}
    for each in decision.sort_keys:
        (key,) = names((each.key,))
        found.setdefault(key, each.rule)
    return found


def _of_sort_keys(decision: Decision) -> list[Record]:
    """Return what is found about the sort keys that are taken out."""
    return [
        {'fields': [key], 'layer': RESPONSE_REDACTION, 'rule': rule}
        for key, rule in sort_keys(decision).items()
    ]


def _changed(
    decision: Decision, value_hashers: ValueHashers
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield each changed field with its new value, and the old one if known.

    The old value is known if the server was looked up for another reason.
    """
    for field in decision.changes.keys() & value_hashers.keys():
        values = {'new': decision.changes[field]}
        attribute = changes.attribute(field)
        if decision.before and attribute in decision.before:
            values = {'old': decision.before[attribute], **values}
        sealed = value_hashers[field]
        yield (
            field,
            {
                name: sealed(changes.comparable(field, value))
                for name, value in values.items()
            },
        )


def _mode(decision: Decision, *layers: str) -> str:
    return ENFORCE if decision.acts(*layers) else AUDIT
