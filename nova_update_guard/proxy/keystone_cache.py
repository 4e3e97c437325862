"""What auth_token keeps of tokens in a process that has no memcached.

Its own store there has no bound: for five minutes each token with all of its
catalog, once for each thread, and every look goes through all of them.
"""

import time as clock

from nova_update_guard.bounded_cache import BoundedCache, size_of

_MAX_BYTES = 32 * 2**20


class KeystoneCache:
    """Stands for a client of memcached, with a bound in bytes.

    It has the two methods that auth_token calls. Source:
    ``keystonemiddleware.auth_token._cache``.
    """

    def __init__(self) -> None:
        self._kept: BoundedCache[str, tuple[bytes, float]] = BoundedCache(
            _MAX_BYTES
        )

    def get(self, key: str) -> bytes | None:
        """Return what was set for *key*, while its time is not up."""
        found = self._kept.get(key)
        return found[0] if found and clock.monotonic() < found[1] else None

    def set(self, key: str, value: bytes, time: float) -> None:
        """Keep *value* for *time* seconds."""
        kept = value, clock.monotonic() + time
        self._kept.put(key, kept, size_of(key) + size_of(kept))
