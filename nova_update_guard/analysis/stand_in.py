"""A WSGI application that stands for nova, with one server or none."""

import json
from http import HTTPStatus
from typing import Any

import webob

from nova_update_guard.compute_api import faults, microversions, routes
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.server_attributes import attributes_at
from nova_update_guard.compute_api.update_fields import REBUILD
from nova_update_guard.compute_api.version import MIN, Version
from nova_update_guard.layers import changes
from nova_update_guard.middleware import lookup
from nova_update_guard.wsgi_types import StartResponse, WSGIEnvironment

Server = dict[str, Any]

_NO_SERVER = Refusal(404, 'There is no server document', 'no server document')
# What a list that is not "detail" shows.
_BRIEF = ('id', 'links', 'name')
_KNOWN = {'id', *attributes_at(microversions.MAX)}


class Nova:
    """Answers with *server* as it is given, at any microversion.

    A list has that one server, an update its changes. *is_asked* tells whether
    a request, or a lookup, was sent here; *is_missed* whether one needed a
    server and there is none; *sent* is the server in the response, and
    *version* the microversion of it.
    """

    def __init__(self, server: Server | None) -> None:
        self._server = server
        self.is_asked = False
        self.is_missed = False
        self.sent: Server | None = None
        self.version = MIN

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> list[bytes]:
        """Serve one request."""
        is_lookup = lookup.MARK in environ
        self.is_asked = self.is_asked or not is_lookup
        request = webob.Request(environ)
        sent = _sent(request, self._server or {})
        if sent is None:
            return _respond(request, start, 204, b'')
        if self._server is None:
            self.is_missed = self.is_missed or is_lookup
            return _respond(request, start, 404, faults.body(_NO_SERVER))
        has_body = request.method != 'HEAD'
        if not is_lookup:
            self.sent = sent if has_body else None
            self.version = _version(request)
        whole = {'servers': [sent]} if _is_list(request) else {'server': sent}
        body = json.dumps(whole).encode()
        return _respond(request, start, 200, body if has_body else b'')


def server_in(document: Any) -> Server:
    """Return the server in *document*: itself, or its ``server``.

    Raises ValueError for a document that is no server.
    """
    whole = document if isinstance(document, dict) else {}
    server = whole.get('server', whole)
    if not isinstance(server, dict) or not _KNOWN & server.keys():
        raise ValueError(
            "is no server: write what nova's GET /servers/ID returns, "
            '{"server": {...}}'
        )
    if 'tenant_id' not in server and 'project_id' in server:
        raise ValueError(
            'is a server as the openstack client shows it, under other names: '
            "write what nova's GET /servers/ID returns, as openstack --debug "
            'server show prints it'
        )
    return server


def _respond(
    request: webob.Request, start: StartResponse, status: int, body: bytes
) -> list[bytes]:
    headers = [('Content-Length', str(len(body)))]
    if body:
        headers += faults.headers(_version(request))
    start(f'{status} {HTTPStatus(status).phrase}', headers)
    return [body]


def _sent(request: webob.Request, server: Server) -> Server | None:
    """Return the server in the response, None for a response without one."""
    route = _route(request)
    if route.operation == 'update':
        return server | _changes(request)
    if route.operation == 'action':
        body = _document(request)
        return server if isinstance(body, dict) and REBUILD in body else None
    if route.is_list and not request.path_info.rstrip('/').endswith('detail'):
        return {key: server[key] for key in _BRIEF if key in server}
    method, path = request.method, request.path_info
    is_create = method == 'POST' and routes.server_id(path) is None
    is_due = method == 'HEAD' or routes.is_document_due(method, path)
    return server if is_due or is_create else None


def _changes(request: webob.Request) -> Server:
    body = _document(request)
    update = body.get('server') if isinstance(body, dict) else None
    given = update if isinstance(update, dict) else {}
    return {changes.attribute(name): given[name] for name in given}


def _document(request: webob.Request) -> Any:
    try:
        return json.loads(request.body or b'null')
    except (ValueError, RecursionError):
        return None


def _is_list(request: webob.Request) -> bool:
    return _route(request).is_list


def _route(request: webob.Request) -> routes.Route:
    return routes.recognise(
        request.method, request.path_info, request.query_string
    )


def _version(request: webob.Request) -> Version:
    try:
        return max(MIN, microversions.requested(request.environ))
    except microversions.BadVersionError:
        return MIN
