"""A connection to nova, used for one request after the other."""

import select
import socket
import ssl
import struct
import time
from typing import NamedTuple
from urllib.parse import urlsplit

# Less than any server's keep-alive timeout: a request on a connection that
# the server is just closing would get no response.
_IDLE_SECONDS = 1
# Less than nothing is no limit to a socket.
_SHORTEST_SECONDS = 0.001
# So much longer than asked for, a limit that is set already stays: to set one
# takes two calls of the system.
_SLACK_SECONDS = 0.1
# What a socket raises if it would have to wait longer than it may.
_OVER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_PORTS = {'http': 80, 'https': 443}


class Endpoint(NamedTuple):
    """The parts of an endpoint's *url*: *authority* is its host and port."""

    url: str
    is_tls: bool
    host: str
    port: int
    authority: str
    path: str


def endpoint(url: str) -> Endpoint:
    """Return the parts of *url*, which is one of ProxySettings' endpoints."""
    parts = urlsplit(url)
    return Endpoint(
        url,
        parts.scheme == 'https',
        parts.hostname or '',
        parts.port or _PORTS[parts.scheme],
        parts.netloc,
        parts.path.rstrip('/'),
    )


def seconds_until(end: float) -> float:
    """Return the seconds until *end*, a time of the monotonic clock.

    At least the shortest time that a socket takes for a limit.
    """
    return max(end - time.monotonic(), _SHORTEST_SECONDS)


class Connection:
    """The connection *sock* to *endpoint*.

    Its methods raise OSError; TimeoutError if nova takes too many *seconds*.
    """

    def __init__(self, endpoint: Endpoint, sock: socket.socket) -> None:
        self.endpoint = endpoint
        self._socket = sock
        self._is_tls = endpoint.is_tls
        # What _limit has set; nothing yet.
        self._seconds = 0.0
        self._until = 0.0
        self._arrived = select.poll()
        self._arrived.register(sock, select.POLLIN)

    def __del__(self) -> None:
        # A WSGI application has no shutdown hook.
        self.close()

    @property
    def is_usable(self) -> bool:
        """Whether it is open, and no bytes arrived since the last response.

        Such bytes are the end of the connection, or an unsolicited response
        that the next client must not get.
        """
        return not (self.is_old or self._arrived.poll(0))

    @property
    def is_old(self) -> bool:
        """Whether the server may be closing it, since it was idle for long."""
        return time.monotonic() >= self._until

    def rest(self) -> None:
        """Note that a response has ended, and the next request may follow."""
        self._until = time.monotonic() + _IDLE_SECONDS

    def send(self, data: bytes, seconds: float) -> None:
        """Send all of *data*."""
        left = memoryview(data)
        end = time.monotonic() + seconds
        try:
            while left:
                self._limit(seconds)
                left = left[self._socket.send(left) :]
                seconds = seconds_until(end)
                if left and time.monotonic() >= end:
                    raise TimeoutError
        except _OVER:
            raise TimeoutError from None

    def send_some(self, data: memoryview, seconds: float) -> int:
        """Send the beginning of *data*; return how many bytes.

        Return 0 if nova has sent something, which it may do at any time.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | select.POLLOUT)
        events = dict(poll.poll(seconds * 1000))
        if not events:
            raise TimeoutError
        if events[self._socket.fileno()] & ~select.POLLOUT:
            return 0
        self._limit(0)
        try:
            return self._socket.send(data)
        except _OVER:
            return 0

    def receive(self, size: int, seconds: float) -> bytes:
        """Return up to *size* bytes; none at the end of the connection."""
        self._limit(seconds)
        try:
            return self._socket.recv(size)
        except _OVER:
            raise TimeoutError from None

    def receive_now(self, size: int) -> bytes | None:
        """Return the same; None if there is nothing to read yet."""
        self._limit(0)
        try:
            return self._socket.recv(size)
        except _OVER:
            # A record of TLS itself.
            return None

    def close(self) -> None:
        """Close the connection, even in the middle of a response."""
        self._socket.close()

    def _limit(self, seconds: float) -> None:
        """Let the system limit each wait to *seconds*; 0 is not to wait.

        Not Python's own timeout: it asks the system twice for each piece, and
        in between hands its lock on to another thread. But Python's ssl tries
        again for ever when the system's time is over.
        """
        longest = seconds + _SLACK_SECONDS if seconds else 0
        if seconds <= self._seconds <= longest:
            return
        if self._is_tls:
            self._socket.settimeout(seconds)
        elif not (seconds and self._seconds):
            self._socket.setblocking(seconds > 0)
        if seconds and not self._is_tls:
            whole, part = divmod(seconds, 1)
            # A time of 0 would be no limit.
            limit = struct.pack('@ll', int(whole), int(part * 1e6) or 1)
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                self._socket.setsockopt(socket.SOL_SOCKET, option, limit)
        self._seconds = seconds
