"""Refusals in nova's fault shape, which clients of nova can parse.

Source: ``nova.api.openstack.wsgi.Fault`` of nova 34.
"""

import json
from typing import NamedTuple

from nova_update_guard.compute_api import microversions
from nova_update_guard.compute_api.version import Version

Headers = list[tuple[str, str]]

NAMES = {
    400: 'badRequest',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'itemNotFound',
    405: 'badMethod',
    409: 'conflictingRequest',
    413: 'overLimit',
    415: 'badMediaType',
    429: 'overLimit',
    501: 'notImplemented',
    503: 'serviceUnavailable',
}
# The headers in which nova names the microversion of its response.
_VERSIONS = {
    microversions.HEADER.lower(),
    microversions.LEGACY_HEADER.lower(),
}


class NovaResponse(NamedTuple):
    """A complete response of nova: its status line, header fields and body."""

    status: str
    headers: Headers
    body: bytes


class Refusal(NamedTuple):
    """The guard's own error response; nova never receives the request.

    *message* is for the client and may quote its input; *reason* is for the
    log and never quotes it: a policy rule, a constraint, or a few words.
    *fields* are the names that it is about, as the client sent them; *headers*
    are added to those of a fault. If nova refused a request of the guard, the
    client gets nova's *response* instead.
    """

    status: int
    message: str
    reason: str
    fields: tuple[str, ...] = ()
    response: NovaResponse | None = None
    headers: tuple[tuple[str, str], ...] = ()


# nova responds with something else than what is due.
NO_SERVER = Refusal(
    502,
    'nova did not return the server',
    'the lookup returned no server',
)
NO_DOCUMENT = Refusal(
    502,
    'nova returned no valid server document',
    'the response is no valid server document',
)


class NovaFailedError(Exception):
    """nova, behind a proxy, sent no response or an incomplete one."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def body(refusal: Refusal) -> bytes:
    """Return *refusal* as a JSON document in nova's fault shape."""
    name = NAMES.get(refusal.status, 'computeFault')
    fault = {'code': refusal.status, 'message': refusal.message}
    return json.dumps({name: fault}).encode()


def headers(version: Version | None) -> Headers:
    """Return the headers that nova sends with a fault at *version*.

    If *version* is None (it was malformed, or the request is under ``/v2``)
    there are no version headers, as in nova.
    """
    found = [('Content-Type', 'application/json; charset=UTF-8')]
    if version is not None:
        found += [
            (microversions.HEADER, f'compute {version}'),
            (microversions.LEGACY_HEADER, str(version)),
            ('Vary', microversions.HEADER),
            ('Vary', microversions.LEGACY_HEADER),
        ]
    return found


def headers_at(version: Version | None, sent: Headers) -> Headers:
    """Return the header fields that nova *sent*, changed for *version*.

    Fields that name another microversion name *version* instead, or are left
    out if that is None. Content-Length is left out, too: it follows from the
    body.
    """
    own_headers = dict(headers(version))
    found = []
    for name, value in sent:
        key = name.lower()
        if key in _VERSIONS:
            found += [
                (name, own_headers[own])
                for own in own_headers
                if own.lower() == key
            ]
        elif version is None and key == 'vary':
            found += [(name, vary) for vary in _varies_besides(value)]
        elif key != 'content-length':
            found.append((name, value))
    return found


def _varies_besides(value: str) -> list[str]:
    """Return a Vary field without the version headers; [] if none is left."""
    names = [name.strip() for name in value.split(',')]
    kept = [name for name in names if name.lower() not in _VERSIONS]
    return [', '.join(kept)] if kept else []
