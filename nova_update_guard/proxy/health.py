"""The health check: a load balancer asks once a second if the guard can serve.

Each part of the pipeline reports its problem. A problem that all guards share
is no reason to take one out, unless no request can be served at all.
"""

import logging
from collections.abc import Callable, Iterable

import pycurl

from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.middleware import responses
from nova_update_guard.proxy import curl, failures
from nova_update_guard.wsgi_types import (
    StartResponse,
    WSGIApplication,
    WSGIEnvironment,
)

LOG = logging.getLogger(__name__)

Problem = Callable[[], str | None]

# A list to which the parts add their problems. No client can set it.
_PROBLEMS = 'nova_update_guard.problems'
# A load balancer's timeout for the whole check is a second.
_CONNECT_MS = 500
_GET = curl.Request('GET', '/', [], None)


class Health:
    """Responds 503 with the problems of *app*, or by *other* without any.

    *checked* is called with whether there are none.
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
        self._last: list[str] = []

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        problems = self._check(environ)
        self._checked(not problems)
        if not problems:
            return self._other(environ, start)
        body = '\n'.join(problems).encode()
        headers = [
            ('Content-Type', 'text/plain; charset=UTF-8'),
            ('Content-Length', str(len(body))),
        ]
        start('503 Service Unavailable', headers)
        return [] if environ['REQUEST_METHOD'] == 'HEAD' else [body]

    def _check(self, environ: WSGIEnvironment) -> list[str]:
        """Return the problems of all parts; log them when they change."""
        problems: list[str] = []
        request = {
            **environ,
            'REQUEST_METHOD': 'GET',
            'QUERY_STRING': '',
            # With a version, as a monitor's, it would be refused on the way.
            'HTTP_ACCEPT': '*/*',
            'CONTENT_TYPE': '',
            _PROBLEMS: problems,
        }
        responses.close(self._app(request, _no_start))
        if problems != self._last:
            self._last = problems
            if problems:
                LOG.error('This guard cannot serve: %s', ', '.join(problems))
            else:
                LOG.info('This guard can serve again')
        return problems


def _no_start(*_: object) -> Callable[[bytes], object]:
    """Ignore the status and headers of the check's own request."""
    return len


def with_check(problem: Problem, app: WSGIApplication) -> WSGIApplication:
    """Return *app*, wrapped to report *problem* to a health check."""

    def serve(
        environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        if _PROBLEMS in environ:
            _report(environ, problem)
        return app(environ, start)

    return serve


def with_last_check(problem: Problem, app: WSGIApplication) -> WSGIApplication:
    """Return the same for the last *app*, which is not called in a check."""

    def serve(
        environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        if _PROBLEMS not in environ:
            return app(environ, start)
        _report(environ, problem)
        start('204 No Content', [])
        return []

    return serve


def _report(environ: WSGIEnvironment, problem: Problem) -> None:
    found = problem()
    if found:
        environ[_PROBLEMS].append(found)


def unreachable(settings: ProxySettings) -> str | None:
    """Return the problem, if all endpoints of nova refuse a connection.

    An endpoint that is only slow, as under load, does not count as refusing.
    """
    for endpoint in settings.endpoints:
        if not _refuses(settings, endpoint):
            return None
    return 'nova accepts no connection from this guard'


def _refuses(settings: ProxySettings, endpoint: str) -> bool:
    easy = pycurl.Curl()
    for option, value in curl.options(settings, _GET):
        easy.setopt(option, value)
    easy.setopt(pycurl.URL, endpoint)
    easy.setopt(pycurl.CONNECT_ONLY, 1)
    easy.setopt(pycurl.CONNECTTIMEOUT_MS, _CONNECT_MS)
    try:
        easy.perform()
    except pycurl.error as error:
        return error.args[0] in failures.NOT_CONNECTED
    finally:
        easy.close()
    return False
