"""A connection to nova, used for one request after the other."""

import select
import socket
import ssl
import struct
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.proxy.failures import (
    SILENT,
    UNREACHABLE,
    NotConnectedError,
)

# Less than any server's keep-alive timeout: a request on a connection that
# the server is just closing would get no response.
_IDLE_SECONDS = 1
# So soon a renewed certificate is used.
_TLS_SECONDS = 60
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


class Connection:
    """The connection *sock* to *endpoint*.

    Its methods raise OSError; TimeoutError if nova takes too many *seconds*.
    """

    def __init__(self, endpoint: Endpoint, sock: socket.socket) -> None:
        self.endpoint = endpoint
        self._socket = sock
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
        return time.monotonic() < self._until and not self._arrived.poll(0)

    def rest(self) -> None:
        """Note that a response has ended, and the next request may follow."""
        self._until = time.monotonic() + _IDLE_SECONDS

    def send(self, data: bytes, seconds: float) -> None:
        """Send all of *data*."""
        self._limit(seconds)
        try:
            self._socket.sendall(data)
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
        in between hands its lock on to another thread.
        """
        if seconds == self._seconds:
            return
        if not (seconds and self._seconds):
            self._socket.setblocking(seconds > 0)
        if seconds:
            whole, part = divmod(seconds, 1)
            # A time of 0 would be no limit.
            limit = struct.pack('@ll', int(whole), int(part * 1e6) or 1)
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                self._socket.setsockopt(socket.SOL_SOCKET, option, limit)
        self._seconds = seconds


class Connector:
    """Opens connections to nova, as *settings* say."""

    def __init__(self, settings: ProxySettings) -> None:
        self._settings = settings
        self._tls: tuple[ssl.SSLContext, float] | None = None

    def connect(
        self, endpoint: Endpoint, seconds: float | None = None
    ) -> Connection:
        """Return a new connection to *endpoint*, within *seconds*.

        Raises NotConnectedError. Without *seconds*, connect_timeout holds.
        """
        seconds = seconds or self._settings.connect_timeout
        try:
            sock = self._opened(endpoint, seconds)
        except TimeoutError:
            raise NotConnectedError(SILENT, 'timed out') from None
        except OSError as error:
            raise NotConnectedError(UNREACHABLE, str(error)) from None
        return Connection(endpoint, sock)

    def _opened(self, endpoint: Endpoint, seconds: float) -> Any:
        address = endpoint.host, endpoint.port
        sock: Any = socket.create_connection(address, seconds)
        try:
            # A request's head and body may be sent one after the other.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not endpoint.is_tls:
                return sock
            sock = self._context().wrap_socket(
                sock,
                server_hostname=endpoint.host,
                # A socket that was reset already would be used without TLS.
                do_handshake_on_connect=False,
                # Else a response that is cut off would look like one that
                # ends with its connection.
                suppress_ragged_eofs=False,
            )
            sock.do_handshake()
        except BaseException:
            sock.close()
            raise
        return sock

    def _context(self) -> ssl.SSLContext:
        """Return the context; a new one reads the certificates again."""
        now = time.monotonic()
        if self._tls is None or now > self._tls[1]:
            self._tls = _tls(self._settings), now + _TLS_SECONDS
        return self._tls[0]


def _tls(settings: ProxySettings) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A CA in cafile is enough, also one that another CA has certified.
    tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    tls.load_verify_locations(settings.cafile, settings.capath)
    if settings.certfile:
        tls.load_cert_chain(settings.certfile, settings.keyfile)
    tls.set_alpn_protocols(['http/1.1'])
    return tls
