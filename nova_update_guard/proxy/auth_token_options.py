"""Check the options of [keystone_authtoken] before the first request.

keystonemiddleware reads them, but reports many errors only when requests
arrive, by a 503 or 500 for each.
"""

import importlib.util
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from keystoneauth1 import loading
from keystoneauth1.exceptions import (
    ClientException,
    MissingRequiredOptions,
    NoMatchingPlugin,
)
from keystonemiddleware import auth_token
from oslo_config import cfg

from nova_update_guard import extras
from nova_update_guard.conf import loader
from nova_update_guard.spelling import did_you_mean

GROUP = 'keystone_authtoken'
# By the name of a missing module, the package to install.
_PACKAGES = {
    'memcache': 'python-memcached',
    'bmemcached': 'python-binary-memcached',
    'cryptography': 'cryptography',
}
# Seconds. Without it a keystone that does not respond blocks all threads.
_HTTP_TIMEOUT = 10
# A kept-alive connection may just have been closed: retry once, not three
# times as keystonemiddleware does. A slow keystone has to serve all retries,
# and gets even slower.
_RETRIES = 1
# Seconds. With those of [proxy], 120 by default, a change of roles is known
# here as soon as in nova, whose auth_token believes for 300 what it knows.
_TOKEN_CACHE_TIME = 180
_FILES = ('cafile', 'certfile', 'keyfile')
_INTERFACES = ('public', 'internal', 'admin')
# The kinds of auth_type that need auth_url, a user and a password.
_BY_PASSWORD = ('password', 'v3password')


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
        _refuse_unusable(dict(_read(found, groups)))
        _refuse_misspelt(found, groups, options)
    return {**given, 'oslo_config_config': found}


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
        options = loading.get_auth_plugin_conf_options(kind)
        yield from _register(found, section, options, given)


def _refuse_misspelt(
    found: cfg.ConfigOpts, groups: Sequence[str], options: Iterable[cfg.Opt]
) -> None:
    """Raise ValueError for a misspelt option in the files' *groups*.

    A misspelt option has no effect: tokens might lie unencrypted in memcached.
    Deprecated names are accepted; so are names unlike any option, which may
    belong to another auth_type.
    """
    known = set()
    for option in options:
        old = {each.name for each in option.deprecated_opts if each.name}
        for name in {option.name, option.dest} | old:
            known.add(name.replace('-', '_'))
    for path, section, names in loader.sections(found):
        for name in sorted(names) if section.lower() in groups else ():
            plain = name.replace('-', '_')
            near = did_you_mean(plain, known)
            if near and plain not in known:
                raise ValueError(
                    f'{name}: {path}: there is no such option{near}'
                )


def _read(
    found: cfg.ConfigOpts, groups: Iterable[str]
) -> Iterator[tuple[str, Any]]:
    """Yield names and values. Raises ValueError, without a value in it."""
    for group in groups:
        for name in found[group]:
            try:
                yield name, found[group][name]
            except (cfg.NoSuchOptError, cfg.TemplateSubstitutionError):
                # oslo.config's own message quotes the text after the $, which
                # may be part of a password.
                raise ValueError(f'{name}: write $ as $$') from None


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


@contextmanager
def option_errors() -> Iterator[None]:
    """Turn the errors of an option into an OptionError.

    No message quotes a value that may be a secret.
    """
    try:
        yield
    except ImportError as error:
        name = str(error.name).partition('.')[0]
        if name not in _PACKAGES:
            raise
        problem = _missing(name)
    except MissingRequiredOptions as error:
        names = ', '.join(option.dest for option in error.options)
        problem = f'{names}: required by the auth_type'
    except NoMatchingPlugin as error:
        problem = (
            f'auth_type = {error.name}: there is no such plugin of '
            'keystoneauth; password is the usual one'
        )
    except (
        *(cfg.Error, ClientException, auth_token.ConfigurationError),
        *(ValueError, TypeError, OSError),
    ) as error:
        problem = loader.location(error)
    else:
        return
    raise loader.OptionError(f'nova_update_guard: [{GROUP}] {problem}')


def _refuse_unusable(options: Mapping[str, Any]) -> None:
    """Raise ValueError for options with which no request could be served."""
    kind = options['auth_type']
    if not kind:
        raise ValueError(
            'auth_type: it is not set, so keystone cannot verify tokens; the '
            'usual one is password'
        )
    if kind in _BY_PASSWORD:
        _refuse_no_account(options)
    # Plugins of other kinds may have no such option.
    url = options.get('auth_url')
    if url and not loader.is_url(url):
        # There may be a password in it.
        raise ValueError(f'auth_url: it is not of the form {loader.URL_FORM}')
    interface = options['interface']
    if interface.removesuffix('URL') not in _INTERFACES:
        raise ValueError(
            f'interface = {interface}: it takes {", ".join(_INTERFACES)}'
        )
    _refuse_unreadable(options, *_FILES)
    if options['memcached_servers']:
        _refuse_bad_cache(options)


def _refuse_no_account(options: Mapping[str, Any]) -> None:
    """Raise ValueError if auth_url, the user or the password is missing."""
    for names in (('auth_url',), ('username', 'user_id'), ('password',)):
        if not any(options[name] for name in names):
            raise ValueError(
                f'{" or ".join(names)}: it is missing: write that of the '
                "service user, as in [keystone_authtoken] of nova's "
                'configuration'
            )


def _refuse_unreadable(options: Mapping[str, Any], *names: str) -> None:
    for name in names:
        path = options[name]
        if path and not os.access(path, os.R_OK):
            raise ValueError(f'{name} = {path}: it cannot be read')


def _refuse_bad_cache(options: Mapping[str, Any]) -> None:
    """Raise ValueError if tokens would be unencrypted, or not cached."""
    if options['memcache_tls_enabled']:
        if not options['memcache_use_advanced_pool']:
            raise ValueError(
                'memcache_tls_enabled: set memcache_use_advanced_pool, too; '
                'without it nothing is encrypted'
            )
        _refuse_unreadable(
            options, *(f'memcache_tls_{name}' for name in _FILES)
        )
    strategy = options['memcache_security_strategy'].upper()
    if strategy == 'ENCRYPT' and not importlib.util.find_spec('cryptography'):
        raise ValueError(_missing('cryptography'))


def _missing(module: str) -> str:
    return (
        f'memcached_servers: the package {_PACKAGES[module]} is not '
        f'installed: {extras.how_to_install("memcached")}'
    )
