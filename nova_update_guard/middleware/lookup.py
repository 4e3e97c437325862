"""The server as it is, as nova shows it to this caller."""

import io
import json
import time
from http import HTTPStatus
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

import webob
import webob.exc

from nova_update_guard.compute_api import faults, microversions, routes
from nova_update_guard.compute_api.faults import (
    NovaFailedError,
    NovaResponse,
    Refusal,
)
from nova_update_guard.middleware.responses import joined

Server = dict[str, Any]

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
MARK = 'nova_update_guard.lookup'

_REFUSED = 'nova refused to show the server'
_NO_SERVER = Refusal(
    502,
    'nova answered with something else than the server',
    'the lookup got no server',
)


class Lookup:
    """Shows the server that *environ* would change, as nova shows it.

    It is asked for when it is first needed, by a GET to *app*, and kept as
    *shown*; at nova's newest version, whatever that of *environ* is, so that
    it shows all there is. *nanoseconds* are what nova took for it.
    """

    def __init__(self, app: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._app = app
        self._environ = environ
        self._failure: NovaFailedError | None = None
        self.shown: Server | None = None
        self.nanoseconds = 0

    def __call__(self) -> Server:
        """Return the server.

        Raises NovaFailedError, with nova's own response where nova refuses,
        and without asking again.
        """
        if self._failure:
            raise self._failure
        if self.shown is None:
            began = time.perf_counter_ns()
            try:
                self.shown = _shown(self._app, self._environ)
            except NovaFailedError as error:
                self._failure = error
                raise
            finally:
                self.nanoseconds = time.perf_counter_ns() - began
        return self.shown


def _shown(app: WSGIApplication, environ: WSGIEnvironment) -> Server:
    request = webob.Request(_asking(environ))
    try:
        status, headers, chunks = request.call_application(app)
    except webob.exc.HTTPException as error:
        raise NovaFailedError(_raised(error)) from None
    return _read(NovaResponse(status, headers, joined(chunks)))


def _raised(error: webob.exc.HTTPException) -> Refusal:
    """Return a response that is raised as what nova would make of it.

    Its own words may be meant for the log: nova's FaultWrapper drops them.
    """
    refusal = Refusal(error.status_int, type(error).explanation, _REFUSED)
    error.content_type = 'application/json'
    headers = [(name, str(value)) for name, value in error.headerlist]
    response = NovaResponse(error.status, headers, faults.body(refusal))
    return refusal._replace(response=response)


def _asking(environ: WSGIEnvironment) -> WSGIEnvironment:
    kept = {
        key: value
        for key, value in environ.items()
        if key not in _LEFT_OUT and not key.startswith(_KEPT_BY_LIBRARIES)
    }
    header = microversions.HEADER.upper().replace('-', '_')
    return kept | {
        'REQUEST_METHOD': 'GET',
        'PATH_INFO': routes.shown_at(environ.get('PATH_INFO', '')),
        'QUERY_STRING': '',
        f'HTTP_{header}': _NEWEST,
        'wsgi.input': io.BytesIO(),
        MARK: True,
    }


def _read(response: NovaResponse) -> Server:
    """Return the server in *response*; raise NovaFailedError for none."""
    status = int(response.status[:3])
    # A 304 is about what a client has: the lookup asks on no condition.
    if (
        status >= HTTPStatus.MULTIPLE_CHOICES
        and status != HTTPStatus.NOT_MODIFIED
    ):
        refusal = Refusal(status, '', _REFUSED, response=response)
        raise NovaFailedError(refusal)
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        raise NovaFailedError(_NO_SERVER) from None
    server = document.get('server') if isinstance(document, dict) else None
    if status != HTTPStatus.OK or not isinstance(server, dict):
        raise NovaFailedError(_NO_SERVER)
    return server
