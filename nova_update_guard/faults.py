"""What a refusal looks like: nova's fault shape, which its clients parse.

Source: ``nova.api.openstack.wsgi.Fault`` of nova 34.
"""

import json
from typing import NamedTuple

from nova_update_guard import microversion

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


class Refuse(NamedTuple):
    """The guard answers the client itself; nova never sees the request.

    *message* is for the client and may quote what it sent; *reason* is for
    the log and never does: a policy rule, a constraint, or a few words.
    *fields* are the names that it is about, as the client sent them.
    """

    status: int
    message: str
    reason: str
    fields: tuple[str, ...] = ()


class NovaFailedError(Exception):
    """nova, behind a proxy, gave no answer, or no whole one."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def body(refusal: Refuse) -> bytes:
    """Return the JSON document of *refusal*, as nova would have it."""
    name = _NAMES.get(refusal.status, 'computeFault')
    fault = {'code': refusal.status, 'message': refusal.message}
    return json.dumps({name: fault}).encode()


def headers(version: microversion.Version | None) -> list[tuple[str, str]]:
    """Return the headers by which clients know the fault for nova's.

    Without a *version* (it was malformed, or read under ``/v2``) nova sends
    no version headers either.
    """
    found = [('Content-Type', 'application/json; charset=UTF-8')]
    if version is not None:
        found += [
            (microversion.HEADER, f'compute {version}'),
            (microversion.LEGACY_HEADER, str(version)),
            ('Vary', microversion.HEADER),
            ('Vary', microversion.LEGACY_HEADER),
        ]
    return found
