"""One request to nova and its response, which is streamed."""

import time
from collections.abc import Callable, Iterator

from nova_update_guard.compute_api.faults import NovaFailedError
from nova_update_guard.proxy import failures, nova_request
from nova_update_guard.proxy.connection import Connection
from nova_update_guard.proxy.failures import ClosedUnansweredError
from nova_update_guard.proxy.headers import Headers
from nova_update_guard.proxy.nova_request import Request, Stream
from nova_update_guard.proxy.response_parser import ResponseParser

# A response up to this size is buffered as a whole before it is sent on; and
# so much is read at once: for more, the system would have to give new memory
# each time, which takes longer than to read again.
_BUFFER_BYTES = 65536
_LENGTH = 'content-length'


class UpstreamResponse:
    """nova's response to *request*: ``status``, ``headers``, and the body.

    Iterate over it to get the body in chunks. *seconds* is the time to wait
    for nova: all waits for one response are added up, so that one that arrives
    byte by byte also ends. *release* is called with the connection if it can
    be used again.
    """

    def __init__(
        self,
        connection: Connection,
        request: Request,
        seconds: float,
        release: Callable[[Connection], object],
    ) -> None:
        self.status = ''
        self.headers: Headers = []
        self._connection: Connection | None = connection
        self._request = request
        self._seconds = seconds
        self._release = release
        self._parser = ResponseParser(request.method == 'HEAD')
        self._has_bytes = False
        self._is_sent = False

    def read_headers(self) -> None:
        """Send the request; wait for the headers, and for _BUFFER_BYTES.

        Wait for the whole body if nova does not send its length. Raises
        NovaFailedError; ClosedUnansweredError if nova only hung up.
        """
        parser = self._parser
        try:
            self._send()
            while not (parser.is_complete or self._is_buffered):
                self._receive()
        except BaseException:
            self.close()
            raise
        self.status, self.headers = parser.status, parser.headers
        self._set_content_length()
        self._finish()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body; raise NovaFailedError where it breaks off."""
        chunks = self._parser.chunks
        while True:
            while chunks:
                yield chunks.popleft()
            if not self._connection:
                return
            self._receive()
            self._finish()

    def close(self) -> None:
        """Close the connection, unless the response has ended."""
        connection, self._connection = self._connection, None
        self._parser.forget()
        if connection:
            connection.close()

    @property
    def _is_buffered(self) -> bool:
        parser = self._parser
        return (
            parser.has_headers
            and parser.length is not None
            and parser.received >= _BUFFER_BYTES
        )

    def _set_content_length(self) -> None:
        """Set Content-Length if nova does not: the body is then all buffered.

        nova-api always sends it. Without it, a response that ends with its
        connection would look complete wherever it breaks off.
        """
        code = self.status[:3]
        is_bodiless = self._request.method == 'HEAD' or code == '304'
        has_length = self._parser.length is not None
        # A 204 has no Content-Length, not even 0 (RFC 9110, 8.6).
        if code == '204':
            self.headers = [
                pair for pair in self.headers if pair[0].lower() != _LENGTH
            ]
        elif not (has_length or is_bodiless):
            length = str(self._parser.received)
            self.headers.append(('Content-Length', length))

    def _send(self) -> None:
        connection, body = self._open, self._request.body
        data = nova_request.head(self._request, connection.endpoint)
        if isinstance(body, bytes):
            data += body
        try:
            began = time.monotonic()
            connection.send(data, self._seconds)
            self._count(began)
            self._is_sent = not isinstance(body, Stream) or self._upload(body)
        except TimeoutError:
            raise NovaFailedError(failures.SILENT) from None
        except OSError:
            # nova hung up, perhaps after a response: that is read next.
            return

    def _upload(self, body: Stream) -> bool:
        """Send *body*; return False if nova responds before its end."""
        for chunk in nova_request.framed(body):
            left = memoryview(chunk)
            while left:
                began = time.monotonic()
                sent = self._open.send_some(left, self._seconds)
                if not sent:
                    self._take(self._open.receive_now(_BUFFER_BYTES))
                self._count(began)
                if self._parser.has_headers:
                    return False
                left = left[sent:]
        return True

    def _receive(self) -> None:
        """Wait for more of the response."""
        parser = self._parser
        began = time.monotonic()
        try:
            data = self._open.receive(_BUFFER_BYTES, self._seconds)
        except TimeoutError:
            raise NovaFailedError(failures.SILENT) from None
        except OSError:
            self._count(began)
            raise self._broken() from None
        self._seconds -= time.monotonic() - began
        self._take(data)
        if not parser.is_complete and self._seconds <= 0:
            raise NovaFailedError(failures.SILENT)

    def _take(self, data: bytes | None) -> None:
        """Read *data* of the response; b'' is the end of the connection."""
        if data:
            self._has_bytes = True
            self._parser.feed(data)
        elif data is not None:
            if not self._has_bytes:
                raise self._broken()
            self._parser.end()
            self._is_sent = False

    def _broken(self) -> NovaFailedError:
        if self._has_bytes:
            return NovaFailedError(failures.BROKEN)
        return ClosedUnansweredError(self._seconds)

    def _count(self, began: float) -> None:
        """Take the time since *began* off the seconds that are left."""
        self._seconds -= time.monotonic() - began
        if self._seconds <= 0:
            raise NovaFailedError(failures.SILENT)

    def _finish(self) -> None:
        """Release the connection after a complete response."""
        connection = self._connection
        if connection and self._parser.is_complete:
            self._connection = None
            self._parser.forget()
            if self._parser.is_kept and self._is_sent:
                connection.rest()
                self._release(connection)
            else:
                connection.close()

    @property
    def _open(self) -> Connection:
        assert self._connection, 'the response has ended'
        return self._connection
