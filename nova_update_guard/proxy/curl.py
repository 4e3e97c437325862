"""What libcurl is told of a request, and what it must not do of its own.

It frames, reuses connections and speaks TLS. No redirect is followed, no
proxy of the environment used, no content decoded, and what is not idempotent
is never sent twice.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pycurl

from nova_update_guard.conf.proxy import ProxySettings

Headers = list[tuple[str, str]]

# Less than any server waits for the next request: one that is closing the
# connection just then would leave a request without an answer.
_IDLE_SECONDS = 1

# What does the same if it is done twice (RFC 9110, 9.2.2).
_REPEATABLE = {'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'}


# Header fields that libcurl would add.
_ADDED = {'accept', 'user-agent', 'expect', 'content-type'}


class Body(NamedTuple):
    """A request's body; *length* in bytes, None if only its end will tell.

    *read* takes a number of bytes. *rewind* starts it again, if it can.
    """

    read: Callable[[int], bytes]
    length: int | None
    rewind: Callable[[], object] | None = None


class Request(NamedTuple):
    """A request for nova; *headers* have none that frame it."""

    method: str
    target: str
    headers: Headers
    body: Body | None


def options(
    settings: ProxySettings, request: Request
) -> Iterator[tuple[int, Any]]:
    """Yield what libcurl must know of *request*, and must not do."""
    yield pycurl.NOSIGNAL, 1
    yield pycurl.PROXY, ''
    yield pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1
    yield pycurl.MAXAGE_CONN, _IDLE_SECONDS
    yield pycurl.CONNECTTIMEOUT_MS, int(settings.connect_timeout * 1000)
    yield from _tls(settings)
    yield pycurl.CUSTOMREQUEST, request.method
    if request.method == 'HEAD':
        yield pycurl.NOBODY, 1
    elif request.body:
        yield pycurl.UPLOAD, 1
        if request.body.length is not None:
            yield pycurl.INFILESIZE_LARGE, request.body.length
        if request.body.rewind:
            yield pycurl.SEEKFUNCTION, _seeker(request.body.rewind)
    if request.method not in _REPEATABLE and not _is_read(request.body):
        # libcurl would send it again when a connection that was kept turns
        # out to be closed. Not so with a body that it cannot rewind.
        yield pycurl.FRESH_CONNECT, 1


def _is_read(body: Body | None) -> bool:
    """Tell whether bytes of the body have to be read."""
    return body is not None and body.length != 0


def _tls(settings: ProxySettings) -> Iterator[tuple[int, str | None]]:
    # Both, also where there is none: pycurl has found others by itself.
    yield pycurl.CAINFO, settings.cafile
    yield pycurl.CAPATH, settings.capath
    if settings.certfile:
        yield pycurl.SSLCERT, settings.certfile
        yield pycurl.SSLKEY, settings.keyfile or settings.certfile


def lines(request: Request) -> list[bytes]:
    """Return the header lines; what libcurl would add of its own is empty."""
    # This is how it is told of a field without a value.
    found = [
        f'{name}: {value}' if value.strip() else f'{name};'
        for name, value in request.headers
    ]
    names = {name for name, _ in request.headers}
    found += [f'{name}:' for name in _ADDED - names]
    if request.body is None and request.method in ('POST', 'PUT', 'PATCH'):
        found.append('content-length: 0')
    elif request.body and request.body.length is None:
        found.append('transfer-encoding: chunked')
    return [line.encode('latin-1') for line in found]


def _seeker(rewind: Callable[[], object]) -> Callable[[int, int], int]:
    def seek(_offset: int, _origin: int) -> int:
        rewind()
        return int(pycurl.SEEKFUNC_OK)

    return seek
