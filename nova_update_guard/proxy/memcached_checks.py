"""Check the options of [keystone_authtoken] for memcached.

Each check raises ValueError, which begins with the name of an option, for
options with which tokens would be less safe than they seem, or not be kept.
"""

import functools
import importlib.util
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nova_update_guard.proxy.auth_token_errors import missing

FILES = ('cafile', 'certfile', 'keyfile')


def refuse_unreadable(
    options: Mapping[str, Any], names: Iterable[str] = FILES
) -> None:
    """Raise ValueError for a file of *names* that cannot be read."""
    for name in names:
        path = options[name]
        if path and not os.access(path, os.R_OK):
            raise ValueError(f'{name} = {path}: it cannot be read')


def _refuse_bad_cache(options: Mapping[str, Any]) -> None:
    """Raise ValueError if tokens would be unencrypted, or not cached."""
    if not options['memcached_servers']:
        return
    if options['memcache_tls_enabled']:
        if not options['memcache_use_advanced_pool']:
            raise ValueError(
                'memcache_tls_enabled: set memcache_use_advanced_pool, too; '
                'without it nothing is encrypted'
            )
        refuse_unreadable(options, (f'memcache_tls_{name}' for name in FILES))
    strategy = options['memcache_security_strategy'].upper()
    if strategy == 'ENCRYPT' and not importlib.util.find_spec('cryptography'):
        raise ValueError(missing('cryptography'))


def _refuse_without_effect(
    names: Iterable[str], needed: str, value: str, options: Mapping[str, Any]
) -> None:
    """Raise ValueError for one of *names* while *needed* is not set.

    An operator who gives a key believes that tokens are encrypted.
    """
    if not options['memcached_servers']:
        return
    # The strategy that is none has a name.
    is_set = str(options[needed]).lower() not in ('none', 'false')
    for name in names:
        if options[name] and not is_set:
            raise ValueError(
                f'{name}: it has no effect without {needed}: write {needed} = '
                f'{value}, too, or remove {name}'
            )


def _refuse_below(least: int, name: str, options: Mapping[str, Any]) -> None:
    """Raise ValueError if option *name* is empty, or less than *least*."""
    value = options[name]
    if options['memcached_servers'] and (value is None or value < least):
        said = 'is empty' if value is None else f'= {value}'
        raise ValueError(f'{name} {said}: it takes {least} or more')


# Of options, the least values that mean something.
_LEAST = {
    'memcache_pool_socket_timeout': 1,
    'memcache_pool_maxsize': 1,
    'memcache_pool_dead_retry': 0,
    'memcache_pool_unused_timeout': 0,
    'memcache_pool_conn_get_timeout': 0,
}
# Names of options, and which must have a value besides for them to count.
_WITHOUT_EFFECT = (
    (('memcache_secret_key',), 'memcache_security_strategy', 'ENCRYPT'),
    (
        ('memcache_username', 'memcache_password'),
        *('memcache_sasl_enabled', 'true'),
    ),
    (
        [f'memcache_tls_{name}' for name in (*FILES, 'allowed_ciphers')],
        *('memcache_tls_enabled', 'true'),
    ),
)
CHECKS: tuple[Callable[[Mapping[str, Any]], None], ...] = (
    _refuse_bad_cache,
    *(
        functools.partial(_refuse_below, least, name)
        for name, least in _LEAST.items()
    ),
    *(
        functools.partial(_refuse_without_effect, *row)
        for row in _WITHOUT_EFFECT
    ),
)
