"""The errors of options of [keystone_authtoken], in the guard's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from keystoneauth1.exceptions import ClientException, MissingRequiredOptions
from keystonemiddleware import auth_token
from oslo_config import cfg

from nova_update_guard import extras
from nova_update_guard.conf import loader

GROUP = 'keystone_authtoken'
# By the name of a missing module, the package to install.
_PACKAGES = {
    'memcache': 'python-memcached',
    'bmemcached': 'python-binary-memcached',
    'cryptography': 'cryptography',
}


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
        problem = missing(name)
    except MissingRequiredOptions as error:
        names = ', '.join(option.dest for option in error.options)
        problem = f'{names}: required by the auth_type'
    except (
        *(cfg.Error, ClientException, auth_token.ConfigurationError),
        *(ValueError, TypeError, OSError),
    ) as error:
        problem = loader.location(error, GROUP)
    else:
        return
    place = '' if f': [{GROUP}] ' in problem else f'[{GROUP}] '
    raise loader.OptionError(f'{loader.MARK}{place}{problem}')


def missing(module: str) -> str:
    """Return that the package with *module* is missing, and what to do."""
    return (
        f'memcached_servers: the package {_PACKAGES[module]} is not '
        f'installed: {extras.how_to_install("memcached")}'
    )
