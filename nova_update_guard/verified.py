"""auth_token where it matters, and not again for a token just verified.

keystonemiddleware's auth_token takes as long for a request as all the rest of
the proxy, most of it for what it found out a moment ago. It is asked where
the guard has to know the caller, and what it said of a token holds for a few
seconds.
"""

import functools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from oslo_context.context import RequestContext

from nova_update_guard import callers, forwarding, routes
from nova_update_guard.keystone import NotAskedError
from nova_update_guard.wsgi_types import App, Environ

_CARRIES = 'HTTP_X_AUTH_TOKEN'
# With one of these auth_token does not decide by the token alone.
_BESIDES = ('HTTP_X_SERVICE_TOKEN', 'HTTP_X_STORAGE_TOKEN')
_INFO = 'keystone.token_info'
_AUTH = 'keystone.token_auth'
_STATUS = 'HTTP_X_IDENTITY_STATUS'
_CHALLENGE = 'www-authenticate'

_MAX_TOKENS = 4096


class _Verified(NamedTuple):
    """What auth_token has put into the environ, and until when it holds.

    *until* is of the monotonic clock, *expires* of the day.
    """

    values: dict[str, Any]
    until: float
    expires: float


class Verified:
    """Has callers verified by auth_token, which *protect* makes around an app.

    What it said of a token holds for *seconds*; with 0 it is always asked.
    """

    def __init__(
        self, app: App, protect: Callable[[App], App], seconds: float
    ) -> None:
        self._app = app
        self._protected = protect(self._admitted)
        self._seconds = seconds
        # Those that hold for longest stand last.
        self._known: OrderedDict[str, _Verified] = OrderedDict()
        self._changing = threading.Lock()

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        if not routes.is_concerned(environ.get('PATH_INFO', '')):
            # nova verifies the token itself; no identity is told to it.
            return self._app(environ, start)
        self._forget()
        known = self._known.get(environ.get(_CARRIES, ''))
        if known is None or not _holds(known, environ):
            try:
                return self._protected(environ, start)
            except NotAskedError:
                _forget_identity(environ)
                environ[callers.NOT_ASKED] = True
            # Whoever has to know the caller says so.
            return self._app(environ, start)
        _forget_identity(environ)
        environ.update(known.values)
        # For oslo.log, as where auth_token is asked.
        RequestContext.from_environ(environ)
        return self._app(environ, start)

    def _admitted(self, environ: Environ, start: Any) -> Iterable[bytes]:
        """Serve what auth_token hands on, and keep what it said."""
        if self._seconds and _is_by_the_token_alone(environ):
            self._keep(environ)

        def started(status: str, headers: Any, *more: Any) -> Any:
            # auth_token challenges whoever gets 401, as nova's own has done.
            if status.startswith('401'):
                headers = [
                    pair for pair in headers if pair[0].lower() != _CHALLENGE
                ]
            return start(status, headers, *more)

        return self._app(environ, started)

    def _keep(self, environ: Environ) -> None:
        values = {
            key: value for key, value in environ.items() if _is_identity(key)
        }
        values |= {_INFO: environ[_INFO], _AUTH: environ[_AUTH]}
        values[callers.KEPT] = callers.read(environ)
        expires = datetime.fromisoformat(environ[_INFO]['token']['expires_at'])
        until = time.monotonic() + self._seconds
        verified = _Verified(values, until, expires.timestamp())
        with self._changing:
            self._known[environ[_CARRIES]] = verified
            self._known.move_to_end(environ[_CARRIES])
            while len(self._known) > _MAX_TOKENS:
                self._known.popitem(last=False)

    def _forget(self) -> None:
        """Forget the tokens whose time is up, and who they were of."""
        now = time.monotonic()
        with self._changing:
            while self._known:
                if now < next(iter(self._known.values())).until:
                    break
                self._known.popitem(last=False)


def _holds(known: _Verified, environ: Environ) -> bool:
    return (
        time.monotonic() < known.until
        and time.time() < known.expires
        and not any(name in environ for name in _BESIDES)
    )


def _forget_identity(environ: Environ) -> None:
    for key in [key for key in environ if _is_identity(key)]:
        del environ[key]


def _is_by_the_token_alone(environ: Environ) -> bool:
    """Tell whether auth_token would say the same of any such request.

    Not so for a token that is bound to a client, or may only ask for some
    paths.
    """
    if environ.get(_STATUS) != 'Confirmed' or _INFO not in environ:
        return False
    token = environ[_INFO].get('token', {})
    credential = token.get('application_credential') or {}
    return (
        'bind' not in token
        and credential.get('access_rules') is None
        and _CARRIES in environ
        and not any(name in environ for name in _BESIDES)
    )


# Clients choose the names: those of most are the same few dozen.
@functools.lru_cache(maxsize=1024)
def _is_identity(key: str) -> bool:
    return key.startswith('HTTP_') and forwarding.is_identity(key)
