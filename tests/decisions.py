"""Records of decisions, as the guard writes them."""

import json

TIME = '2026-11-24T19:14:49.123456Z'
RULE = 'update_guard:server:update:name'


def record(**changed):
    """Return an update that would be refused, with *changed* keys."""
    return {
        'time': TIME,
        'request_id': 'req-1',
        'user_id': 'u1',
        'project_id': 'p1',
        'roles': ['member', 'reader'],
        'client': 'python-novaclient',
        'operation': 'update',
        'server_id': 's1',
        'microversion': '2.104',
        'fields': ['name'],
        'layer': 'field_policy',
        'verdict': 'refuse',
        'mode': 'audit',
        'rule': RULE,
        'status': 200,
        'revision': '0a1b2c3d4e5f',
        'microseconds': 87,
        'nova_microseconds': 5123,
        'sample': 1,
        **changed,
    }


def allowed(**changed):
    """Return an update that is allowed, one of a hundred such."""
    more = {'verdict': 'allow', 'mode': 'enforce', 'layer': None}
    return record(**{**more, 'rule': None, 'sample': 0.01, **changed})


def redacted(*attributes, **changed):
    """Return a list of servers without these *attributes*."""
    more = {'verdict': 'redact', 'mode': 'enforce', 'operation': 'read'}
    return record(
        **{
            **more,
            'fields': list(attributes[:1]),
            'layer': 'response_redaction',
            'rule': None,
            'redacted': dict.fromkeys(attributes, 12),
            'documents': 12,
            **changed,
        }
    )


def further(**changed):
    """Return one more finding about the same request."""
    return {
        'layer': 'one_parameter',
        'mode': 'audit',
        'verdict': 'refuse',
        'rule': '2 parameters',
        'fields': ['name'],
        **changed,
    }


def line(document):
    """Return a *document* as the guard writes it."""
    return json.dumps(document).encode()
