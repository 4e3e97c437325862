"""auth_token's cache of tokens; its errors never fail a request.

Several guards, and nova itself, may share a cache in memcached. Any error in
it counts as a cache miss: keystone is asked instead.
"""

import logging
import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

LOG = logging.getLogger(__name__)

# Bytes. A token with the catalog of a large cloud has a tenth of this size.
_MAX_VALUE = 4 << 20
# In terms of the timeout of a socket, how long the cache is waited for.
SLOW = 1.5


class _NoObjects:
    """An unpickler that refuses all objects: unpickling can run any code.

    auth_token stores text only. Somebody else wrote an object in memcached.
    """

    def __init__(self, _file: object) -> None:
        pass

    def load(self) -> Any:
        """Raise ValueError."""
        raise ValueError('a Python object in the token cache')


class _Compression:
    """zlib for values up to _MAX_VALUE bytes, against decompression bombs.

    A value of memcached's is decompressed before its origin is verified.
    """

    compress = staticmethod(zlib.compress)

    @staticmethod
    def decompress(data: bytes) -> bytes:
        """Return *data* decompressed. Raises ValueError if it is too large."""
        inflating = zlib.decompressobj()
        value = inflating.decompress(data, _MAX_VALUE)
        if not inflating.eof:
            raise ValueError('a value in the token cache is too large')
        return value


class AuthTokenCache:
    """Wraps auth_token's *cache*: set up at start, and its errors only logged.

    If *own* is given, an object with the methods of a memcached client, tokens
    are stored there. Otherwise, a memcached that has taken more than *slow*
    seconds is left alone for *pause* seconds: of its two clients, the one for
    TLS and SASL has timeouts of its own, and knows no dead servers. Raises
    ImportError for a client that is not installed, and ValueError for a
    malformed server address.
    """

    def __init__(
        self,
        cache: Any,
        own: Any = None,
        slow: float = math.inf,
        pause: float = 0,
    ) -> None:
        # auth_token takes a cache from the environ, under the name in the
        # option "cache".
        cache.initialize({cache._env_cache_name: own})
        cache._cache_pool = _Pool(cache._cache_pool)
        try:
            # A client for memcached is made here, and connects later.
            with cache._cache_pool.reserve():
                pass
        except ValueError as error:
            raise ValueError(f'memcached_servers: {error}') from None
        self._cache = cache
        self._slow = slow
        self._pause = pause
        self._paused_until = -math.inf
        self._is_failing = False

    def initialize(self, _environ: Mapping[str, Any]) -> None:
        """Do nothing: the constructor has done it."""

    def get(self, token: str) -> Any:
        """Return the cached data of *token*; None on a miss or an error."""
        if self._is_paused():
            return None
        found, problem = self._asked(self._cache.get, token)
        self._say(problem)
        return found

    def set(self, token: str, data: Any) -> None:
        """Cache *data* for *token*; log an error, and do not raise it."""
        if self._is_paused():
            return
        _, problem = self._asked(self._cache.set, token, data)
        if problem:
            self._say(problem)

    def _is_paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def _asked(self, ask: Callable[..., Any], *given: Any) -> tuple[Any, str]:
        """Return the result of *ask*, and the class of its error."""
        began = time.monotonic()
        found, problem = None, ''
        try:
            found = ask(*given)
        except Exception as error:
            problem = type(error).__name__
        taken = time.monotonic() - began
        # Many threads may have waited; one of them tells it.
        if taken > self._slow and self._pause and not self._is_paused():
            self._paused_until = time.monotonic() + self._pause
            LOG.warning(
                'memcached took %.1f seconds to respond: not used for %d '
                'seconds',
                taken,
                self._pause,
            )
        return found, problem

    def _say(self, problem: str) -> None:
        """Log *problem* once until the cache works again.

        Only the class of the error is logged: a message may quote a value.
        """
        was_failing, self._is_failing = self._is_failing, bool(problem)
        if problem and not was_failing:
            LOG.warning(
                'The token cache cannot be used (%s): keystone verifies each '
                'token',
                problem,
            )


class _Pool:
    """Wraps auth_token's *pool* of memcached clients, and hardens them."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        # By address, the time until which a server is not asked.
        self._dead: dict[object, float] = {}

    @contextmanager
    def reserve(self) -> Iterator[Any]:
        """Yield a client that unpickles nothing and bounds decompression."""
        with self._pool.reserve() as client:
            servers = [*getattr(client, 'servers', ())]
            for reader in (client, *servers):
                if hasattr(reader, 'unpickler'):
                    reader.unpickler = _NoObjects
                if hasattr(reader, 'decompressor'):
                    reader.decompressor = _Compression.decompress
                if hasattr(reader, 'compression'):
                    reader.compression = _Compression
            try:
                yield client
            except Exception:
                # The next user must not read the rest of this reply.
                getattr(client, 'disconnect_all', lambda: None)()
                raise
            finally:
                self._warn_of_dead(servers)

    def _warn_of_dead(self, servers: list[Any]) -> None:
        """Log once when a server does not respond."""
        for server in servers:
            # Only the client python-memcached has this attribute.
            until = getattr(server, 'deaduntil', 0)
            if until and until > self._dead.get(server.address, 0):
                self._dead[server.address] = until
                LOG.warning(
                    'memcached at %s does not respond: not used for %d '
                    'seconds',
                    server.address,
                    server.dead_retry,
                )
