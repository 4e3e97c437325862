"""keystonemiddleware's auth_token, which tells a token that keystone knows
nothing of from one that keystone could not be asked about.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

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

from nova_update_guard.proxy import auth_token_options
from nova_update_guard.proxy.auth_token_cache import AuthTokenCache
from nova_update_guard.proxy.keystone_cache import KeystoneCache

LOG = logging.getLogger(__name__)

# Over which auth_token calls a token invalid that keystone has not judged.
_NOT_ASKED = (
    ConnectFailure,
    DiscoveryFailure,
    RequestTimeout,
    auth_token.ServiceError,
)
# What keystone says to the guard itself, and will say again.
_REFUSED = (Unauthorized, Forbidden, EndpointNotFound)
# Seconds in which another request need not find out the same.
_REFUSED_SECONDS = 30


class KeystoneUnavailableError(Exception):
    """Keystone could not be asked about a token, for no fault of the token."""


class Account:
    """The account by which the guard asks keystone."""

    def __init__(self) -> None:
        self._refused_until = 0.0

    def refused(self) -> None:
        """Know that keystone has refused it."""
        self._refused_until = time.monotonic() + _REFUSED_SECONDS

    def problem(self) -> str | None:
        """Return that keystone has refused it a moment ago, if it has."""
        if time.monotonic() < self._refused_until:
            return 'keystone refuses the account of this guard'
        return None


class AuthToken(auth_token.AuthProtocol):  # type: ignore[misc]
    """The middleware; raises NotAskedError instead of calling it invalid."""

    def __init__(
        self, app: WSGIApplication, options: dict[str, Any], account: Account
    ) -> None:
        super().__init__(app, options)
        self._account = account

    def _token_cache_factory(self) -> AuthTokenCache:
        # Where none is named, it would keep all tokens of five minutes.
        own = None if self._conf.get('memcached_servers') else KeystoneCache()
        return AuthTokenCache(super()._token_cache_factory(), own)

    def fetch_token(self, token: str, **asked: Any) -> Any:
        """Return what keystone says of *token*.

        Raises InvalidToken for one that it does not know.
        """
        problem = ''
        try:
            return super().fetch_token(token, **asked)
        except auth_token.InvalidToken as error:
            # With delay_auth_decision it says so of whatever went wrong; it
            # has logged it.
            if not isinstance(error.__context__, _NOT_ASKED):
                raise
            cause: BaseException = error
        except ClientException as error:
            cause = error
            problem = f'{type(error).__name__}: {error}'
        if any(isinstance(found, _REFUSED) for found in _causes(cause)):
            self._account.refused()
        # Out of the handler, where oslo.log would say the error once more.
        if problem:
            LOG.critical('keystone cannot be asked about tokens: %s', problem)
        raise KeystoneUnavailableError


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error*, and what was being handled when it was raised."""
    while error:
        yield error
        error = error.__context__


def protecting(
    paste: Mapping[str, str], account: Account
) -> Callable[[WSGIApplication], WSGIApplication]:
    """Return what puts auth_token before an app.

    *paste* are the filter's options. Raises OptionError, also when an app is
    put behind it.
    """
    options = auth_token_options.load(paste)

    def protect(app: WSGIApplication) -> WSGIApplication:
        with auth_token_options.told():
            return AuthToken(app, dict(options), account)

    return protect
