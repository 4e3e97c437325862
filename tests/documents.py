"""Server documents as the guard has them, made of plain values."""

import json

from nova_update_guard.compute_api import documents


def redact(view, server, can=lambda rule, server: False):
    """Return *server* redacted by *view*, and the taken attributes."""
    found = documents.read(json.dumps({'server': server}).encode())
    taken = view.redact(found.servers, can)
    return json.loads(documents.written(found.whole))['server'], taken
