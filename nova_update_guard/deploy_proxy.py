"""The Paste factories of the reverse proxy; only it needs libcurl."""

from collections.abc import Callable

from oslo_middleware.healthcheck import Healthcheck

from nova_update_guard import proxy_conf, start_checks
from nova_update_guard.filters import App
from nova_update_guard.proxy import NovaProxy
from nova_update_guard.upstream import Upstream

HEALTHCHECK = '/healthcheck'


def healthcheck(
    global_conf: dict[str, str], **local_conf: str
) -> Callable[[App], App]:
    """Return the filter that answers ``/healthcheck`` as oslo.middleware does.

    A Paste filter factory, which oslo.middleware's app no longer has: Paste's
    own urlmap would cut the slash that nova's version documents end in.
    """
    check = Healthcheck.app_factory(global_conf, **local_conf)
    return lambda app: (
        lambda environ, start: (
            check if environ.get('PATH_INFO') == HEALTHCHECK else app
        )(environ, start)
    )


def nova_proxy(global_conf: dict[str, str], **local_conf: str) -> NovaProxy:
    """Return the app at the end of the reverse proxy's pipeline.

    Raises OptionError with what to do about it.
    """
    settings = proxy_conf.load(local_conf)
    start_checks.warn_of_pipelines(global_conf.get('__file__', ''))
    return NovaProxy(Upstream(settings))
