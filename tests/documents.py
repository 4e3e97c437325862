"""Server documents as the guard has them, made of plain values."""

import json

from nova_update_guard.compute_api import documents


def redact(view, server, can=lambda rule, server: False):
    """Return *server* redacted by *view*, and the taken attributes."""
    found = documents.read(json.dumps({'server': server}).encode())
    taken = view.redact(found.servers, can)
    return json.loads(documents.written(found.whole))['server'], taken


def redact_event(view, event):
    """Return an instance action's *event* redacted by *view*."""
    action = {'instanceAction': {'events': [event]}}
    found = documents.read(json.dumps(action).encode())
    taken = [view.redact_event(event) for event in found.events]
    (event,) = json.loads(documents.written(found.whole))['instanceAction'][
        'events'
    ]
    return event, *taken
