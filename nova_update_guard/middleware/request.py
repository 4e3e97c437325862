"""A request as the guard sees it: each part is read once, when it is needed.

nova and libraries write to the environ while they serve a request; the values
read here stay as the client sent them.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from nova_update_guard.compute_api import microversions, routes
from nova_update_guard.compute_api.version import Version
from nova_update_guard.middleware import identity
from nova_update_guard.middleware.decision import Identity
from nova_update_guard.middleware.responses import Headers, Response
from nova_update_guard.wsgi_types import WSGIEnvironment

T = TypeVar('T')


class _Once(Generic[T]):
    """A property whose value is found once.

    functools.cached_property takes a lock for it before Python 3.12; a request
    is served by one thread.
    """

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __get__(self, request: Any, _owner: type | None = None) -> T:
        value = request.__dict__[self._find.__name__] = self._find(request)
        return value


class GuardedRequest:
    """The request in *environ* (PEP 3333).

    *route* is the route by which nova would serve it.
    """

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ = environ
        self.method: str = environ['REQUEST_METHOD']
        self.path: str = environ.get('PATH_INFO', '')
        self.query: str = environ.get('QUERY_STRING', '')
        self.route = routes.recognise(self.method, self.path, self.query)

    @_Once
    def server_id(self) -> str | None:
        """The id of the server in the path, if there is one."""
        return routes.server_id(self.path)

    @_Once
    def request_id(self) -> str | None:
        """The id set by oslo.middleware or the proxy, None without either."""
        return self.environ.get('openstack.request_id')

    @_Once
    def identity(self) -> Identity | None:
        """The verified caller, None if it is not verified."""
        return identity.read(self.environ)

    @_Once
    def version(self) -> Version:
        """The effective microversion. Raises BadVersionError."""
        return microversions.requested(self.environ)

    def respond(self, status: int, headers: Headers, body: bytes) -> Response:
        """Return a response of the guard's own, without *body* for HEAD."""
        found = [*headers, ('Content-Length', str(len(body)))]
        if self.request_id is not None:
            found.append(('x-openstack-request-id', self.request_id))
        line = f'{status} {HTTPStatus(status).phrase}'
        return Response(line, found, [] if self.method == 'HEAD' else [body])
