"""Rules for all that reaches nova, for any bytes of a client."""

import json
import re
from urllib.parse import unquote_to_bytes

from tests.proxy.client import send

# The name of what must never be served: it stands in a message's body.
SMUGGLED = '/v2.1/smuggled'
_IDENTITY = re.compile(r'x[-_].*(?:roles?|user|project|tenant|domain|status)')
_UPDATE = re.compile(rb'/servers/+[^/]+/*\Z')


def reached(nova):
    """Return nova's requests: all whole, and each update checked."""
    requests = nova.requests()
    for request in requests:
        assert not [name for name in request.headers if _IDENTITY.match(name)]
        assert SMUGGLED not in request.target
        if is_update(request):
            assert len(json.loads(request.body)['server']) == 1
    return requests


def is_update(request):
    """Tell whether nova would change a server."""
    path = unquote_to_bytes(request.target.partition('?')[0])
    return request.method == 'PUT' and bool(_UPDATE.search(path))


def serves(address):
    """Tell whether the next client is served as if nothing had happened."""
    response = send(address)
    return response.status == 200 and response.json['server']['name'] == 'vm1'
