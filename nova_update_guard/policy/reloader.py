"""Something made from files, made again when they change."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

LOG = logging.getLogger(__name__)

T = TypeVar('T')
Look = Mapping[Path, os.stat_result]
# For each file, what is not the same once it has changed.
Changes = dict[Path, tuple[int, int, int, int]]

# How often the files are looked at, and how long a file that has just
# changed is given to be written to its end.
POLL_SECONDS = 0.5


class _ChangedError(Exception):
    """Files have changed while they were read; they are looked at again."""


class Reloader(Generic[T]):
    """Holds what *load* last made without an error.

    *look* returns the files there are. The first load's error is the
    caller's to see; later ones are logged, once each, and change nothing, and
    *failed* is told of each; *loaded* of what is in force from now on. Where
    the files say what they said before, *load* returns what it did.
    """

    def __init__(
        self,
        load: Callable[[], T],
        look: Callable[[], Look],
        failed: Callable[[], object] = lambda: None,
        loaded: Callable[[T], object] = lambda _: None,
    ) -> None:
        self._load = load
        self._look = look
        self._failed = failed
        self._loaded = loaded
        self._seen = self._pending = _changes(look())
        self._rejected: Changes | None = None
        self._made = load()
        loaded(self._made)
        self._looked = time.monotonic()
        self._lock = threading.Lock()
        self._said = ''

    def current(self) -> T:
        """Return what the files say; looks at them when it is time to.

        Whoever comes while another looks takes what there is, unless nobody
        has looked for longer: then that can be old, and it is waited for.
        """
        age = time.monotonic() - self._looked
        if age >= POLL_SECONDS and self._lock.acquire(
            blocking=age >= 2 * POLL_SECONDS
        ):
            try:
                if time.monotonic() - self._looked >= POLL_SECONDS:
                    self._refresh()
            finally:
                self._looked = time.monotonic()
                self._lock.release()
        return self._made

    def _refresh(self) -> None:
        said = ''
        is_said = False
        made = self._made
        changes = None
        try:
            look = self._look()
            changes = _changes(look)
            if changes == (self._rejected if self._said else self._seen):
                return
            if self._is_between(look):
                return
            made = self._read(changes)
            self._loaded(made)
            self._seen, self._rejected = changes, None
        except _ChangedError:
            return
        except OSError as error:
            # It can be as wrong at every look.
            said = str(error)
            is_said = said == self._said
        except Exception as error:
            # Whatever is wrong with a file, requests go on by the last good.
            # It is not read again before it is written again: with the same
            # mistake, perhaps, or another that has the same words.
            self._rejected = changes
            said = str(error) or type(error).__name__
        # Out of the handler, where oslo.log would say the error once more.
        if not is_said:
            self._tell(said, is_new=made is not self._made)
        self._made, self._said = made, said

    def _read(self, changes: Changes) -> T:
        """Return what files of these *changes* say, all of them.

        Raises _ChangedError where they are others when they have been read:
        what was read may be half of one, or the old one beside the new.
        """
        try:
            return self._load()
        finally:
            if _changes(self._look()) != changes:
                raise _ChangedError

    def _tell(self, said: str, is_new: bool) -> None:
        if said:
            LOG.error('%s; the rules in force stay as they were', said)
            self._failed()
        elif is_new:
            LOG.info('The policy files have changed and are in force')

    def _is_between(self, look: Look) -> bool:
        """Tell whether a file may just be being replaced or written.

        What was changed or removed just now counts when the next look finds
        the same. Without a file, or with half of it, the defaults would
        hold, which can be wider.
        """
        seen = _changes(look)
        is_second_look = seen == self._pending
        self._pending = seen
        gone = self._seen.keys() - seen.keys()
        times = [stat.st_ctime for stat in look.values()]
        times += [_changed_at(path.parent) for path in gone]
        is_fresh = time.time() - max(times, default=0) < POLL_SECONDS
        return is_fresh and not is_second_look


def _changed_at(folder: Path) -> float:
    """Return when *folder* last lost or got a file; now, if it is gone."""
    try:
        return folder.stat().st_ctime
    except OSError:
        return time.time()


def _changes(look: Look) -> Changes:
    return {
        path: (
            stat.st_ctime_ns,
            stat.st_mtime_ns,
            stat.st_size,
            stat.st_ino,
        )
        for path, stat in look.items()
    }
