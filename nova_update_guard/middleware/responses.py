"""Answers to clients: refusals, and nova's own with what may be seen."""

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
    """What a WSGI application answers."""

    status: str
    headers: Headers
    body: Iterable[bytes]


class Redacted(NamedTuple):
    """An *answer*, what was *taken* out of it, and how many *servers* it has.

    Of an instance action the events count.
    """

    response: Response
    taken: Taken
    servers: int


def refusal(request: GuardedRequest, refusal: Refusal) -> Response:
    """Return *refusal* as a response that nova's clients parse.

    Where it is nova's, it is what nova sent, told as of the microversion
    that the client asks for.
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
    """Return what *viewer* sees in *answer*; None for all that is there."""
    if not response.status.startswith('2'):
        return None
    version = microversions.answered(response.headers)
    if version > microversions.MAX:
        warn_of_newer(version)
    view = viewer.view(version)
    return None if view.sees_all else view


@functools.lru_cache(maxsize=64)
def warn_of_newer(version: Version) -> None:
    """Warn of a nova that is newer than the tables; once for a *version*."""
    LOG.warning(
        'nova serves microversion %s, and the guard knows those up to %s: '
        'what is asked for at a later one is judged by the rules of %s, and '
        'new attributes by update_guard:server:show:unlisted',
        *(version, microversions.MAX, microversions.MAX),
    )


def redact(
    response: Response, data: bytes, view: View, can: Can, due: bool
) -> Redacted | Refusal:
    """Return nova's *answer*, of body *data*, with what is in *view*.

    That is what may be seen of servers, and of hosts in the events of
    instance actions. What cannot be read cannot be redacted: a response that
    is no JSON document, or a part of one, is refused, and where a server
    document is *due* any other.
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
    """Return how long *answer*'s body is, if that is said."""
    for name, value in response.headers:
        if name.lower() == 'content-length' and value.isdecimal():
            return int(value)
    return None


def joined(body: Iterable[bytes]) -> bytes:
    """Return all of *body*, which is closed then."""
    try:
        return b''.join(body)
    finally:
        close(body)


def close(body: Iterable[bytes]) -> None:
    """Close *body*, if it is one that wants to be."""
    end = getattr(body, 'close', None)
    if end:
        end()


_NO_DOCUMENT = Refusal(
    502,
    'nova answered with something else than servers',
    'the answer is no server document',
)


def _version_shown(request: GuardedRequest) -> Version | None:
    """Return the microversion that a refusal tells, as nova's would."""
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
