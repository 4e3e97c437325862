"""nova-api, at one of its endpoints."""

import contextlib
import logging
from collections import deque

from nova_update_guard.compute_api.faults import NovaFailedError
from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.proxy.connection import Connection
from nova_update_guard.proxy.curl import Request
from nova_update_guard.proxy.exchange import UpstreamResponse
from nova_update_guard.proxy.failures import UNREACHABLE, NotConnectedError

LOG = logging.getLogger(__name__)


class Upstream:
    """nova-api, at the first of its endpoints that accepts a connection."""

    def __init__(self, settings: ProxySettings) -> None:
        self._settings = settings
        self._endpoints = settings.endpoints
        self._idle: deque[Connection] = deque()

    def send(self, request: Request) -> UpstreamResponse:
        """Send *request*; return nova's response, with its headers read.

        Raises NovaFailedError.
        """
        failure = NovaFailedError(UNREACHABLE)
        for endpoint in self._endpoints:
            response = UpstreamResponse(self._connection(), endpoint, request)
            try:
                response.read_headers()
            except NotConnectedError as error:
                failure = error
                LOG.warning('No connection to %s: %s', endpoint, error.cause)
                self._last(endpoint)
            else:
                return response
        raise failure

    def _last(self, endpoint: str) -> None:
        """Move *endpoint* to the end of the list."""
        # Replace the list in one step: other threads read it meanwhile.
        others = [other for other in self._endpoints if other != endpoint]
        self._endpoints = (*others, endpoint)

    def _connection(self) -> Connection:
        with contextlib.suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if connection.is_idle:
                    return connection
                connection.close()
        return Connection(self._settings, self._idle.append)
