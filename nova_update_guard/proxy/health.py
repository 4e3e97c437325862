"""The health check: a load balancer asks once a second if the guard can serve.

Each part of the pipeline reports its problem. A problem that all guards share
is no reason to take one out, unless no request can be served at all; nor is
one for which only layers in audit miss something.
"""

import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple

from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.middleware import responses
from nova_update_guard.middleware.guard import ENFORCED
from nova_update_guard.proxy.connection import endpoint
from nova_update_guard.proxy.connector import Connector
from nova_update_guard.proxy.failures import SILENT, NotConnectedError
from nova_update_guard.wsgi_types import (
    StartResponse,
    WSGIApplication,
    WSGIEnvironment,
)

LOG = logging.getLogger(__name__)

Problem = Callable[[], str | None]

# The _Found to which the parts add their problems. No client can set it.
_PROBLEMS = 'nova_update_guard.problems'
# A load balancer's timeout for the whole check is a second.
_CONNECT_SECONDS = 0.5


class _Found(NamedTuple):
    """The problems that *stop* this guard, and those that only audit has."""

    stop: list[str]
    audit: list[str]


class Health:
    """Responds 503 with the problems of *app*, or by *other* without any.

    A 200 of *other* tells the problems that only layers in audit have.
    *checked* is called with whether this guard can serve.
    """

    def __init__(
        self,
        other: WSGIApplication,
        app: WSGIApplication,
        checked: Callable[[bool], object],
    ) -> None:
        self._other = other
        self._app = app
        self._checked = checked
        self._last = _Found([], [])

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        found = self._check(environ)
        self._checked(not found.stop)
        if found.stop:
            text = '\n'.join(found.stop)
            return _respond(environ, start, '503 Service Unavailable', text)
        if not found.audit:
            return self._other(environ, start)
        response = responses.of(self._other, environ)
        if not response.status.startswith('2'):
            # It is drained.
            start(response.status, response.headers)
            return response.body
        responses.close(response.body)
        text = 'OK, since no layer is enforced: ' + ', '.join(found.audit)
        return _respond(environ, start, '200 OK', text)

    def _check(self, environ: WSGIEnvironment) -> _Found:
        """Return the problems of all parts; log them when they change."""
        found = _Found([], [])
        request = {
            **environ,
            'REQUEST_METHOD': 'GET',
            'QUERY_STRING': '',
            # With a version, as a monitor's, it would be refused on the way.
            'HTTP_ACCEPT': '*/*',
            'CONTENT_TYPE': '',
            _PROBLEMS: found,
            ENFORCED: [],
        }
        responses.close(self._app(request, _no_start))
        if found != self._last:
            self._last = found
            if found.stop:
                LOG.error('This guard cannot serve: %s', ', '.join(found.stop))
            elif found.audit:
                LOG.error(
                    'This guard passes requests on without a check, since no '
                    'layer is enforced: %s',
                    ', '.join(found.audit),
                )
            else:
                LOG.info('This guard can serve again')
        return found


def _respond(
    environ: WSGIEnvironment, start: StartResponse, status: str, text: str
) -> Iterable[bytes]:
    body = text.encode()
    headers = [
        ('Content-Type', 'text/plain; charset=UTF-8'),
        ('Content-Length', str(len(body))),
    ]
    start(status, headers)
    return [] if environ['REQUEST_METHOD'] == 'HEAD' else [body]


def _no_start(*_: object) -> Callable[[bytes], object]:
    """Ignore the status and headers of the check's own request."""
    return len


def with_check(problem: Problem, app: WSGIApplication) -> WSGIApplication:
    """Return *app*, wrapped to report *problem* to a health check.

    It stops this guard only if one in *app* enforces a layer: in audit they
    pass on what they cannot check.
    """

    def serve(
        environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        if _PROBLEMS not in environ:
            return app(environ, start)
        found = problem()
        body = app(environ, start)
        if found:
            stops = any(environ[ENFORCED])
            where = environ[_PROBLEMS]
            (where.stop if stops else where.audit).append(found)
        return body

    return serve


def with_last_check(problem: Problem, app: WSGIApplication) -> WSGIApplication:
    """Return the same for the last *app*, which is not called in a check."""

    def serve(
        environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        if _PROBLEMS not in environ:
            return app(environ, start)
        if found := problem():
            environ[_PROBLEMS].stop.append(found)
        start('204 No Content', [])
        return []

    return serve


def unreachable(settings: ProxySettings) -> str | None:
    """Return the problem, if all endpoints of nova refuse a connection.

    An endpoint that is only slow, as under load, does not count as refusing.
    """
    connector = Connector(settings)
    for url in settings.endpoints:
        if not _refuses(connector, url):
            return None
    return 'nova accepts no connection from this guard'


def _refuses(connector: Connector, url: str) -> bool:
    try:
        connector.connect(endpoint(url), _CONNECT_SECONDS).close()
    except NotConnectedError as error:
        return error.refusal is not SILENT
    return False
