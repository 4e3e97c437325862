"""auth_token's cache of tokens, without which it works as well.

Several guards, and nova itself, may share one in memcached. Whatever goes
wrong with it is a token that is not there: keystone is asked instead.
"""

import logging
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

LOG = logging.getLogger(__name__)

# Bytes. A token with the catalog of a large cloud is a tenth of it.
_MAX_VALUE = 4 << 20


class _NoObjects:
    """Reads no pickled object, which could be any code.

    auth_token stores text only. An object in memcached is somebody else's.
    """

    def __init__(self, _file: object) -> None:
        pass

    def load(self) -> Any:
        """Raise ValueError."""
        raise ValueError('a Python object in the cache of tokens')


class _Compression:
    """zlib, for values up to _MAX_VALUE; what is in memcached may be a bomb.

    A value is inflated before it is known who wrote it.
    """

    compress = staticmethod(zlib.compress)

    @staticmethod
    def decompress(data: bytes) -> bytes:
        """Return what was compressed to *data*. Raises ValueError."""
        inflating = zlib.decompressobj()
        value = inflating.decompress(data, _MAX_VALUE)
        if not inflating.eof:
            raise ValueError('a value in the cache of tokens is too large')
        return value


class AuthTokenCache:
    """The *cache* of auth_token, set up at once and failing without harm.

    With *own*, a client as of memcached, that is where it keeps tokens.
    Raises ImportError for a client that is not installed, and ValueError for
    a server that is none.
    """

    def __init__(self, cache: Any, own: Any = None) -> None:
        # It takes one that it finds in the environ, under the name that the
        # option "cache" has.
        cache.initialize({cache._env_cache_name: own})
        cache._cache_pool = _Pool(cache._cache_pool)
        try:
            # A client for memcached is made here, and connects later.
            with cache._cache_pool.reserve():
                pass
        except ValueError as error:
            raise ValueError(f'memcached_servers: {error}') from None
        self._cache = cache
        self._is_failing = False

    def initialize(self, _environ: Mapping[str, Any]) -> None:
        """Do nothing: it has been done at the start."""

    def get(self, token: str) -> Any:
        """Return what is kept of *token*; None for nothing of use."""
        try:
            found = self._cache.get(token)
        except Exception as error:
            return self._tell(type(error).__name__)
        self._is_failing = False
        return found

    def set(self, token: str, data: Any) -> None:
        """Keep *data* of *token*, if that can be."""
        try:
            self._cache.set(token, data)
        except Exception as error:
            self._tell(type(error).__name__)

    def _tell(self, problem: str) -> None:
        """Log it once, until it works again; without what was in the cache."""
        if not self._is_failing:
            self._is_failing = True
            LOG.warning(
                'The cache of tokens cannot be used (%s); keystone is asked '
                'instead',
                problem,
            )


class _Pool:
    """Clients of memcached from another *pool*, in the same way as there."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        # By address, until when a server is left alone.
        self._dead: dict[object, float] = {}

    @contextmanager
    def reserve(self) -> Iterator[Any]:
        """Yield a client."""
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
                # What is still to come is not for the next who asks.
                getattr(client, 'disconnect_all', lambda: None)()
                raise
            finally:
                self._warn_of_dead(servers)

    def _warn_of_dead(self, servers: list[Any]) -> None:
        """Log once when a server does not answer."""
        for server in servers:
            # Only the client python-memcached says so.
            until = getattr(server, 'deaduntil', 0)
            if until and until > self._dead.get(server.address, 0):
                self._dead[server.address] = until
                LOG.warning(
                    'memcached at %s does not answer: it is left alone for '
                    '%d seconds',
                    server.address,
                    server.dead_retry,
                )
