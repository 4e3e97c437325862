"""Connect to nova: its addresses, its certificate, and the guard's own."""

import logging
import socket
import ssl
import time
from typing import Any

from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.proxy.connection import (
    Connection,
    Endpoint,
    seconds_until,
)
from nova_update_guard.proxy.failures import (
    SILENT,
    UNREACHABLE,
    NotConnectedError,
)

LOG = logging.getLogger(__name__)

# So soon a renewed certificate is used.
_TLS_SECONDS = 60


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
        except (OSError, ValueError) as error:
            # A ValueError is about a name that cannot be one of a host.
            raise NotConnectedError(UNREACHABLE, str(error)) from None
        return Connection(endpoint, sock)

    def _opened(self, endpoint: Endpoint, seconds: float) -> Any:
        end = time.monotonic() + seconds
        sock: Any = _connected(endpoint, end)
        try:
            # A request's head and body may be sent one after the other.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not endpoint.is_tls:
                return sock
            sock.settimeout(seconds_until(end))
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
            try:
                made = _tls(self._settings)
            except OSError as error:
                if self._tls is None:
                    raise
                # Perhaps a file is just being written.
                LOG.warning('The certificates cannot be read: %s', error)
                made, _ = self._tls
            self._tls = made, now + _TLS_SECONDS
        return self._tls[0]


def _connected(endpoint: Endpoint, end: float) -> socket.socket:
    """Return a socket that is connected to one of *endpoint*'s addresses.

    All of them are tried, in equal parts of the time until *end*. Raises
    OSError. The system's resolver has a limit of its own.
    """
    found = socket.getaddrinfo(
        endpoint.host, endpoint.port, type=socket.SOCK_STREAM
    )
    for number, (family, kind, protocol, _, address) in enumerate(found):
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(seconds_until(end) / (len(found) - number))
        is_last = number == len(found) - 1
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            if is_last:
                raise
        else:
            return sock
    raise OSError('the name has no address')


def _tls(settings: ProxySettings) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A CA in cafile is enough, also one that another CA has certified.
    tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    tls.load_verify_locations(settings.cafile, settings.capath)
    if settings.certfile:
        # Without a password OpenSSL would ask for one on the terminal.
        tls.load_cert_chain(settings.certfile, settings.keyfile, str)
    tls.options |= ssl.OP_NO_RENEGOTIATION
    tls.set_alpn_protocols(['http/1.1'])
    return tls
