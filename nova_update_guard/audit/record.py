"""What is kept of a judged request: a record of plain values.

A client chooses many of the words in it: names of fields, paths, what it
calls itself. Only what is known by the tables, or short and printable, is
kept; never a token, a body or a value that nobody asked for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nova_update_guard.compute_api.microversions import BadVersionError
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
# What was decided, and the mode.
Verdict = tuple[str, str]

# Left out of a record where there is none.
_IF_ANY = ('changes', 'also')
# What a client can name and be known for.
_NAMES = {row.name for row in UPDATE_FIELDS} | {
    *ATTRIBUTES_BY_FILTER,
    *ATTRIBUTES_BY_COLUMN,
    *UNRESTRICTED,
}
_UNKNOWN = '(unknown)'
_UNPRINTABLE = re.compile(r'[^ -~]')
_MAX_TEXT = 200
_MAX_ROLES = 20
_MAX_NAMES = 100


def verdict(decision: Decision) -> Verdict:
    """Return what was decided, and whether it was carried out.

    The second is ENFORCE or AUDIT. What a layer acts upon comes before what
    another would have done, and a refusal before what was taken out.
    """
    if decision.refused:
        return REFUSE, ENFORCE
    if decision.violations:
        return REFUSE, AUDIT
    if decision.taken:
        return REDACT, _mode(decision, RESPONSE_REDACTION)
    return ALLOW, _mode(decision)


def record(
    request: GuardedRequest,
    decision: Decision,
    verdict: Verdict,
    sealers: ValueHashers,
) -> Record:
    """Return what is kept of *decision* on *request*, as JSON has it.

    *sealers* make what stands for the values of an allowed change.
    """
    decided = decision.decided_by
    said, mode = verdict
    kept: Record = {
        'request_id': printable(request.request_id),
        'client': printable(request.environ.get('HTTP_USER_AGENT')),
        'server_id': printable(request.route.server_id),
        **_who(decision),
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
    if said != REFUSE:
        kept['changes'] = dict(_changed(decision, sealers))
    kept['also'] = [*_also(decision, decided)]
    return {
        name: kept[name] for name in kept if name not in _IF_ANY or kept[name]
    }


def _version(request: GuardedRequest) -> str | None:
    try:
        return str(request.version)
    except BadVersionError:
        return None


def printable(text: str | None) -> str | None:
    """Return *text*, cut, with nothing in it that a terminal could obey."""
    return text and _UNPRINTABLE.sub('?', text[:_MAX_TEXT])


def names(fields: tuple[str, ...]) -> list[str]:
    """Return *fields*, those that no table has under one other name."""
    known = [name if name in _NAMES else _UNKNOWN for name in fields]
    return list(dict.fromkeys(known))


def _attributes(taken: Mapping[str, int]) -> dict[str, int]:
    """Return *taken* by names that every reader of JSON takes.

    nova's have half a surrogate pair where Python's json lets it in.
    """
    found: dict[str, int] = {}
    for name in [*taken][:_MAX_NAMES]:
        said = name[:_MAX_TEXT].encode('utf-8', 'replace').decode()
        found[said] = found.get(said, 0) + taken[name]
    return found


def _who(decision: Decision) -> Record:
    identity = decision.identity
    roles = identity.creds.get('roles') or [] if identity else []
    return {
        'user_id': printable(identity.user_id) if identity else None,
        'project_id': printable(identity.project_id) if identity else None,
        'roles': [printable(str(role)) for role in roles[:_MAX_ROLES]],
    }


def _found(decision: Decision, violation: Violation | None) -> Record:
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
    """Yield what else was found, or was done to the answer."""
    for violation in decision.violations:
        if violation is not decided:
            yield {
                **_found(decision, violation),
                'verdict': REFUSE,
                'mode': _mode(decision, *violation.layers),
            }
    if decision.taken and decided:
        yield {
            'fields': [],
            'layer': RESPONSE_REDACTION,
            'rule': None,
            'verdict': REDACT,
            'mode': _mode(decision, RESPONSE_REDACTION),
        }


def _changed(
    decision: Decision, sealers: ValueHashers
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield each field that is changed, with its new value and the old one.

    The old one is known where the server had to be shown anyway.
    """
    for field in decision.changes.keys() & sealers.keys():
        values = {'new': decision.changes[field]}
        shown = changes.attribute(field)
        if decision.before and shown in decision.before:
            values = {'old': decision.before[shown], **values}
        sealed = sealers[field]
        yield (
            field,
            {
                name: sealed(changes.comparable(field, value))
                for name, value in values.items()
            },
        )


def _mode(decision: Decision, *layers: str) -> str:
    return ENFORCE if decision.acts(*layers) else AUDIT
