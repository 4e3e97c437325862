"""Caches that are bounded in bytes, also for keys that clients choose.

A bound on the number of entries does not bound the memory: a thousand header
names of 60 kB are 60 MB. The least recently used entries are dropped.
"""

import itertools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

K = TypeVar('K', bound=Hashable)
V = TypeVar('V')

# Characters. Keys of ordinary clients are shorter; an attacker's may not be.
MAX_KEY = 128


class Memo(dict[str, V]):
    """The results of *function* for texts that clients choose.

    ``memo[text]`` is the result: for *entries* short texts it is kept. With
    more of them it begins anew, which costs less than to keep an order.
    """

    def __init__(self, function: Callable[[str], V], entries: int) -> None:
        super().__init__()
        self._function = function
        self._entries = entries

    def __missing__(self, text: str) -> V:
        value = self._function(text)
        if len(text) <= MAX_KEY:
            if len(self) >= self._entries:
                self.clear()
            self[text] = value
        return value


class BoundedCache(Generic[K, V]):
    """An LRU cache of values with a total size of at most *limit* bytes.

    It is thread-safe.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value for *key*; None if it is not in the cache."""
        try:
            value, _ = self._kept[key]
            self._kept.move_to_end(key)
        except KeyError:
            # Another thread may have dropped it between the two lines.
            return None
        return value

    def put(self, key: K, value: V, size: int) -> None:
        """Store *value* of *size* bytes, unless it exceeds the limit alone."""
        with self._changing:
            self._size -= self._kept.pop(key, (None, 0))[1]
            if size > self._limit:
                return
            self._kept[key] = value, size
            self._size += size
            while self._size > self._limit:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._size -= oldest


def size_of(value: Any) -> int:
    """Return the size of *value* in bytes, with its dicts and lists.

    What is in it several times is counted once.
    """
    return _size_of(value, set())


def _size_of(value: Any, counted: set[int]) -> int:
    if id(value) in counted:
        return 0
    counted.add(id(value))
    parts: Iterable[Any] = ()
    if isinstance(value, dict):
        parts = itertools.chain(value, value.values())
    elif isinstance(value, list | tuple):
        parts = value
    return sys.getsizeof(value) + sum(
        [_size_of(part, counted) for part in parts]
    )
