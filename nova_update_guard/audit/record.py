"""What is kept of a judged request: a record of plain values.

A client chooses many of the words in it: names of fields, paths, what it
calls itself. Only what is known by the tables, or short and printable, is
kept; never a token, a body or a value that nobody asked for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nova_update_guard.compute_api.update_fields import EDITABLE
from nova_update_guard.layers import changes
from nova_update_guard.layers.keyed_hash import Sealers
from nova_update_guard.layers.list_query import COLUMNS, PLAIN, TELLS
from nova_update_guard.layers.modes import ENFORCE, RESPONSE_REDACTION, WARN
from nova_update_guard.middleware.decision import Case, Finding

ALLOW = 'allow'
REFUSE = 'refuse'
REDACT = 'redact'

Record = dict[str, Any]

# Left out of a record where there is none.
_IF_ANY = ('changes', 'also')
# What a client can name and be known for.
_NAMES = {row.name for row in EDITABLE} | {*TELLS, *COLUMNS, *PLAIN}
_UNKNOWN = '(unknown)'
_UNPRINTABLE = re.compile(r'[^ -~]')
_MAX_TEXT = 200
_MAX_ROLES = 20
_MAX_NAMES = 100


def verdict(case: Case) -> tuple[str, str]:
    """Return what was decided, and whether it was carried out.

    The second is ENFORCE or WARN. What a layer acts upon comes before what
    another would have done, and a refusal before what was taken out.
    """
    if case.refused:
        return REFUSE, ENFORCE
    if case.findings:
        return REFUSE, WARN
    if case.taken:
        return REDACT, _mode(case, RESPONSE_REDACTION)
    return ALLOW, _mode(case)


def record(case: Case, sealers: Sealers) -> Record:
    """Return what is kept of *case*, as JSON has it.

    *sealers* make what stands for the values of an allowed change.
    """
    decided = case.decided_by
    said, mode = verdict(case)
    kept: Record = {
        **_who(case),
        'operation': case.operation,
        'microversion': case.version or None,
        **_found(case, decided),
        'verdict': said,
        'mode': mode,
        'status': case.status or (decided and decided.refuse.status),
        'revision': case.revision or None,
        'microseconds': case.guard_ns // 1000,
        'nova_microseconds': case.nova_ns // 1000,
    }
    if case.taken:
        kept['redacted'] = _attributes(case.taken)
        kept['documents'] = case.servers
    if said != REFUSE:
        kept['changes'] = dict(_changed(case, sealers))
    kept['also'] = [*_also(case, decided)]
    return {
        name: kept[name] for name in kept if name not in _IF_ANY or kept[name]
    }


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


def _who(case: Case) -> Record:
    identity = case.identity
    roles = identity.creds.get('roles') or [] if identity else []
    return {
        'user_id': printable(identity.user_id) if identity else None,
        'project_id': printable(identity.project_id) if identity else None,
        'roles': [printable(str(role)) for role in roles[:_MAX_ROLES]],
    }


def _found(case: Case, finding: Finding | None) -> Record:
    if finding is None:
        layer = RESPONSE_REDACTION if case.taken else None
        return {
            'fields': names((*case.changes,)),
            'layer': layer,
            'rule': None,
        }
    fields = finding.refuse.fields or (*case.changes,)
    return {
        'fields': names(fields),
        'layer': finding.layers[0] if len(finding.layers) == 1 else None,
        'rule': finding.refuse.reason,
    }


def _also(case: Case, decided: Finding | None) -> Iterator[Record]:
    """Yield what else was found, or was done to the answer."""
    for finding in case.findings:
        if finding is not decided:
            yield {
                **_found(case, finding),
                'verdict': REFUSE,
                'mode': _mode(case, *finding.layers),
            }
    if case.taken and decided:
        yield {
            'fields': [],
            'layer': RESPONSE_REDACTION,
            'rule': None,
            'verdict': REDACT,
            'mode': _mode(case, RESPONSE_REDACTION),
        }


def _changed(
    case: Case, sealers: Sealers
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield each field that is changed, with its new value and the old one.

    The old one is known where the server had to be shown anyway.
    """
    for field in case.changes.keys() & sealers.keys():
        values = {'new': case.changes[field]}
        shown = changes.attribute(field)
        if case.before and shown in case.before:
            values = {'old': case.before[shown], **values}
        sealed = sealers[field]
        yield (
            field,
            {
                name: sealed(changes.comparable(field, value))
                for name, value in values.items()
            },
        )


def _mode(case: Case, *layers: str) -> str:
    return ENFORCE if case.acts(*layers) else WARN
