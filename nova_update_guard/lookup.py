"""The server as it is, as nova shows it to this caller."""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import webob

from nova_update_guard import documents, microversion, routes
from nova_update_guard.faults import Refuse

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]

_NEWEST = 'compute latest'
# What is of the update alone: its body, its version, what would make the
# answer another than a whole document, and what libraries keep of a request.
_LEFT_OUT = {
    *('CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_TRANSFER_ENCODING'),
    *('HTTP_ACCEPT', 'HTTP_EXPECT', 'HTTP_RANGE', 'HTTP_IF_MATCH'),
    *('HTTP_IF_NONE_MATCH', 'HTTP_IF_MODIFIED_SINCE', 'HTTP_IF_RANGE'),
    *('HTTP_IF_UNMODIFIED_SINCE', 'openstack.legacy_v2'),
    *('HTTP_X_OPENSTACK_NOVA_API_VERSION', 'wsgi.input_terminated'),
}
_KEPT_BY_LIBRARIES = ('webob.', 'wsgiorg.', 'paste.', 'nova_update_guard.')

# No client can set it: guards behind this one show what there is.
MARK = 'nova_update_guard_lookup'

_NO_SERVER = Refuse(
    502,
    'nova answered with something else than the server',
    'the lookup got no server',
)


def server(app: App, environ: Environ) -> documents.Document | Refuse:
    """Return the server that *environ* would update, by a GET to *app*.

    Asked at nova's newest version, whatever the update's is, so that it shows
    all there is. Where nova does not show it, its words are passed on.
    """
    request = webob.Request(_asking(environ))
    status, _, chunks = request.call_application(app)
    body = b''.join(chunks)
    close = getattr(chunks, 'close', None)
    if close:
        close()
    return _read(int(status[:3]), body)


def _asking(environ: Environ) -> Environ:
    kept = {
        key: value
        for key, value in environ.items()
        if key not in _LEFT_OUT and not key.startswith(_KEPT_BY_LIBRARIES)
    }
    header = microversion.HEADER.upper().replace('-', '_')
    return kept | {
        'REQUEST_METHOD': 'GET',
        'PATH_INFO': routes.shown_at(environ.get('PATH_INFO', '')),
        'QUERY_STRING': '',
        f'HTTP_{header}': _NEWEST,
        'wsgi.input': io.BytesIO(),
        MARK: True,
    }


def _read(status: int, body: bytes) -> documents.Document | Refuse:
    try:
        document = json.loads(body)
    except ValueError:
        return _NO_SERVER
    if status in (403, 404):
        return Refuse(status, _message(document), 'nova does not show it')
    server = document.get('server') if isinstance(document, dict) else None
    return server if status == 200 and isinstance(server, dict) else _NO_SERVER


def _message(fault: object) -> str:
    """Return the words of nova's *fault*."""
    if isinstance(fault, dict):
        for inner in fault.values():
            if isinstance(inner, dict) and 'message' in inner:
                return str(inner['message'])
    return 'The server could not be shown'
