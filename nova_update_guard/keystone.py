"""keystonemiddleware's auth_token, which tells a token that keystone knows
nothing of from one that keystone could not be asked about.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from keystoneauth1.exceptions import (
    ClientException,
    ConnectFailure,
    DiscoveryFailure,
    RequestTimeout,
)
from keystonemiddleware import auth_token

from nova_update_guard.wsgi_types import App

LOG = logging.getLogger(__name__)

# Over which auth_token calls a token invalid that keystone has not judged.
_NOT_ASKED = (
    ConnectFailure,
    DiscoveryFailure,
    RequestTimeout,
    auth_token.ServiceError,
)


class NotAskedError(Exception):
    """Keystone could not be asked about a token, for no fault of the token."""


class AuthToken(auth_token.AuthProtocol):  # type: ignore[misc]
    """The middleware; raises NotAskedError instead of calling it invalid."""

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
        except ClientException as error:
            problem = f'{type(error).__name__}: {error}'
        # Out of the handler, where oslo.log would say the error once more.
        if problem:
            LOG.critical('keystone cannot be asked about tokens: %s', problem)
        raise NotAskedError


def filter_factory(
    global_conf: Mapping[str, str], **local_conf: str
) -> Callable[[App], App]:
    """Return the filter. Raises what keystonemiddleware does."""
    return lambda app: AuthToken(app, {**global_conf, **local_conf})
