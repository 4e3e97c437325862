"""auth_token where it matters, and not again for a token just verified.

keystonemiddleware's auth_token takes as long for a request as all the rest of
the proxy, most of it for what it found out a moment ago. It is asked where
the guard has to know the caller, and what it said of a token holds for a few
seconds.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from oslo_context.context import RequestContext

from nova_update_guard.bounded_cache import BoundedCache, cached, size_of
from nova_update_guard.compute_api import routes
from nova_update_guard.middleware import identity
from nova_update_guard.proxy.auth_token import KeystoneUnavailableError
from nova_update_guard.proxy.headers import is_identity

_CREDENTIAL = 'HTTP_X_AUTH_TOKEN'
# With one of these auth_token does not decide by the token alone.
_OTHER_TOKENS = ('HTTP_X_SERVICE_TOKEN', 'HTTP_X_STORAGE_TOKEN')
_INFO = 'keystone.token_info'
_AUTH = 'keystone.token_auth'
_STATUS = 'HTTP_X_IDENTITY_STATUS'
_CHALLENGE = 'www-authenticate'
# All services of the cloud: longer than all the rest, and nothing here needs
# it. nova asks for its own.
_CATALOG = 'HTTP_X_SERVICE_CATALOG'

# For what is known of tokens: some thousand of them, by what one takes.
_MAX_BYTES = 16 * 2**20


class _Entry(NamedTuple):
    """What auth_token has put into the environ, and until when it holds.

    *until* is of the monotonic clock, *expires* of the day.
    """

    values: dict[str, Any]
    until: float
    expires: float


class TokenCache:
    """Has callers verified by auth_token, which *protect* makes around an app.

    What it said of a token holds for *seconds*; with 0 it is always asked.
    """

    def __init__(
        self,
        app: WSGIApplication,
        protect: Callable[[WSGIApplication], WSGIApplication],
        seconds: float,
    ) -> None:
        self._app = app
        self._protected = protect(self._admitted)
        self._seconds = seconds
        self._known: BoundedCache[bytes, _Entry] = BoundedCache(_MAX_BYTES)

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        if not routes.is_concerned(environ.get('PATH_INFO', '')):
            # nova verifies the token itself; no identity is told to it.
            return self._app(environ, start)
        known = self._known.get(_digest(environ))
        if known is None or not _holds(known, environ):
            try:
                return self._protected(environ, start)
            except KeystoneUnavailableError:
                _forget_identity(environ)
                environ[identity.KEYSTONE_UNAVAILABLE] = True
            # Whoever has to know the caller says so.
            return self._app(environ, start)
        _forget_identity(environ)
        environ.update(known.values)
        # For oslo.log, as where auth_token is asked.
        RequestContext.from_environ(environ)
        return self._app(environ, start)

    def _admitted(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve what auth_token hands on, and keep what it said."""
        token = environ.get(_INFO, {}).get('token', {})
        is_kept = self._seconds and _is_by_the_token_alone(environ)
        _leave_out_the_catalog(environ)
        if is_kept:
            self._keep(environ, token['expires_at'])

        def started(status: str, headers: Any, *more: Any) -> Any:
            # auth_token challenges whoever gets 401, as nova's own has done.
            if status.startswith('401'):
                headers = [
                    pair for pair in headers if pair[0].lower() != _CHALLENGE
                ]
            return start(status, headers, *more)

        return self._app(environ, started)

    def _keep(self, environ: WSGIEnvironment, expires_at: str) -> None:
        values = {
            key: value for key, value in environ.items() if _is_identity(key)
        }
        values |= {_INFO: environ[_INFO], _AUTH: environ[_AUTH]}
        values[identity.CACHED_IDENTITY] = identity.read(environ)
        expires = datetime.fromisoformat(expires_at).timestamp()
        until = time.monotonic() + self._seconds
        verified = _Entry(values, until, expires)
        self._known.put(_digest(environ), verified, size_of(verified))


def _digest(environ: WSGIEnvironment) -> bytes:
    """Return what a token is known by: whoever reads the memory finds none."""
    token: str = environ.get(_CREDENTIAL, '')
    return hashlib.sha256(token.encode('latin-1')).digest()


def _leave_out_the_catalog(environ: WSGIEnvironment) -> None:
    """Take the catalog out of all that auth_token has left in *environ*.

    Whether it has verified the caller is told by what is there, and who that
    is by the headers.
    """
    environ.pop(_CATALOG, None)
    for name in environ.keys() & {_INFO, _AUTH}:
        environ[name] = {'token': {}}


def _holds(known: _Entry, environ: WSGIEnvironment) -> bool:
    return (
        time.monotonic() < known.until
        and time.time() < known.expires
        and not any(name in environ for name in _OTHER_TOKENS)
    )


def _forget_identity(environ: WSGIEnvironment) -> None:
    for key in [key for key in environ if _is_identity(key)]:
        del environ[key]


def _is_by_the_token_alone(environ: WSGIEnvironment) -> bool:
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
        and _CREDENTIAL in environ
        and not any(name in environ for name in _OTHER_TOKENS)
    )


# Clients choose the names: those of most are the same few dozen.
@cached(entries=1024)
def _is_identity(key: str) -> bool:
    return key.startswith('HTTP_') and is_identity(key)
