"""The options of libcurl for a request to nova.

libcurl frames messages, reuses connections and does TLS. It follows no
redirect, uses no proxy of the environment, decodes no content, and never
sends a request twice that is not idempotent.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pycurl

from nova_update_guard.conf.proxy import ProxySettings

Headers = list[tuple[str, str]]

# Less than any server's keep-alive timeout: a request on a connection that
# the server is just closing would get no response.
_IDLE_SECONDS = 1

# The idempotent methods (RFC 9110, 9.2.2).
_REPEATABLE = {'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'}


# Header fields that libcurl would add.
_ADDED = {'accept', 'user-agent', 'expect', 'content-type'}


class Body(NamedTuple):
    """A request's body; *length* in bytes, None if it is not known before.

    *read* takes a number of bytes. *rewind* goes back to the beginning; None
    if that is not possible.
    """

    read: Callable[[int], bytes]
    length: int | None
    rewind: Callable[[], object] | None = None


class Request(NamedTuple):
    """A request for nova; *headers* without those of the framing."""

    method: str
    target: str
    headers: Headers
    body: Body | None


def options(
    settings: ProxySettings, request: Request
) -> Iterator[tuple[int, Any]]:
    """Yield libcurl's options for *request*, each with its value."""
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
        # libcurl would send the request again if a reused connection turns
        # out to be closed; but not with a body that it cannot rewind.
        yield pycurl.FRESH_CONNECT, 1


def _is_read(body: Body | None) -> bool:
    """Check whether the body has bytes to read."""
    return body is not None and body.length != 0


def _tls(settings: ProxySettings) -> Iterator[tuple[int, str | None]]:
    # Set both, also to None: pycurl sets defaults of its own.
    yield pycurl.CAINFO, settings.cafile
    yield pycurl.CAPATH, settings.capath
    if settings.certfile:
        yield pycurl.SSLCERT, settings.certfile
        yield pycurl.SSLKEY, settings.keyfile or settings.certfile


def lines(request: Request) -> list[bytes]:
    """Return the header lines, with those that stop libcurl adding its own."""
    # libcurl's syntax for a field without a value ends with a semicolon.
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
