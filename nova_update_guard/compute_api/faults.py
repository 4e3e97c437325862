"""What a refusal looks like: nova's fault shape, which its clients parse.

Source: ``nova.api.openstack.wsgi.Fault`` of nova 34.
"""

import json
from typing import NamedTuple

from nova_update_guard.compute_api import microversions

Headers = list[tuple[str, str]]

_NAMES = {
    400: 'badRequest',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'itemNotFound',
    405: 'badMethod',
    413: 'overLimit',
    415: 'badMediaType',
    503: 'serviceUnavailable',
}
# The headers in which nova tells the microversion of its response.
_VERSIONS = {
    microversions.HEADER.lower(),
    microversions.LEGACY_HEADER.lower(),
}


class NovaResponse(NamedTuple):
    """A whole response of nova: its status line, header fields and body."""

    status: str
    headers: Headers
    body: bytes


class Refusal(NamedTuple):
    """The guard answers the client itself; nova never sees the request.

    *message* is for the client and may quote what it sent; *reason* is for
    the log and never does: a policy rule, a constraint, or a few words.
    *fields* are the names that it is about, as the client sent them. Where
    nova refused the guard, the client gets nova's *response* instead.
    """

    status: int
    message: str
    reason: str
    fields: tuple[str, ...] = ()
    response: NovaResponse | None = None


class NovaFailedError(Exception):
    """nova, behind a proxy, gave no answer, or no whole one."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def body(refusal: Refusal) -> bytes:
    """Return the JSON document of *refusal*, as nova would have it."""
    name = _NAMES.get(refusal.status, 'computeFault')
    fault = {'code': refusal.status, 'message': refusal.message}
    return json.dumps({name: fault}).encode()


def headers(version: microversions.Version | None) -> Headers:
    """Return the headers by which clients know the fault for nova's.

    Without a *version* (it was malformed, or read under ``/v2``) nova sends
    no version headers either.
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


def headers_at(
    version: microversions.Version | None, sent: Headers
) -> Headers:
    """Return the header fields that nova *sent*, as of *version*.

    What they say of another microversion is said of *version*, or left out
    where that is None. The length is left out, too: the body tells it.
    """
    told = dict(headers(version))
    found = []
    for name, value in sent:
        key = name.lower()
        if key in _VERSIONS:
            found += [(name, told[own]) for own in told if own.lower() == key]
        elif version is None and key == 'vary':
            found += [(name, vary) for vary in _varies_besides(value)]
        elif key != 'content-length':
            found.append((name, value))
    return found


def _varies_besides(value: str) -> list[str]:
    """Return what a Vary field names, less the headers of the version."""
    names = [name.strip() for name in value.split(',')]
    kept = [name for name in names if name.lower() not in _VERSIONS]
    return [', '.join(kept)] if kept else []
