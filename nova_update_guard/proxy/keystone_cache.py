"""auth_token's cache of tokens in a process without memcached, bounded.

Its own store has no bound: each thread keeps each token with all of its
catalog for five minutes, and each lookup goes through all of them.
"""

import time as clock

from nova_update_guard.bounded_cache import BoundedCache, size_of

_MAX_BYTES = 32 * 2**20


class KeystoneCache:
    """Replaces a client of memcached by a cache that is bounded in bytes.

    It has the two methods that auth_token calls. Source:
    ``keystonemiddleware.auth_token._cache``.
    """

    def __init__(self) -> None:
        self._kept: BoundedCache[str, tuple[bytes, float]] = BoundedCache(
            _MAX_BYTES
        )

    def get(self, key: str) -> bytes | None:
        """Return the value set for *key*; None if it is gone or expired."""
        found = self._kept.get(key)
        return found[0] if found and clock.monotonic() < found[1] else None

    def set(self, key: str, value: bytes, time: float) -> None:
        """Store *value* for *time* seconds."""
        kept = value, clock.monotonic() + time
        self._kept.put(key, kept, size_of(key) + size_of(kept))
