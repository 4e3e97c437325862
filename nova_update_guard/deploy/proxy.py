"""The Paste factories of the reverse proxy; only the proxy needs httptools.

Filters of other projects make a webob request and response for each request.
The wrappers here call them only for requests that they have to handle.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import webob

from nova_update_guard.conf import loader, metrics, proxy
from nova_update_guard.deploy import observers, oslo_filters, start_checks
from nova_update_guard.deploy.observers import MetricsHooks
from nova_update_guard.proxy import auth_token, health
from nova_update_guard.proxy.app import NovaProxy, by_path_only
from nova_update_guard.proxy.health import Health
from nova_update_guard.proxy.request_id import RequestIds
from nova_update_guard.proxy.token_cache import TokenCache
from nova_update_guard.proxy.upstream import Upstream
from nova_update_guard.wsgi_types import (
    StartResponse,
    WSGIApplication,
    WSGIEnvironment,
)

HEALTHCHECK = '/healthcheck'

Filter = Callable[[WSGIApplication], WSGIApplication]


def request_id(_global_conf: dict[str, str], **_: str) -> Filter:
    """Return the filter that gives each request an id."""
    return RequestIds


def http_proxy_to_wsgi(
    global_conf: dict[str, str], **local_conf: str
) -> Filter:
    """Return oslo.middleware's filter, for requests forwarded by a proxy."""
    oslo = oslo_filters.http_proxy_to_wsgi(global_conf, local_conf)

    def around(app: WSGIApplication) -> WSGIApplication:
        reading = oslo(app)

        def serve(
            environ: WSGIEnvironment, start: StartResponse
        ) -> Iterable[bytes]:
            if _is_forwarded(environ):
                reading.process_request(webob.Request(environ))
            return app(environ, start)

        return serve

    return around


def healthcheck(global_conf: dict[str, str], **local_conf: str) -> Filter:
    """Return the filter that serves ``/healthcheck``.

    It responds 503 with the reason if this guard cannot serve; else as
    oslo.middleware does, whose app no longer has a Paste filter factory.
    Paste's own urlmap is no option: it would cut the slash at the end of the
    paths of nova's version documents.
    """
    check = oslo_filters.healthcheck(global_conf, local_conf)
    checked = _counting(local_conf).health_checked
    return lambda app: _route_if(_is_check, Health(check, app, checked), app)


def cors(global_conf: dict[str, str], **local_conf: str) -> Filter:
    """Return oslo.middleware's CORS filter, for cross-origin requests."""
    oslo = oslo_filters.cors(global_conf, local_conf)
    return lambda app: _route_if(_is_cross_origin, oslo(app), app)


def authtoken(global_conf: dict[str, str], **local_conf: str) -> Filter:
    """Return keystonemiddleware's filter, for requests that the guard checks.

    Raises OptionError.
    """
    settings = proxy.load(loader.config_file_options(local_conf))
    account = auth_token.Account()
    protect = auth_token.protecting({**global_conf, **local_conf}, account)

    def around(app: WSGIApplication) -> WSGIApplication:
        cached = TokenCache(app, protect, settings.token_cache_time)
        return health.with_check(account.problem, by_path_only(cached))

    return around


def nova_proxy(
    global_conf: dict[str, str], **local_conf: str
) -> WSGIApplication:
    """Return the app at the end of the reverse proxy's pipeline.

    Raises OptionError, whose message says how to fix it.
    """
    settings = proxy.load(local_conf)
    start_checks.warn_of_pipelines(global_conf.get('__file__', ''))
    failed = _counting(local_conf).error
    return health.with_last_check(
        functools.partial(health.unreachable, settings),
        NovaProxy(Upstream(settings), settings.body_timeout, failed),
    )


def _counting(paste: Mapping[str, str]) -> MetricsHooks:
    """Return the hooks for metrics that the configuration file asks for."""
    return observers.counting(metrics.load(loader.config_file_options(paste)))


def _route_if(
    applies: Callable[[WSGIEnvironment], bool],
    one: WSGIApplication,
    other: WSGIApplication,
) -> WSGIApplication:
    def serve(
        environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        return (one if applies(environ) else other)(environ, start)

    return serve


def _is_check(environ: WSGIEnvironment) -> bool:
    return environ.get('PATH_INFO') == HEALTHCHECK


def _is_cross_origin(environ: WSGIEnvironment) -> bool:
    return 'HTTP_ORIGIN' in environ or environ['REQUEST_METHOD'] == 'OPTIONS'


def _is_forwarded(environ: Mapping[str, Any]) -> bool:
    # Keys are text; any() over them takes several times as long.
    return 'HTTP_FORWARDED' in environ or 'HTTP_X_FORWARDED_' in ' '.join(
        environ
    )
