"""nova-api, at one of its endpoints."""

import logging
from collections import deque

from nova_update_guard.compute_api.faults import NovaFailedError
from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.proxy.connection import (
    Connection,
    Endpoint,
    endpoint,
)
from nova_update_guard.proxy.connector import Connector
from nova_update_guard.proxy.exchange import UpstreamResponse
from nova_update_guard.proxy.failures import (
    UNREACHABLE,
    ClosedUnansweredError,
    NotConnectedError,
)
from nova_update_guard.proxy.nova_request import Request

LOG = logging.getLogger(__name__)

# So soon a connection tells that it was closed before the request came.
_SOON_SECONDS = 1.0


class Upstream:
    """nova-api, at the first of its endpoints that accepts a connection."""

    def __init__(self, settings: ProxySettings) -> None:
        self._seconds = settings.read_timeout
        self._connector = Connector(settings)
        self._endpoints = tuple(map(endpoint, settings.endpoints))
        # The idle connections to each, the one used last at the end.
        self._idle: dict[Endpoint, deque[Connection]] = {
            one: deque() for one in self._endpoints
        }

    def send(self, request: Request) -> UpstreamResponse:
        """Send *request*; return nova's response, with its headers read.

        Raises NovaFailedError.
        """
        refusal = UNREACHABLE
        for one in self._endpoints:
            try:
                return self._send(one, request)
            except NotConnectedError as error:
                refusal = error.refusal
                LOG.warning('No connection to %s: %s', one.url, error.cause)
                self._last(one)
        raise NovaFailedError(refusal)

    def _send(self, one: Endpoint, request: Request) -> UpstreamResponse:
        """Send *request* to the endpoint *one*.

        An idle connection may be closed just when it is used: an idempotent
        request is then sent once more (RFC 9110, 9.2.2). But not if nova has
        worked on it for a while.
        """
        connection = self._idle_connection(one)
        seconds = self._seconds
        if connection:
            try:
                return self._respond(connection, request, seconds)
            except ClosedUnansweredError as error:
                is_soon = seconds - error.seconds < _SOON_SECONDS
                if not (request.is_repeatable and is_soon):
                    raise
                seconds = error.seconds
        return self._respond(self._connector.connect(one), request, seconds)

    def _respond(
        self, connection: Connection, request: Request, seconds: float
    ) -> UpstreamResponse:
        response = UpstreamResponse(
            connection, request, seconds, self._release
        )
        response.read_headers()
        return response

    def _release(self, connection: Connection) -> None:
        """Keep *connection* for the next request; close what is too old."""
        idle = self._idle[connection.endpoint]
        idle.append(connection)
        try:
            while idle[0].is_old:
                idle.popleft().close()
        except IndexError:
            # Another thread has taken the last one.
            return

    def _last(self, one: Endpoint) -> None:
        """Move the endpoint *one* to the end of the list."""
        # Replace the list in one step: other threads read it meanwhile.
        others = [other for other in self._endpoints if other != one]
        self._endpoints = (*others, one)

    def _idle_connection(self, one: Endpoint) -> Connection | None:
        idle = self._idle[one]
        while idle:
            try:
                connection = idle.pop()
            except IndexError:
                # Another thread was faster.
                return None
            if connection.is_usable:
                return connection
            connection.close()
        return None
