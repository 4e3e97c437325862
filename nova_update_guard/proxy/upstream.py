"""nova-api, at one of its endpoints."""

import logging
from collections import deque

from nova_update_guard.compute_api.faults import NovaFailedError
from nova_update_guard.conf.proxy import ProxySettings
from nova_update_guard.proxy.connection import (
    Connection,
    Connector,
    Endpoint,
    endpoint,
)
from nova_update_guard.proxy.exchange import Request, UpstreamResponse
from nova_update_guard.proxy.failures import (
    UNREACHABLE,
    ClosedUnansweredError,
    NotConnectedError,
)

LOG = logging.getLogger(__name__)


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
        request is then sent once more (RFC 9110, 9.2.2).
        """
        connection = self._idle_connection(one)
        if connection:
            try:
                return self._respond(connection, request)
            except ClosedUnansweredError:
                if not request.is_repeatable:
                    raise
        return self._respond(self._connector.connect(one), request)

    def _respond(
        self, connection: Connection, request: Request
    ) -> UpstreamResponse:
        release = self._idle[connection.endpoint].append
        response = UpstreamResponse(
            connection, request, self._seconds, release
        )
        response.read_headers()
        return response

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
