"""The page of metrics, served to allowed networks."""

import ipaddress
import logging
from collections.abc import Iterable

from nova_update_guard.audit import metrics
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.conf.metrics import Network
from nova_update_guard.middleware import refusals
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.middleware.responses import Response
from nova_update_guard.wsgi_types import (
    StartResponse,
    WSGIApplication,
    WSGIEnvironment,
)

LOG = logging.getLogger(__name__)


_STRANGER = Refusal(
    403,
    'This network may not read the metrics: see allowed_networks in '
    '[update_guard_metrics]',
    'metrics from another network',
)
_READ_ONLY = Refusal(
    405, 'Read the metrics with GET', 'metrics with another method'
)


class MetricsPage:
    """Serves the metrics at *path* to *networks*, and other paths by *app*.

    Place it after the filter that reads ``X-Forwarded-For``: the client's
    address is the one that is checked.
    """

    def __init__(
        self, app: WSGIApplication, path: str, networks: Iterable[Network]
    ) -> None:
        self._app = app
        self._path = path
        self._networks = tuple(networks)

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        if environ.get('PATH_INFO') != self._path:
            return self._app(environ, start)
        response = self._response(environ)
        start(response.status, response.headers)
        return response.body

    def _response(self, environ: WSGIEnvironment) -> Response:
        if not self._is_known(environ):
            return refusals.response(GuardedRequest(environ), _STRANGER)
        if environ['REQUEST_METHOD'] not in ('GET', 'HEAD'):
            return refusals.response(GuardedRequest(environ), _READ_ONLY)
        text = metrics.exposition()
        headers = [
            ('Content-Type', metrics.CONTENT_TYPE),
            ('Content-Length', str(len(text))),
        ]
        is_head = environ['REQUEST_METHOD'] == 'HEAD'
        return Response('200 OK', headers, [] if is_head else [text])

    def _is_known(self, environ: WSGIEnvironment) -> bool:
        """Check whether the client's address is in one of the networks.

        It is not if an untrusted proxy forwarded the request: REMOTE_ADDR is
        then the proxy's own. For a trusted one it is the client's.
        """
        text = environ.get('REMOTE_ADDR', '')
        forwarded = environ.get('HTTP_X_FORWARDED_FOR', text)
        if forwarded != text or 'HTTP_FORWARDED' in environ:
            return False
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        # A dual-stack socket gives an IPv4 address as ::ffff:192.0.2.1.
        addresses = {address, getattr(address, 'ipv4_mapped', None) or address}
        return any(
            one in network for network in self._networks for one in addresses
        )
