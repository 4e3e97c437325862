"""Responses to clients: refusals, and nova's responses, redacted."""

import functools
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from nova_update_guard.compute_api import (
    documents,
    faults,
    microversions,
    server_attributes,
)
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.microversions import Version
from nova_update_guard.layers.redaction import Can, Taken, View, Viewer
from nova_update_guard.middleware.request import GuardedRequest

LOG = logging.getLogger(__name__)

Headers = list[tuple[str, str]]

_PARTIAL_CONTENT = '206'


class Response(NamedTuple):
    """The response of a WSGI application."""

    status: str
    headers: Headers
    body: Iterable[bytes]


class Redacted(NamedTuple):
    """A redacted *response*, attributes *taken* out, and number of *servers*.

    For an instance action, *servers* is the number of its events.
    """

    response: Response
    taken: Taken
    servers: int


def refusal(request: GuardedRequest, refusal: Refusal) -> Response:
    """Return *refusal* as a response that nova's clients parse.

    A refusal of nova's is returned as nova sent it, with the headers for the
    microversion that the client asked for.
    """
    if refusal.response:
        status, sent, body = refusal.response
        headers = faults.headers_at(_version_shown(request), sent)
        return _with_body(Response(status, headers, []), body)
    body = faults.body(refusal)
    headers = faults.headers(_version_shown(request))
    headers.append(('Content-Length', str(len(body))))
    if request.request_id is not None:
        headers.append(('x-openstack-request-id', request.request_id))
    status = f'{refusal.status} {HTTPStatus(refusal.status).phrase}'
    has_body = request.method != 'HEAD'
    return Response(status, headers, [body] if has_body else [])


def view_of(response: Response, viewer: Viewer) -> View | None:
    """Return the view of *viewer* on *response*; None to redact nothing."""
    if not response.status.startswith('2'):
        return None
    version = microversions.answered(response.headers)
    if version > microversions.MAX:
        warn_of_newer(version)
    view = viewer.view(version)
    return None if view.sees_all else view


@functools.lru_cache(maxsize=64)
def warn_of_newer(version: Version) -> None:
    """Warn that nova is newer than the tables, once for each *version*."""
    LOG.warning(
        'nova supports microversion %s, the guard those up to %s: it checks '
        'requests at later ones by the rules of %s, and new attributes by '
        'update_guard:server:show:unlisted. Upgrade the guard',
        *(version, microversions.MAX, microversions.MAX),
    )


def redact(
    response: Response, data: bytes, view: View, can: Can, due: bool
) -> Redacted | Refusal:
    """Return *response* redacted by *view*; *data* is its body.

    Redacts servers, and hosts in the events of instance actions. A body that
    cannot be read cannot be redacted: a response that is not JSON, or a part
    of a document, is refused; where a server document is *due*, so is any
    other document.
    """
    if response.status.startswith(_PARTIAL_CONTENT):
        return _NO_DOCUMENT
    try:
        found = documents.read(data) if data else documents.NOTHING
    except ValueError:
        return _NO_DOCUMENT
    if found.servers is None and due:
        return _NO_DOCUMENT
    taken = view.redact(found.servers or (), can)
    events = sum(map(view.redact_event, found.events))
    if events:
        taken[server_attributes.HOST_ID] = events
    servers = len(found.servers or found.events)
    if not taken:
        return Redacted(response._replace(body=[data]), taken, servers)
    shown = _with_body(response, documents.written(found.whole))
    return Redacted(shown, taken, servers)


def length(response: Response) -> int | None:
    """Return the Content-Length of *response*; None if it has none."""
    for name, value in response.headers:
        if name.lower() == 'content-length' and value.isdecimal():
            return int(value)
    return None


def joined(body: Iterable[bytes]) -> bytes:
    """Return all of *body*, and close it."""
    try:
        return b''.join(body)
    finally:
        close(body)


def close(body: Iterable[bytes]) -> None:
    """Close *body*, if it has a ``close`` method."""
    end = getattr(body, 'close', None)
    if end:
        end()


_NO_DOCUMENT = Refusal(
    502,
    'nova returned no valid server document',
    'the response is no valid server document',
)


def _version_shown(request: GuardedRequest) -> Version | None:
    """Return the microversion for a refusal's headers, as nova sets them."""
    try:
        version = request.version
    except microversions.BadVersionError:
        return None
    return version if version > microversions.LEGACY_V2 else None


def _with_body(response: Response, body: bytes) -> Response:
    kept = [
        (name, value)
        for name, value in response.headers
        if name.lower() != 'content-length'
    ]
    length = ('Content-Length', str(len(body)))
    return Response(response.status, [*kept, length], [body])
