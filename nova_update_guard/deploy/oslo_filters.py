"""oslo.middleware's part of the proxy's filters; it calls no service.

An error in an option is an OptionError, as one in the guard's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from oslo_middleware import cors as oslo_cors
from oslo_middleware.healthcheck import Healthcheck
from oslo_middleware.http_proxy_to_wsgi import HTTPProxyToWSGI

from nova_update_guard.conf import loader
from nova_update_guard.wsgi_types import WSGIApplication

Conf = Mapping[str, str]


def healthcheck(global_conf: Conf, local_conf: Conf) -> WSGIApplication:
    """Return the app of health checks. Raises OptionError."""
    with loader.config_errors('healthcheck'):
        app: WSGIApplication = Healthcheck.app_factory(
            dict(global_conf), **local_conf
        )
        return app


def cors(
    global_conf: Conf, local_conf: Conf
) -> Callable[[WSGIApplication], WSGIApplication]:
    """Return the filter of cross-origin requests. Raises OptionError."""
    with loader.config_errors('cors'):
        oslo: Callable[[WSGIApplication], WSGIApplication] = (
            oslo_cors.filter_factory(dict(global_conf), **local_conf)
        )
        # It reads its options when it gets an app.
        oslo(_no_app)
        return oslo


def http_proxy_to_wsgi(global_conf: Conf, local_conf: Conf) -> Any:
    """Return the filter of forwarded requests. Raises OptionError."""
    with loader.config_errors('oslo_middleware'):
        oslo = HTTPProxyToWSGI.factory(dict(global_conf), **local_conf)
        # It reads its option at each request.
        oslo(_no_app)._conf_get('enable_proxy_headers_parsing')
        return oslo


def _no_app(*_: object) -> list[bytes]:
    """Serve nothing: no request is sent."""
    return []
