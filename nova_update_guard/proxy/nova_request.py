"""A request for nova, and its bytes."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from nova_update_guard.compute_api.faults import NovaFailedError
from nova_update_guard.middleware.deadlines import SlowClientError
from nova_update_guard.proxy import failures
from nova_update_guard.proxy.connection import Endpoint
from nova_update_guard.proxy.headers import Headers

# So much of a body is read at once.
_PIECE_BYTES = 65536
# The idempotent methods (RFC 9110, 9.2.2).
_REPEATABLE = {'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'}


class Stream(NamedTuple):
    """A body that is read while it is sent.

    *length* is in bytes, None if it is not known before. *read* takes a number
    of bytes, and raises an exception where the body breaks off.
    """

    read: Callable[[int], bytes]
    length: int | None


class Request(NamedTuple):
    """A request for nova; *headers* without those of the framing."""

    method: str
    target: str
    headers: Headers
    body: bytes | Stream | None

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again, if nova closes the connection."""
        return self.method in _REPEATABLE and not isinstance(self.body, Stream)


def head(request: Request, endpoint: Endpoint) -> bytes:
    """Return the request line and the header fields.

    Raises ValueError for a line break in one of them: the WSGI server and the
    proxy's first app let none through.
    """
    method, target, headers, body = request
    lines = [f'{method} {endpoint.path}{target} HTTP/1.1']
    lines += [f'{name}: {value}' for name, value in headers]
    if 'host' not in [name for name, _ in headers]:
        lines.append(f'host: {endpoint.authority}')
    length = body.length if isinstance(body, Stream) else _length(request)
    if isinstance(body, Stream) and length is None:
        lines.append('transfer-encoding: chunked')
    elif length is not None:
        lines.append(f'content-length: {length}')
    text = '\r\n'.join(lines)
    if text.count('\n') >= len(lines) or text.count('\r') >= len(lines):
        raise ValueError('a line break in a header')
    return f'{text}\r\n\r\n'.encode('latin-1')


def _length(request: Request) -> int | None:
    """Return the length of a body in memory; None if none need be told."""
    if isinstance(request.body, bytes):
        return len(request.body)
    return 0 if request.method in ('POST', 'PUT', 'PATCH') else None


def framed(body: Stream) -> Iterator[bytes]:
    """Yield *body* as it is sent. Raises NovaFailedError if it breaks off."""
    is_chunked = body.length is None
    while chunk := _read(body):
        yield b'%x\r\n%b\r\n' % (len(chunk), chunk) if is_chunked else chunk
    if is_chunked:
        yield b'0\r\n\r\n'


def _read(body: Stream) -> bytes:
    try:
        return body.read(_PIECE_BYTES)
    except SlowClientError as error:
        refusal = error.refusal
    except Exception:
        # Each server has an exception of its own for a broken body.
        refusal = failures.CUT_OFF
    raise NovaFailedError(refusal)
