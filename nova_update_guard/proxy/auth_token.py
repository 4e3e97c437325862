"""keystonemiddleware's auth_token, with an error for an unavailable keystone.

auth_token itself treats a token as invalid both where keystone does not know
it and where keystone is unavailable.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from keystoneauth1.exceptions import (
    ClientException,
    ConnectFailure,
    DiscoveryFailure,
    EndpointNotFound,
    Forbidden,
    RequestTimeout,
    Unauthorized,
)
from keystonemiddleware import auth_token

from nova_update_guard.proxy import auth_token_errors, auth_token_options
from nova_update_guard.proxy.auth_token_cache import SLOW, AuthTokenCache
from nova_update_guard.proxy.keystone_cache import KeystoneCache
from nova_update_guard.wsgi_types import WSGIApplication

LOG = logging.getLogger(__name__)

# On these auth_token calls a token invalid, though keystone did not say so.
_UNAVAILABLE = (
    ConnectFailure,
    DiscoveryFailure,
    RequestTimeout,
    auth_token.ServiceError,
)
# Keystone refuses the guard's own account, and will do so again.
_REFUSED = (Unauthorized, Forbidden, EndpointNotFound)
# Seconds for which the health check reports such a refusal.
_REFUSED_SECONDS = 30
_CREDENTIALS = 'keystone refuses the credentials of this guard'
_OPTIONS = 'see interface and region_name in [keystone_authtoken]'
_NO_ENDPOINT = f"keystone's catalog has no endpoint of keystone: {_OPTIONS}"


class KeystoneUnavailableError(Exception):
    """Keystone could not verify a token; it may well be valid."""


class Account:
    """The guard's own account at keystone."""

    def __init__(self) -> None:
        self._refused = 0.0, ''

    def refused(self, error: BaseException) -> None:
        """Note that keystone has refused the account just now, by *error*."""
        has_none = isinstance(error, EndpointNotFound)
        until = time.monotonic() + _REFUSED_SECONDS
        self._refused = until, _NO_ENDPOINT if has_none else _CREDENTIALS

    def problem(self) -> str | None:
        """Return the problem, if keystone has refused the account lately."""
        until, problem = self._refused
        return problem if time.monotonic() < until else None


class AuthToken(auth_token.AuthProtocol):  # type: ignore[misc]
    """auth_token, with an error of its own for an unavailable keystone.

    Raises KeystoneUnavailableError instead of calling the token invalid.
    """

    def __init__(
        self, app: WSGIApplication, options: dict[str, Any], account: Account
    ) -> None:
        super().__init__(app, options)
        self._account = account

    def _token_cache_factory(self) -> AuthTokenCache:
        # Without memcached, auth_token's own cache has no bound.
        made = super()._token_cache_factory()
        if not self._conf.get('memcached_servers'):
            return AuthTokenCache(made, KeystoneCache())
        timeout = self._conf.get('memcache_pool_socket_timeout')
        return AuthTokenCache(
            made,
            slow=SLOW * timeout,
            pause=self._conf.get('memcache_pool_dead_retry'),
        )

    def fetch_token(self, token: str, **options: Any) -> Any:
        """Return keystone's data of *token*.

        Raises InvalidToken for a token that keystone does not know, and
        KeystoneUnavailableError.
        """
        problem = ''
        try:
            return super().fetch_token(token, **options)
        except auth_token.InvalidToken as error:
            # With delay_auth_decision, auth_token raises this for any error,
            # which it has logged.
            if not isinstance(error.__context__, _UNAVAILABLE):
                raise
            cause: BaseException = error
        except ClientException as error:
            cause = error
            problem = f'{type(error).__name__}: {error}'
            if isinstance(error, EndpointNotFound):
                problem += f': {_OPTIONS}'
        for found in _causes(cause):
            if isinstance(found, _REFUSED):
                self._account.refused(found)
                break
        # Outside the handler, where oslo.log would log the error twice.
        if problem:
            LOG.critical('keystone cannot verify tokens: %s', problem)
        raise KeystoneUnavailableError


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and the exceptions in its chain of ``__context__``."""
    while error:
        yield error
        error = error.__context__


def protecting(
    paste: Mapping[str, str], account: Account
) -> Callable[[WSGIApplication], WSGIApplication]:
    """Return a function that wraps an app in auth_token.

    *paste* are the filter's options. Raises OptionError, and so does the
    returned function.
    """
    options = auth_token_options.load(paste)

    def protect(app: WSGIApplication) -> WSGIApplication:
        with auth_token_errors.option_errors():
            return AuthToken(app, dict(options), account)

    return protect
