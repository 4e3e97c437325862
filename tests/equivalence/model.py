"""nova-api as its paste file builds it, with controllers that only tell.

Its urlmap, its routes, its dispatch, version and body handling are real. The
filters that neither route a request nor change it are left out, and so are
databases: every method of a controller tells that it was called.
"""

import functools
import logging
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from nova import context, rpc
from nova.api.openstack import api_version_request, wsgi
from nova.api.openstack.compute import routes, servers
from nova.api.validation import validators
from paste import deploy

from tests.equivalence.wire import Environ, Response, send

App = Callable[[Environ, Any], Any]
Method = Callable[..., Any]

PROJECT = 'f00'
SERVERS = 'ServersController'

# They look at a request, or turn all that fails into 500, which ask() does
# for less. The place of the guard is called "place".
_LOOKING_ON = {
    *('compute_req_id', 'cors', 'faultwrap', 'http_proxy_to_wsgi'),
    *('keystonecontext', 'osprofiler', 'request_log', 'sizelimit'),
    'authtoken',
}
_APP = 'osapi_compute_app_v21'


class Call(NamedTuple):
    """A controller's method that nova reached."""

    controller: str
    method: str
    request: Any
    body: Any


class Received(NamedTuple):
    """A request as it came to the guard's place."""

    method: str
    path: str
    query: str


class Nova:
    """nova-api, with the *response* of its controllers.

    *calls* and *received* are those of the last request; *received* is None
    if it was not one for the app that the guard stands before.
    """

    def __init__(self, response: Callable[[Call], Any]) -> None:
        self.calls: list[Call] = []
        self.received: Received | None = None
        self._response = response
        self._router = _router()
        self.place: App = self._router
        for resource in _resources(self._router):
            self._replace(resource)
        self._app = _load(self)

    @property
    def beyond(self) -> App:
        """The app behind the guard: nova's router and all below."""
        return self._router

    def send(self, request: Environ, place: App | None = None) -> Response:
        """Return the answer to *request*, with *place* before the router."""
        self.calls = []
        self.received = None
        self.place = place or self._router
        request['nova.context'] = caller()
        return send(self._app, request)

    def at_place(self, request: Environ, start: Any) -> Any:
        """Pass *request* to the app in the guard's place."""
        self.received = Received(
            request['REQUEST_METHOD'],
            request['PATH_INFO'],
            request['QUERY_STRING'],
        )
        return self.place(request, start)

    def _replace(self, resource: wsgi.Resource) -> None:
        if isinstance(resource.controller, _Telling):
            return
        name = _name(resource.controller)
        resource.controller = _Telling(
            resource.controller, name, self._reported
        )
        resource.wsgi_actions = {
            action: functools.partial(self._reported, name, action)
            for action in resource.wsgi_actions
        }

    def _reported(
        self,
        controller: str,
        method: str,
        req: Any,
        body: Any = None,
        **_: Any,
    ) -> Any:
        call = Call(controller, method, req, body)
        self.calls.append(call)
        return self._response(call)


class _Telling:
    """Has the methods that *controller* has; each only tells of its call."""

    def __init__(self, controller: Any, name: str, reported: Method) -> None:
        self._controller = controller
        self._name = name
        self._reported = reported

    def __getattr__(self, method: str) -> Method:
        getattr(self._controller, method)
        reported = functools.partial(self._reported, self._name, method)
        setattr(self, method, reported)
        return reported


def newest() -> int:
    """Return the minor of this nova's newest microversion."""
    return api_version_request.max_api_version().ver_minor


def paths() -> list[str]:
    """Return the paths of all nova's routes, without a project."""
    return [path for path, methods in routes.ROUTE_LIST if path]


def server_controllers() -> list[type[servers.ServersController]]:
    """Return nova's controllers that serve servers, under any name."""
    found = (type(_.controller) for _ in _resources(_router()))
    return [
        *dict.fromkeys(
            controller
            for controller in found
            if issubclass(controller, servers.ServersController)
        )
    ]


def update_resource() -> wsgi.Resource:
    """Return a new resource of nova's servers, with its own controller."""
    return _resource('/servers/{id}')


def create_resource() -> wsgi.Resource:
    """Return the same for creates."""
    return _resource('/servers')


def action_resource() -> wsgi.Resource:
    """Return the same for the actions of servers."""
    return _resource('/servers/{id}/action')


def _resource(path: str) -> wsgi.Resource:
    return next(
        route.defaults['controller']
        for route in _router().map.matchlist
        if route.routepath == path
    )


@contextmanager
def running() -> Iterator[None]:
    """Let many requests through at little cost each.

    Nothing is logged: requests that go wrong are all there is. nova's
    validators are remembered: it makes a class for each request.
    """
    made: dict[Any, Any] = {}

    def validator(schema: Any, *options: Any) -> Any:
        key = (id(schema), *options)
        if key not in made:
            made[key] = new(schema, *options)
        return made[key]

    new = validators._SchemaValidator
    logging.disable()
    try:
        with mock.patch.object(validators, '_SchemaValidator', validator):
            yield
    finally:
        logging.disable(logging.NOTSET)


def _name(controller: Any) -> str:
    """Return the name of *controller* in a Call.

    One that is made from nova's servers, such as os-volumes_boot, is them.
    """
    if isinstance(controller, servers.ServersController):
        return SERVERS
    return type(controller).__name__


def _router() -> Any:
    # Clients of the message queue are made at start and not used.
    clients = {'get_client': mock.DEFAULT, 'get_notifier': mock.DEFAULT}
    with mock.patch.multiple(rpc, **clients), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return routes.APIRouterV21()


def _resources(router: Any) -> list[wsgi.Resource]:
    found = (route.defaults for route in router.map.matchlist)
    return [_['controller'] for _ in found if 'controller' in _]


@functools.cache
def caller() -> context.RequestContext:
    """Return a verified member of PROJECT."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return context.RequestContext(
            'user', PROJECT, roles=['member'], is_admin=False
        )


# Paste finds an app by the name of a function in a module.
_loading: list[Nova] = []


def app_factory(*_: object, **__: object) -> App:
    """Return the place in the nova that is being loaded."""
    return _loading[-1].at_place


def _load(nova: Nova) -> App:
    _loading.append(nova)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'api-paste.ini')
        path.write_text(_paste_file())
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return deploy.loadapp(f'config:{path}', name='osapi_compute')


def _paste_file() -> str:
    text = next(
        Path(file.locate()).read_text()
        for file in metadata.files('nova') or ()
        if file.name == 'api-paste.ini'
    )
    text = re.sub(r'^(?:pipeline|keystone) = .*', _without, text, flags=re.M)
    section, factory = f'[app:{_APP}]\n', 'paste.app_factory = '
    start = text.index(section) + len(section)
    end = text.index('\n', start)
    return f'{text[:start]}{factory}{__name__}:app_factory{text[end:]}'


def _without(line: re.Match[str]) -> str:
    words = line.group().split()
    return ' '.join(word for word in words if word not in _LOOKING_ON)
