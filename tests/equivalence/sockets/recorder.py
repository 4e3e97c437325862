"""nova-api for a WSGI server: ``application`` records the calls.

It is nova's own from its urlmap down to the controllers' entry points. Each
request leaves one line of JSON in the file that the environment names, which
all processes of a server, and all servers, write to.
"""

import json
import os
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from tests.equivalence import model
from tests.equivalence.model import SERVERS, Call
from tests.equivalence.wire import Environ

FILE = 'RECORDED_REQUESTS'
# What no caller without rights may see. It stands in the document so often
# that parts of it, by any range, hold one.
SECRET = 'Jxq7'
_TEXT = f'{SECRET}-' * 3
LISTS = ('index', 'detail')


def document(call: Call) -> Any:
    """Return the operation of a controller's method."""
    if call.controller != SERVERS:
        return {}
    server = {
        'OS-EXT-SRV-ATTR:host': _TEXT,
        'name': _TEXT,
        'id': server_id(call.request),
        'links': [],
        'OS-EXT-SRV-ATTR:user_data': _TEXT,
        'metadata': {_TEXT: _TEXT},
        'addresses': {_TEXT: []},
    }
    if call.method in LISTS:
        return {'servers': [server, server]}
    return {'server': server}


def server_id(request: Any) -> str | None:
    """Return the server that nova's router has found in a path, if any."""
    _, match = request.environ['wsgiorg.routing_args']
    found: str | None = match.get('server_id', match.get('id'))
    return found


class Recorder:
    """nova, which appends the calls of each request to a file."""

    def __init__(self, path: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._file = os.open(path, flags)
        self._nova = model.Nova(document)

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        arrived = _arrived(environ)
        response = self._nova.send(environ)
        reached = [_reached(call) for call in self._nova.calls]
        line = json.dumps({**arrived, 'reached': reached})
        # One write to the end of the file: no other process tears it.
        os.write(self._file, f'{line}\n'.encode())
        start(
            f'{response.status} {_phrase(response.status)}', response.headers
        )
        return [] if arrived['method'] == 'HEAD' else [response.body]


def _arrived(environ: Environ) -> dict[str, Any]:
    """Return the request as the server in front of nova hands it on."""
    return {
        'nonce': environ.get('HTTP_USER_AGENT'),
        'method': environ['REQUEST_METHOD'],
        'prefix': environ.get('SCRIPT_NAME', ''),
        'path': environ.get('PATH_INFO', ''),
        'query': environ.get('QUERY_STRING', ''),
        'token': environ.get('HTTP_X_AUTH_TOKEN'),
    }


def _reached(call: Call) -> dict[str, Any]:
    request = call.request
    version = request.api_version_request
    legacy = request.is_legacy_v2()
    return {
        'controller': call.controller,
        'method': call.method,
        'server_id': server_id(request),
        'version': '2.0' if legacy else version.get_string(),
        'body': call.body,
    }


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def _application() -> Recorder | None:
    path = os.environ.get(FILE)
    if path is None:
        return None
    # For good: nothing else runs in this process.
    model.running().__enter__()
    return Recorder(path)


application = _application()
