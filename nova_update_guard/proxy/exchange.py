"""One request to nova and its answer, which comes as it is asked for."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from http import HTTPStatus

import pycurl

from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.middleware.deadlines import SlowClientError
from nova_update_guard.proxy import http_syntax
from nova_update_guard.proxy.connection import Connection
from nova_update_guard.proxy.curl import Headers, Request

# An answer up to this size is all there before the client gets any of it.
_AHEAD_BYTES = 65536
_POLL_SECONDS = 1.0
_LENGTH = 'content-length'
_LOOK_AGAIN_SECONDS = 0.01

NOT_CONNECTED = {
    pycurl.E_COULDNT_RESOLVE_HOST,
    pycurl.E_COULDNT_CONNECT,
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_PEER_FAILED_VERIFICATION,
}

UNREACHABLE = Refusal(
    502, 'nova could not be reached', 'nova could not be reached'
)
_BROKEN = Refusal(
    502, 'nova broke off its answer', 'nova broke off, or spoke no HTTP'
)
_SILENT = Refusal(
    504, 'nova did not answer in time', 'nova did not answer in time'
)
_CUT_OFF = Refusal(
    400, 'The request ended before its body did', 'the client broke off'
)


class NotConnectedError(NovaFailedError):
    """Nothing was sent: another endpoint may be tried.

    *cause* is for the log: libcurl's words, of hosts and certificates.
    """

    def __init__(self, refusal: Refusal, cause: str) -> None:
        super().__init__(refusal)
        self.cause = cause


class UpstreamResponse:
    """A request and its answer: ``status``, ``headers``, and chunks of it."""

    def __init__(
        self, line: Connection, endpoint: str, request: Request
    ) -> None:
        self.status = ''
        self.headers: Headers = []
        self._line: Connection | None = line
        self._seconds = line.seconds
        self._request = request
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._is_answering = False
        # Why the request's body was not sent to its end, if it was not.
        self._cut_off: Refusal | None = None
        # Header lines that have come and are not read yet.
        self._lines: list[bytes] = []
        line.start(endpoint, request)
        line.easy.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        line.easy.setopt(pycurl.WRITEFUNCTION, self._on_chunk)
        if request.body:
            line.easy.setopt(pycurl.READFUNCTION, self._on_read)

    def begin(self) -> None:
        """Wait for the headers and what of the body there is room for."""
        try:
            while self._line and not self._is_ahead:
                self._work(self._line, self._wait)
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
            if not self._line:
                return
            self._work(self._line, self._wait_for_more)

    def close(self) -> None:
        """Let go of nova; what has not come yet is not wanted."""
        line, self._line = self._line, None
        if line:
            line.close()

    @property
    def _is_ahead(self) -> bool:
        return (
            self._is_answering
            and self._has_length
            and self._buffered >= _AHEAD_BYTES
        )

    @property
    def _has_length(self) -> bool:
        """Tell whether nova says how long the answer is.

        A length beside chunks means nothing (RFC 9112, 6.3).
        """
        fields = [(name.lower(), value) for name, value in self.headers]
        lengths = [value for name, value in fields if name == _LENGTH]
        is_one = len(lengths) == 1 and ',' not in lengths[0]
        return is_one and 'transfer-encoding' not in dict(fields)

    def _set_content_length(self) -> None:
        """Tell how long the answer is, where nova does not.

        It is all there then. nova-api always says so; an answer that ends
        with its connection would look whole wherever it breaks off.
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
        # Without content there is none, not even of 0 (RFC 9110, 8.6).
        if code != '204':
            self.headers.append(('Content-Length', str(self._buffered)))

    def _work(
        self, line: Connection, wait: Callable[[Connection], None]
    ) -> None:
        """Let libcurl work, and *wait* for nova unless it has all of it."""
        _, running = line.multi.perform()
        if self._lines:
            self._read_lines()
        if running:
            wait(line)
        else:
            self._end(line)

    def _wait_for_more(self, line: Connection) -> None:
        if not self._chunks:
            self._wait(line)

    def _wait(self, line: Connection) -> None:
        """Wait for nova, or until libcurl has something else to do.

        All the waiting for one answer is added up, so that one which comes
        in drops ends as well.
        """
        due = line.multi.timeout()
        most = _POLL_SECONDS if due < 0 else min(due / 1000, _POLL_SECONDS)
        start = time.monotonic()
        ready = line.multi.select(min(self._seconds, most))
        if not ready and not any(line.multi.fdset()):
            # Nothing to wait for yet, or a file above the 1023 of select().
            time.sleep(_LOOK_AGAIN_SECONDS)
        self._seconds -= time.monotonic() - start
        if self._seconds <= 0:
            raise NovaFailedError(_SILENT)

    def _end(self, line: Connection) -> None:
        """Free the line after a whole answer; raise after none."""
        _, _, failed = line.multi.info_read()
        if not failed and self._is_answering:
            self._line = None
            line.release()
            return
        if self._cut_off:
            raise NovaFailedError(self._cut_off)
        codes = {code for _, code, _ in failed}
        cause = ', '.join(words for _, _, words in failed)
        if pycurl.E_OPERATION_TIMEDOUT in codes:
            # The only time that libcurl is told is the one to connect.
            raise NotConnectedError(_SILENT, cause)
        if codes & NOT_CONNECTED:
            raise NotConnectedError(UNREACHABLE, cause)
        raise NovaFailedError(_BROKEN)

    def _read_lines(self) -> None:
        """Read the header lines that have come, of one answer or several."""
        for line in self._lines:
            # A trailer comes after: nobody here has asked for one.
            if not self._is_answering:
                self._read_line(line.decode('latin-1').rstrip('\r\n'))
        self._lines.clear()

    def _read_line(self, text: str) -> None:
        if text.startswith('HTTP/') and not self.headers:
            self.status = _status(text)
        elif text:
            name, _, value = text.partition(':')
            self.headers.append((name, value))
        elif self.status.startswith('1'):
            # An interim answer; the other is still to come.
            self.status, self.headers = '', []
        elif http_syntax.is_answer(self.status, self.headers):
            self._is_answering = True
        else:
            raise NovaFailedError(_BROKEN)

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
            # Each server has an exception of its own for it.
            self._cut_off = _CUT_OFF
        return int(pycurl.READFUNC_ABORT)


def _status(line: str) -> str:
    """Return code and reason of a status line, as WSGI has them."""
    _, _, status = line.partition(' ')
    code, _, reason = status.partition(' ')
    if reason.strip() or not code.isdecimal():
        return status
    known = {item.value: item.phrase for item in HTTPStatus}
    return f'{code} {known.get(int(code), "Unknown")}'
