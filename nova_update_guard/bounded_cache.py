"""Caches with a bound in bytes, whatever clients send.

A cache that is bounded in entries holds as much as its keys are long: a
thousand header names of 60 kB are 60 MB. What was used last stays.
"""

import functools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar('K', bound=Hashable)
S = TypeVar('S', str, bytes)
V = TypeVar('V')

# Characters. What most clients send is shorter; an attacker's need not be.
MAX_KEY = 128


def cached(
    entries: int,
) -> Callable[[Callable[[S], V]], Callable[[S], V]]:
    """Return a decorator that keeps the results for as many short keys.

    For a key longer than MAX_KEY the function is called anew.
    """

    def decorated(function: Callable[[S], V]) -> Callable[[S], V]:
        kept = functools.lru_cache(entries)(function)

        @functools.wraps(function)
        def call(key: S) -> V:
            return kept(key) if len(key) <= MAX_KEY else function(key)

        return call

    return decorated


class BoundedCache(Generic[K, V]):
    """Keeps the values used last, whose sizes add up to *limit* at most.

    Any thread may use it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return the value that was put in for *key*, if it is still there."""
        try:
            value, _ = self._kept[key]
            self._kept.move_to_end(key)
        except KeyError:
            # Perhaps only just: another thread makes room.
            return None
        return value

    def put(self, key: K, value: V, size: int) -> None:
        """Keep *value*, unless its *size* is beyond the limit by itself."""
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
    """Return the bytes that *value* takes, with all in its dicts and lists."""
    size = sys.getsizeof(value)
    if isinstance(value, dict):
        size += sum(map(size_of, value)) + sum(map(size_of, value.values()))
    elif isinstance(value, list | tuple):
        size += sum(map(size_of, value))
    return size
