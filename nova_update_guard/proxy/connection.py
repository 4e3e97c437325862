"""A connection to nova, used for one request after the other."""

import select
from collections.abc import Callable

import pycurl

from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.proxy import curl
from nova_update_guard.proxy.curl import Request


class Connection:
    """One connection to nova; *release* is called with it when it is idle."""

    def __init__(
        self,
        settings: ProxySettings,
        release: Callable[['Connection'], object],
    ) -> None:
        self.seconds = settings.read_timeout
        self.multi = pycurl.CurlMulti()
        # Keep only the connection to the endpoint used last.
        self.multi.setopt(pycurl.M_MAXCONNECTS, 1)
        self.easy = pycurl.Curl()
        self._socket = -1
        self._free = release
        self._settings = settings
        # Endpoint and method of the last request, if it had no body.
        self._last_target: tuple[str, str] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no bytes have arrived since the last response.

        Such bytes are the end of the connection, or an unsolicited response
        that the next client must not get. libcurl checks for neither.
        """
        if self._socket < 0:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def start(self, endpoint: str, request: Request) -> None:
        """Start to send *request* to *endpoint*."""
        target = None if request.body else (endpoint, request.method)
        if target is None or target != self._last_target:
            self.easy.reset()
            for option, value in curl.options(self._settings, request):
                self.easy.setopt(option, value)
            self.easy.setopt(pycurl.URL, endpoint)
        # Without a body, only the lines below differ from the last request.
        self._last_target = target
        self.easy.setopt(pycurl.HTTPHEADER, curl.lines(request))
        prefix = '/'.join(endpoint.split('/', 3)[3:]).rstrip('/')
        path = f'/{prefix}{request.target}' if prefix else request.target
        self.easy.setopt(pycurl.REQUEST_TARGET, path)
        self.multi.add_handle(self.easy)

    def release(self) -> None:
        """Keep the connection for the next request."""
        self._socket = self.easy.getinfo(pycurl.ACTIVESOCKET)
        self.multi.remove_handle(self.easy)
        self._free(self)

    def close(self) -> None:
        """Close the connection, even in the middle of a response."""
        # The easy handle removes itself from the multi handle.
        self.easy.close()
        self.multi.close()
