"""Read a response of nova from bytes, by llhttp.

llhttp is strict: it refuses what can be read in two ways, such as a second
Content-Length, or one beside chunks (RFC 9112, 6.3). What it accepts beyond
that is refused here.
"""

import re
from collections import deque
from http import HTTPStatus
from typing import Any

import httptools

from nova_update_guard.bounded_cache import Memo
from nova_update_guard.compute_api.faults import NovaFailedError
from nova_update_guard.proxy import failures
from nova_update_guard.proxy.headers import Headers

# The status of a final response; an interim one is not final.
_STATUS = re.compile(r'[2-5][0-9][0-9] [\t\x20-\x7e\x80-\xff]*\Z')
# Bytes. uWSGI sends no response if the head is longer than its own limit; this
# leaves room for the fields that uWSGI adds.
_MAX_HEAD = 61440
_PHRASES = {str(status.value): status.phrase for status in HTTPStatus}


def _status(line: str) -> str:
    """Return *line*, a code and a reason, as a status of WSGI.

    Empty for a line that is no status of a final response.
    """
    code, _, reason = line.partition(' ')
    if not reason.strip():
        line = f'{code} {_PHRASES.get(code, "Unknown")}'
    return line if _STATUS.match(line) else ''


# nova chooses them, from a few dozen.
_STATUSES = Memo(_status, 256)


class ResponseParser:
    """Reads one response, without its trailers.

    *chunks* are the parts of the body that nobody has taken yet. *length* is
    its Content-Length, if it has one. *is_kept* is whether another request may
    follow on the connection.
    """

    def __init__(self, is_head: bool) -> None:
        self.status = ''
        self.headers: Headers = []
        self.chunks: deque[bytes] = deque()
        self.length: int | None = None
        self.received = 0
        self.has_headers = False
        self.is_complete = False
        self.is_kept = False
        self._is_head = is_head
        self._is_chunked = False
        self._is_broken = False
        self._reason = b''
        self._head_bytes = 0
        # Bytes since the last one of the body: of the head, or a trailer.
        self._besides = 0
        self._parser: Any = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Read *data*. Raises NovaFailedError if it is no response."""
        before = self.received
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._is_broken |= not self.is_complete
            self.is_kept = False
        self._besides += len(data)
        if self.received > before or self.is_complete:
            self._besides = 0
        if self._is_broken or self._besides > _MAX_HEAD:
            raise NovaFailedError(failures.BROKEN)

    def forget(self) -> None:
        """Let go of llhttp, which holds this object."""
        self._parser = None

    def end(self) -> None:
        """Note the end of the connection, which may end the response, too.

        Raises NovaFailedError if the response is incomplete.
        """
        has_end = self.length is not None or self._is_chunked
        if not self.has_headers or has_end:
            raise NovaFailedError(failures.BROKEN)
        self.is_complete = True

    # What follows is called by httptools.

    def on_status(self, reason: bytes) -> None:
        """Take a part of the reason phrase."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field."""
        if self.has_headers:
            # A trailer, or a field of another response.
            return
        self.headers.append((name.decode('latin-1'), value.decode('latin-1')))
        self._head_bytes += len(name) + len(value) + 4
        lower = name.lower()
        if lower == b'content-length':
            self.length = int(value)
        elif lower == b'transfer-encoding':
            # No other coding was asked for.
            is_one = value.lower() == b'chunked' and not self._is_chunked
            self._is_broken |= not is_one
            self._is_chunked = True

    def on_headers_complete(self) -> None:
        """Check the head of a final response."""
        code = self._parser.get_status_code()
        # llhttp takes these for final ones, and reads their bodies.
        self._is_broken |= code < HTTPStatus.CONTINUE
        if self.has_headers or code < HTTPStatus.OK:
            return
        self.status = _STATUSES[f'{code} {self._reason.decode("latin-1")}']
        self.has_headers = True
        self.is_complete = self._is_head
        # Nothing tells where a body in chunks begins that HEAD must not have.
        is_clear = not (self._is_head and self._is_chunked)
        self.is_kept = is_clear and self._parser.should_keep_alive()
        self._is_broken |= not self.status or self._head_bytes > _MAX_HEAD

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        self._is_broken |= not self.has_headers
        if self.is_complete:
            # More than its length: it must not reach the next client.
            self.is_kept = False
            return
        self.received += len(data)
        self.chunks.append(data)

    def on_message_begin(self) -> None:
        """Note what follows after the response."""
        if self.is_complete:
            self.is_kept = False

    def on_message_complete(self) -> None:
        """Note the end of the response, unless it is an interim one."""
        self.is_complete = self.has_headers
        if not self.has_headers:
            self.headers, self._reason, self.length = [], b'', None
            self._head_bytes = 0
