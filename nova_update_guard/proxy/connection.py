"""A connection to nova, which serves one request after the other."""

import select
from collections.abc import Callable

import pycurl

from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.proxy import curl
from nova_update_guard.proxy.curl import Request


class Connection:
    """One connection at a time; *free* takes it back when it is idle."""

    def __init__(
        self,
        settings: ProxySettings,
        release: Callable[['Connection'], object],
    ) -> None:
        self.seconds = settings.read_timeout
        self.multi = pycurl.CurlMulti()
        # Of several endpoints, only that of the last answer.
        self.multi.setopt(pycurl.M_MAXCONNECTS, 1)
        self.easy = pycurl.Curl()
        self._socket = -1
        self._free = release
        self._settings = settings
        # What libcurl has been told of last.
        self._told: tuple[str, str] | None = None

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing has come since the last answer.

        What comes unasked is the end of the connection, or an answer that
        the next client must not get. libcurl looks for neither.
        """
        if self._socket < 0:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def start(self, endpoint: str, request: Request) -> None:
        """Take up *request* for *endpoint*."""
        told = None if request.body else (endpoint, request.method)
        if told is None or told != self._told:
            self.easy.reset()
            for option, value in curl.options(self._settings, request):
                self.easy.setopt(option, value)
            self.easy.setopt(pycurl.URL, endpoint)
        # Of another request without a body, only this is another.
        self._told = told
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
        """Close the connection, whatever goes on in it."""
        # It takes itself off the other, if it is there.
        self.easy.close()
        self.multi.close()
