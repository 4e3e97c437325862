"""Call auth_token only where needed, and cache its result for each token.

keystonemiddleware's auth_token takes as long for a request as all the rest of
the proxy, mostly to find out again the result of a moment ago. It is called
only where the guard has to know the caller, and its result for a token is
valid for a few seconds.
"""

import hashlib
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from oslo_context.context import RequestContext
from oslo_middleware import request_id
from oslo_utils import timeutils

from nova_update_guard.bounded_cache import BoundedCache, size_of
from nova_update_guard.compute_api import routes
from nova_update_guard.middleware import identity
from nova_update_guard.policy.enforcer import caller_key
from nova_update_guard.proxy.auth_token import KeystoneUnavailableError
from nova_update_guard.proxy.headers import FIELDS
from nova_update_guard.wsgi_types import (
    StartResponse,
    WSGIApplication,
    WSGIEnvironment,
)

_CREDENTIAL = 'HTTP_X_AUTH_TOKEN'
# With one of these, auth_token does not decide by the token alone.
_OTHER_TOKENS = ('HTTP_X_SERVICE_TOKEN', 'HTTP_X_STORAGE_TOKEN')
_INFO = 'keystone.token_info'
_AUTH = 'keystone.token_auth'
_STATUS = 'HTTP_X_IDENTITY_STATUS'
_CHALLENGE = 'www-authenticate'
# All services of the cloud: longer than all other headers, and not needed
# here. nova gets the catalog by its own auth_token.
_CATALOG = 'HTTP_X_SERVICE_CATALOG'

# Parts of a context that are not the caller's, or secret.
_OF_REQUEST = {
    *('request_id', 'global_request_id', 'resource_uuid', 'show_deleted'),
    *('auth_token', 'service_token'),
}
_NOBODY = vars(RequestContext(overwrite=False))
# The size of the cache: enough for ten thousand tokens.
_MAX_BYTES = 64 * 2**20


class _Entry(NamedTuple):
    """The values that auth_token set in the environ, and their two ends.

    *logged* is what the context of the log gets from them. *until* is a time
    of the monotonic clock: the end of the cache time. *expires* is the token's
    own end, in seconds since the epoch.
    """

    values: dict[str, Any]
    logged: dict[str, Any]
    until: float
    expires: float


class TokenCache:
    """Verifies callers by auth_token, in which *protect* wraps an app.

    The result for a token is cached for *seconds*; 0 disables the cache.
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
        self._cache: BoundedCache[bytes, _Entry] = BoundedCache(_MAX_BYTES)

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        if not routes.is_concerned(environ.get('PATH_INFO', '')):
            # nova verifies the token itself; it gets no identity from here.
            return self._app(environ, start)
        cached_entry = self._cache.get(_digest(environ))
        if cached_entry is None or not _is_fresh(cached_entry, environ):
            try:
                return self._protected(environ, start)
            except KeystoneUnavailableError:
                _forget_identity(environ)
                environ[identity.KEYSTONE_UNAVAILABLE] = True
            # The guard refuses with 503 if it has to know the caller.
            return self._app(environ, start)
        _forget_identity(environ)
        environ.update(cached_entry.values)
        # For oslo.log, as auth_token does.
        made = RequestContext(
            request_id=environ.get(request_id.ENV_REQUEST_ID),
            global_request_id=environ.get(request_id.GLOBAL_REQ_ID),
        )
        vars(made).update(cached_entry.logged)
        return self._app(environ, start)

    def _admitted(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve a request behind auth_token, and cache its result."""
        token = environ.get(_INFO, {}).get('token', {})
        is_cacheable = self._seconds and _is_by_the_token_alone(environ)
        _leave_out_the_catalog(environ)
        if is_cacheable:
            self._keep(environ, token['expires_at'])

        def started(status: str, headers: Any, *more: Any) -> Any:
            # auth_token adds a challenge to each 401, as nova's own has done.
            if status.startswith('401'):
                headers = [
                    pair for pair in headers if pair[0].lower() != _CHALLENGE
                ]
            return start(status, headers, *more)

        return self._app(environ, started)

    def _keep(self, environ: WSGIEnvironment, expires_at: str) -> None:
        values = {
            # Each request has names of its own, which are all alike.
            sys.intern(name): value
            for name, value in environ.items()
            if _is_identity(name)
        }
        values |= {_INFO: environ[_INFO], _AUTH: environ[_AUTH]}
        found = identity.read(environ)
        if found:
            key = caller_key(found.creds)
            values[identity.CACHED_IDENTITY] = found._replace(key=key)
        expires = timeutils.parse_isotime(expires_at).timestamp()
        until = time.monotonic() + self._seconds
        verified = _Entry(values, _logged(environ), until, expires)
        self._cache.put(_digest(environ), verified, size_of(verified))


def _logged(environ: WSGIEnvironment) -> dict[str, Any]:
    """Return the caller's part of the context that auth_token has made."""
    made = vars(RequestContext.from_environ(environ, overwrite=False))
    return {
        name: made[name]
        for name in made.keys() - _OF_REQUEST
        if made[name] != _NOBODY[name]
    }


def _digest(environ: WSGIEnvironment) -> bytes:
    """Return the SHA-256 of the token: the cache's memory has no tokens."""
    token: str = environ.get(_CREDENTIAL, '')
    return hashlib.sha256(token.encode('latin-1')).digest()


def _leave_out_the_catalog(environ: WSGIEnvironment) -> None:
    """Remove the catalog from all that auth_token has set in *environ*.

    The presence of these keys shows that the caller is verified, and the
    headers have the identity: their values are not needed.
    """
    environ.pop(_CATALOG, None)
    for name in environ.keys() & {_INFO, _AUTH}:
        environ[name] = {'token': {}}


def _is_fresh(cached_entry: _Entry, environ: WSGIEnvironment) -> bool:
    return (
        time.monotonic() < cached_entry.until
        and time.time() < cached_entry.expires
        and not any(name in environ for name in _OTHER_TOKENS)
    )


def _forget_identity(environ: WSGIEnvironment) -> None:
    fields = [(key, FIELDS[key]) for key in environ]
    for key in [key for key, field in fields if field and field.is_identity]:
        del environ[key]


def _is_by_the_token_alone(environ: WSGIEnvironment) -> bool:
    """Check whether auth_token's result depends on the token alone.

    It does not for a token that is bound to a client, or restricted to some
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


def _is_identity(key: str) -> bool:
    field = FIELDS[key]
    return field is not None and field.is_identity
