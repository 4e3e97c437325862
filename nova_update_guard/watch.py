"""Something made from files, made again when they change."""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

LOG = logging.getLogger(__name__)

T = TypeVar('T')
Look = Mapping[Any, Hashable]

# How long a change may go unseen.
POLL_SECONDS = 0.5


class Watch(Generic[T]):
    """Holds what *load* last made without an error.

    *look* returns, for each file, what changes when it does. The first
    load's error is the caller's to see; later ones are logged, once each,
    and change nothing.
    """

    def __init__(
        self, load: Callable[[], T], look: Callable[[], Look]
    ) -> None:
        self._load = load
        self._look = look
        self._seen = self._missing_in = look()
        self._made = load()
        self._next_look = time.monotonic() + POLL_SECONDS
        self._lock = threading.Lock()

    def current(self) -> T:
        """Return what the files say; looks at them when it is time to."""
        due = time.monotonic() >= self._next_look
        if due and self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._next_look = time.monotonic() + POLL_SECONDS
                self._lock.release()
        return self._made

    def _refresh(self) -> None:
        try:
            seen = self._look()
            if seen == self._seen or self._is_between(seen):
                return
            self._seen = seen
            self._made = self._load()
            LOG.info('The policy files have changed and are in force')
        except Exception as error:
            # Whatever is wrong with a file, requests go on by the last good.
            LOG.error(
                '%s: %s; the rules in force stay as they were',
                type(error).__name__,
                error,
            )

    def _is_between(self, seen: Look) -> bool:
        """Tell whether a file may just be being replaced.

        A file that is gone for one look is not taken for removed: without it
        the defaults would hold, which can be wider.
        """
        gone = self._seen.keys() - seen.keys()
        first_time = bool(gone) and seen != self._missing_in
        self._missing_in = seen
        return first_time
