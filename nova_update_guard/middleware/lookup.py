"""The lookup: a GET for the server before the change, as this caller."""

import io
import json
import time
from http import HTTPStatus
from typing import Any

import webob.exc

from nova_update_guard.compute_api import faults, microversions, routes
from nova_update_guard.compute_api.faults import (
    NO_SERVER,
    NovaFailedError,
    NovaResponse,
    Refusal,
)
from nova_update_guard.middleware import responses
from nova_update_guard.wsgi_types import WSGIApplication, WSGIEnvironment

Document = dict[str, Any]

_NEWEST = 'compute latest'
# Keys that belong to the update alone: its body, its version, conditions and
# ranges, for which nova might not return a whole document.
_LEFT_OUT = {
    *('CONTENT_LENGTH', 'CONTENT_TYPE', 'HTTP_TRANSFER_ENCODING'),
    *('HTTP_ACCEPT', 'HTTP_EXPECT', 'HTTP_RANGE', 'HTTP_IF_MATCH'),
    *('HTTP_IF_NONE_MATCH', 'HTTP_IF_MODIFIED_SINCE', 'HTTP_IF_RANGE'),
    *('HTTP_IF_UNMODIFIED_SINCE', 'openstack.legacy_v2'),
    *('HTTP_X_OPENSTACK_NOVA_API_VERSION', 'wsgi.input_terminated'),
}
# Prefixes of the keys in which libraries keep parts of a request.
_KEPT_BY_LIBRARIES = ('webob.', 'wsgiorg.', 'paste.', 'nova_update_guard.')

# Marks a lookup: guards behind this one let it pass. No client can set it.
MARK = 'nova_update_guard.lookup'

_REFUSED = 'nova refused to show the server'


class Lookup:
    """Gets the server that the request in *environ* would change.

    With *path*, the server of that path instead. The GET is sent to *app* when
    the server is first needed, and the server is kept as *document*, nova's
    header fields as *headers*. It asks for nova's newest microversion,
    whichever one *environ* has, to get all
    attributes. *nanoseconds* is the time that nova took for it.
    """

    def __init__(
        self, app: WSGIApplication, environ: WSGIEnvironment, path: str = ''
    ) -> None:
        self._app = app
        self._environ = environ
        self._path = path
        self._failure: NovaFailedError | None = None
        self.document: Document | None = None
        self.headers: faults.Headers = []
        self.nanoseconds = 0

    def __call__(self) -> Document:
        """Return the server.

        Raises NovaFailedError, with nova's own response where nova refuses;
        a later call raises it again and sends no second GET.
        """
        if self._failure:
            raise self._failure
        if self.document is None:
            began = time.perf_counter_ns()
            try:
                response = _get(self._app, self._environ, self._path)
                self.headers = response.headers
                self.document = _server_in(response)
            except NovaFailedError as error:
                self._failure = error
                raise
            finally:
                self.nanoseconds = time.perf_counter_ns() - began
        return self.document


def _get(
    app: WSGIApplication, environ: WSGIEnvironment, path: str
) -> NovaResponse:
    path = path or routes.show_path(environ.get('PATH_INFO', ''))
    request = _environ_of_get(environ, path)
    try:
        status, headers, chunks = responses.of(app, request)
    except webob.exc.HTTPException as error:
        raise NovaFailedError(_raised(error)) from None
    return NovaResponse(status, headers, responses.joined(chunks, NO_SERVER))


def _raised(error: webob.exc.HTTPException) -> Refusal:
    """Return a raised HTTP *error* as nova's FaultWrapper would render it.

    Without its own message, which may be meant for the log: FaultWrapper
    drops it.
    """
    refusal = Refusal(error.status_int, type(error).explanation, _REFUSED)
    error.content_type = 'application/json'
    headers = [(name, str(value)) for name, value in error.headerlist]
    response = NovaResponse(error.status, headers, faults.body(refusal))
    return refusal._replace(response=response)


def _environ_of_get(environ: WSGIEnvironment, path: str) -> WSGIEnvironment:
    kept = {
        key: value
        for key, value in environ.items()
        if key not in _LEFT_OUT and not key.startswith(_KEPT_BY_LIBRARIES)
    }
    header = microversions.HEADER.upper().replace('-', '_')
    return kept | {
        'REQUEST_METHOD': 'GET',
        'PATH_INFO': path,
        'QUERY_STRING': '',
        f'HTTP_{header}': _NEWEST,
        'wsgi.input': io.BytesIO(),
        MARK: True,
    }


def _server_in(response: NovaResponse) -> Document:
    """Return the server in *response*.

    Raises NovaFailedError if there is none.
    """
    status = int(response.status[:3])
    # A 304 is no refusal of nova's: the lookup sends no condition.
    if (
        status >= HTTPStatus.MULTIPLE_CHOICES
        and status != HTTPStatus.NOT_MODIFIED
    ):
        refusal = Refusal(status, '', _REFUSED, response=response)
        raise NovaFailedError(refusal)
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        raise NovaFailedError(NO_SERVER) from None
    server = document.get('server') if isinstance(document, dict) else None
    if status != HTTPStatus.OK or not isinstance(server, dict):
        raise NovaFailedError(NO_SERVER)
    return server
