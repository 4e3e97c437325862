"""Load the options of [keystone_authtoken] before the first request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keystoneauth1 import loading
from keystoneauth1.exceptions import NoMatchingPlugin
from keystonemiddleware import auth_token
from oslo_config import cfg

from nova_update_guard.conf import loader
from nova_update_guard.conf.option_mistakes import refuse_all
from nova_update_guard.proxy import auth_token_checks
from nova_update_guard.proxy.auth_token_checks import USUAL
from nova_update_guard.proxy.auth_token_errors import GROUP, option_errors

# Seconds. Without it a keystone that does not respond blocks all threads.
_HTTP_TIMEOUT = 10
# A kept-alive connection may just have been closed: retry once, not three
# times as keystonemiddleware does. A slow keystone has to serve all retries,
# and gets even slower.
_RETRIES = 1
# Seconds. With those of [proxy], 120 by default, a change of roles is known
# here as soon as in nova, whose auth_token believes for 300 what it knows.
_TOKEN_CACHE_TIME = 180


def load(paste: Mapping[str, str]) -> dict[str, Any]:
    """Return *paste*, the filter's options, and the options of the file.

    Raises OptionError for options with which no request could be served.
    """
    given: dict[str, Any] = dict(paste)
    file = given.pop('oslo_config_file', None)
    project = given.pop('oslo_config_project', loader.PROJECT)
    found = cfg.ConfigOpts()
    with loader.config_errors():
        found(
            args=[],
            project=project,
            default_config_files=[file] if file else None,
        )
    with option_errors():
        options = list(_registered(found, given))
        groups = (GROUP, found[GROUP].auth_section or GROUP)
    refuse_all(auth_token_checks.checks(found, groups, options))
    # oslo.config takes it in any case, and keystonemiddleware in capitals:
    # with "encrypt", it would encrypt nothing. It looks here first.
    strategy = found[GROUP].memcache_security_strategy.upper()
    return {
        **given,
        'memcache_security_strategy': strategy,
        'oslo_config_config': found,
    }


def _registered(
    found: cfg.ConfigOpts, given: Mapping[str, str]
) -> Iterator[cfg.Opt]:
    """Register all options, with the values of *given*, and yield them.

    The options of an auth_type are known only to its plugin.
    """
    for group, options in auth_token.list_opts():
        yield from _register(found, group, options, given)
    found.set_default('http_connect_timeout', _HTTP_TIMEOUT, group=GROUP)
    found.set_default('http_request_max_retries', _RETRIES, group=GROUP)
    found.set_default('token_cache_time', _TOKEN_CACHE_TIME, group=GROUP)
    # The guard needs no catalog, which is nearly all of a token. In memcached,
    # nova's own auth_token may look for the same token with its catalog.
    is_shared = bool(found[GROUP].memcached_servers)
    found.set_default('include_service_catalog', is_shared, group=GROUP)
    section = found[GROUP].auth_section or GROUP
    common = loading.get_auth_common_conf_options()
    yield from _register(found, section, common, given)
    kind = found[section].auth_type
    if kind:
        yield from _register(found, section, _of_plugin(kind), given)


def _of_plugin(kind: str) -> Sequence[cfg.Opt]:
    try:
        found: list[cfg.Opt] = loading.get_auth_plugin_conf_options(kind)
    except NoMatchingPlugin:
        # It is refused, and so is what is wrong with the usual one's.
        found = loading.get_auth_plugin_conf_options(USUAL)
    return found


def _register(
    found: cfg.ConfigOpts,
    group: str,
    options: Sequence[cfg.Opt],
    given: Mapping[str, str],
) -> Sequence[cfg.Opt]:
    found.register_opts(options, group=group)
    for option in options:
        if option.dest in given:
            value = option.type(given[option.dest])
            found.set_override(option.dest, value, group=group)
    return options
