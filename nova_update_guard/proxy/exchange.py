"""One request to nova and its response, which is streamed."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from http import HTTPStatus

import pycurl

from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.middleware.deadlines import SlowClientError
from nova_update_guard.proxy import failures, http_syntax
from nova_update_guard.proxy.connection import Connection
from nova_update_guard.proxy.curl import Headers, Request

# A response up to this size is buffered as a whole before it is sent on.
_BUFFER_BYTES = 65536
_POLL_SECONDS = 1.0
_LENGTH = 'content-length'
_RETRY_SECONDS = 0.01


class UpstreamResponse:
    """nova's response to *request*: ``status``, ``headers``, and the body.

    Iterate over it to get the body in chunks.
    """

    def __init__(
        self, connection: Connection, endpoint: str, request: Request
    ) -> None:
        self.status = ''
        self.headers: Headers = []
        self._connection: Connection | None = connection
        self._seconds = connection.seconds
        self._request = request
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._has_headers = False
        # Why the request's body was not sent to its end, if it was not.
        self._cut_off: Refusal | None = None
        # Header lines that have arrived and are not parsed yet.
        self._lines: list[bytes] = []
        connection.start(endpoint, request)
        connection.easy.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        connection.easy.setopt(pycurl.WRITEFUNCTION, self._on_chunk)
        if request.body:
            connection.easy.setopt(pycurl.READFUNCTION, self._on_read)

    def read_headers(self) -> None:
        """Wait for the headers, and for the body up to _BUFFER_BYTES.

        Wait for the whole body if nova does not send its length.
        """
        try:
            while self._connection and not self._is_buffered:
                self._perform(self._connection, self._wait)
        except BaseException:
            self.close()
            raise
        self._set_content_length()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body; raise NovaFailedError where it breaks off."""
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                self._buffered -= len(chunk)
                yield chunk
            if not self._connection:
                return
            self._perform(self._connection, self._wait_for_more)

    def close(self) -> None:
        """Close the connection, unless the response has ended."""
        connection, self._connection = self._connection, None
        if connection:
            connection.close()

    @property
    def _is_buffered(self) -> bool:
        return (
            self._has_headers
            and self._has_length
            and self._buffered >= _BUFFER_BYTES
        )

    @property
    def _has_length(self) -> bool:
        """Whether nova sends the length of the response.

        A length beside chunks has no meaning (RFC 9112, 6.3).
        """
        fields = [(name.lower(), value) for name, value in self.headers]
        lengths = [value for name, value in fields if name == _LENGTH]
        is_one = len(lengths) == 1 and ',' not in lengths[0]
        return is_one and 'transfer-encoding' not in dict(fields)

    def _set_content_length(self) -> None:
        """Set Content-Length if nova does not: the body is then all buffered.

        nova-api always sends it. Without it, a response that ends with its
        connection would look complete wherever it breaks off.
        """
        code = self.status[:3]
        is_bodiless = self._request.method == 'HEAD' or code == '304'
        if code != '204' and (self._has_length or is_bodiless):
            return
        self.headers = [
            (name, value)
            for name, value in self.headers
            if name.lower() != _LENGTH
        ]
        # A 204 has no Content-Length, not even 0 (RFC 9110, 8.6).
        if code != '204':
            self.headers.append(('Content-Length', str(self._buffered)))

    def _perform(
        self, connection: Connection, wait: Callable[[Connection], None]
    ) -> None:
        """Let libcurl perform; then *wait* for nova, or end the exchange."""
        _, running = connection.multi.perform()
        if self._lines:
            self._read_lines()
        if running:
            wait(connection)
        else:
            self._finish(connection)

    def _wait_for_more(self, connection: Connection) -> None:
        if not self._chunks:
            self._wait(connection)

    def _wait(self, connection: Connection) -> None:
        """Wait for nova, or until libcurl has something else to do.

        All the waiting for one response is added up, so that a response that
        arrives byte by byte also ends.
        """
        due = connection.multi.timeout()
        most = _POLL_SECONDS if due < 0 else min(due / 1000, _POLL_SECONDS)
        start = time.monotonic()
        ready = connection.multi.select(min(self._seconds, most))
        if not ready and not any(connection.multi.fdset()):
            # Nothing to wait for yet, or a descriptor beyond select()'s 1023.
            time.sleep(_RETRY_SECONDS)
        self._seconds -= time.monotonic() - start
        if self._seconds <= 0:
            raise NovaFailedError(failures.SILENT)

    def _finish(self, connection: Connection) -> None:
        """Release the connection after a complete response.

        Raises NotConnectedError if there was no connection, and
        NovaFailedError for an incomplete response.
        """
        _, _, failed = connection.multi.info_read()
        if not failed and self._has_headers:
            self._connection = None
            connection.release()
            return
        if self._cut_off:
            raise NovaFailedError(self._cut_off)
        raise failures.of_transfer(failed)

    def _read_lines(self) -> None:
        """Parse the header lines that have arrived, of one or more responses.

        There are several after an interim response.
        """
        for line in self._lines:
            # Trailers follow the headers; they are dropped.
            if not self._has_headers:
                self._read_line(line.decode('latin-1').rstrip('\r\n'))
        self._lines.clear()

    def _read_line(self, text: str) -> None:
        if text.startswith('HTTP/') and not self.headers:
            self.status = _status(text)
        elif text:
            name, _, value = text.partition(':')
            self.headers.append((name, value))
        elif self.status.startswith('1'):
            # An interim response; the final one is still to come.
            self.status, self.headers = '', []
        elif http_syntax.is_response(self.status, self.headers):
            self._has_headers = True
        else:
            raise NovaFailedError(failures.BROKEN)

    def _on_chunk(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._buffered += len(chunk)

    def _on_read(self, size: int) -> bytes | int:
        body = self._request.body
        try:
            return body.read(size) if body else b''
        except SlowClientError as error:
            self._cut_off = error.refusal
        except Exception:
            # Each server has an exception of its own for a broken body.
            self._cut_off = failures.CUT_OFF
        return int(pycurl.READFUNC_ABORT)


def _status(line: str) -> str:
    """Return code and reason phrase of a status *line*, as for WSGI."""
    _, _, status = line.partition(' ')
    code, _, reason = status.partition(' ')
    if reason.strip() or not code.isdecimal():
        return status
    known = {item.value: item.phrase for item in HTTPStatus}
    return f'{code} {known.get(int(code), "Unknown")}'
