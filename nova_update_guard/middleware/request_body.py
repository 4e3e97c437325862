"""JSON bodies of requests: parsed strictly, and replaced."""

import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
import webob.exc

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.middleware import deadlines
from nova_update_guard.middleware.deadlines import Deadline, SlowClientError
from nova_update_guard.wsgi_types import WSGIEnvironment

# Media types that nova reads as JSON; also a body without a Content-Type.
_CONTENT_TYPES = (
    '',
    'text/plain',
    'application/json',
    'application/vnd.openstack.compute+json',
)


# No body has a length of more digits.
_LENGTH = re.compile(r'[0-9]{1,18}\Z')
# Set by servers whose input ends by itself, with a known length or without.
_TERMINATED = 'wsgi.input_terminated'
# The document of the body and that body, for the next of our filters.
_CHECKED = 'nova_update_guard.checked'


class UnreadableError(Exception):
    """The body is not a JSON document that can be checked."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, message, 'unreadable body')


def read(environ: WSGIEnvironment, max_bytes: int, seconds: float) -> Any:
    """Return the document in a request's body, or None for an empty body.

    Raises UnreadableError, also for a body that takes more than *seconds*.
    Stricter than nova, which takes the last of two equal keys, accepts NaN,
    and responds 500 to a body that is not UTF-8.
    """
    document, source = environ.get(_CHECKED, (None, None))
    if source is not None and source is environ['wsgi.input']:
        return document
    content_type = environ.get('CONTENT_TYPE', '').partition(';')[0]
    if content_type not in _CONTENT_TYPES:
        raise UnreadableError(415, 'Unsupported Content-Type')
    data = _data(environ, max_bytes, seconds)
    try:
        return _parsed(data) if data else None
    except ValueError:
        raise _malformed() from None


def replace(environ: WSGIEnvironment, document: object) -> None:
    """Make *document* the body of a request, with its own length.

    nova then parses nothing else than the guard did.
    """
    data = _encoded(document)
    environ['wsgi.input'] = io.BytesIO(data)
    environ['CONTENT_LENGTH'] = str(len(data))
    # The new body is neither chunked nor encoded.
    for name in ('TRANSFER_ENCODING', 'CONTENT_ENCODING'):
        environ.pop(f'HTTP_{name}', None)
    environ[_CHECKED] = document, environ['wsgi.input']


def _encoded(document: object) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        # Half a surrogate pair, as only an escape can name it.
        return json.dumps(document, allow_nan=False).encode()


def _data(environ: WSGIEnvironment, max_bytes: int, seconds: float) -> bytes:
    """Return the body, and leave it in *environ* to be read again.

    Raises UnreadableError.
    """
    length = _length(environ)
    if length is None:
        # Chunks, or a body that was read before: the input ends by itself.
        wanted = max_bytes + 1 if environ.get(_TERMINATED) else 0
    elif length <= max_bytes:
        wanted = length
    else:
        raise _too_large(max_bytes)
    source = environ['wsgi.input']
    try:
        deadline = Deadline.of_body(environ, seconds)
        data = _exactly(source, wanted, length is None, deadline)
    except Exception as error:
        environ['wsgi.input'] = _Broken(error)
        # nova's own size limit raises this during the read.
        if isinstance(error, webob.exc.HTTPRequestEntityTooLarge):
            raise _too_large(max_bytes) from None
        if isinstance(error, SlowClientError):
            raise UnreadableError(*error.refusal[:2]) from None
        # The client closed the connection, or sent malformed chunks: each
        # server has an exception of its own for it.
        raise _malformed() from None
    if len(data) > max_bytes:
        environ['wsgi.input'] = io.BufferedReader(_Resumed(data, source))
        raise _too_large(max_bytes)
    environ['wsgi.input'] = io.BytesIO(data)
    return data


def _length(environ: WSGIEnvironment) -> int | None:
    text = environ.get('CONTENT_LENGTH')
    # int() accepts -1, +5, 1_0 and more.
    if text and not _LENGTH.match(text):
        raise _malformed()
    return int(text) if text else None


def _exactly(
    source: Any, wanted: int, to_the_end: bool, deadline: Deadline
) -> bytes:
    """Return *wanted* bytes; fewer at the body's end only if *to_the_end*.

    Raises EOFError for a body that ends before, and SlowClientError.
    """
    data = b''
    while len(data) < wanted:
        more = deadlines.read(source, wanted - len(data), deadline)
        if not more and not to_the_end:
            raise EOFError('The body ended before its Content-Length')
        if not more:
            break
        data += more
    return data


def _malformed() -> UnreadableError:
    # nova's own message.
    return UnreadableError(400, 'Malformed request body')


def _too_large(max_bytes: int) -> UnreadableError:
    return UnreadableError(
        413, f'Request is too large: the limit is {max_bytes} bytes'
    )


class _Resumed(io.RawIOBase):
    """A body as a stream: the *data* read before, then the rest."""

    def __init__(self, data: bytes, source: Any) -> None:
        self._data = io.BytesIO(data)
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._data.read(len(buffer)) or self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Broken:
    """A body that cannot be read: each read raises the same *error*."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, _size: int = -1) -> bytes:
        raise self._error

    readline = readlines = read

    def __iter__(self) -> Iterator[bytes]:
        raise self._error


def _parsed(data: bytes) -> Any:
    return _DECODER.decode(data.decode())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableError(400, 'The body has a duplicate key')
    return found


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    """Raise UnreadableError for NaN and infinity, which JSON does not have."""
    raise UnreadableError(400, f'{text} is not a number in JSON')


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_refuse_number,
    parse_float=_float,
)
