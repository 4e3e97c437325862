"""Reload an object that is made from files when they change."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

LOG = logging.getLogger(__name__)

T = TypeVar('T')
Stats = Mapping[Path, os.stat_result]
# By file, the values of its status that differ once it has changed.
Changes = dict[Path, tuple[int, int, int, int]]

# The time between two checks of the files, and the time that a file that has
# just changed is given to be written to its end.
POLL_SECONDS = 0.5


class _ChangedError(Exception):
    """Files have changed while they were read; they will be checked again."""


class Reloader(Generic[T]):
    """Holds the last result of *load* without an error.

    *stat* returns the files that exist. An error of the first load is raised;
    later ones are logged, once each, and change nothing, and *failed* is
    called for each. *loaded* is called with the result of each load, and
    *forked* when a process that was forked first asks for the result. If the
    files have the same content as before, *load* returns the same object.
    *name* is how the log names a result.
    """

    def __init__(
        self,
        load: Callable[[], T],
        stat: Callable[[], Stats],
        failed: Callable[[], object] = lambda: None,
        loaded: Callable[[T], object] = lambda _: None,
        forked: Callable[[], object] = lambda: None,
        name: Callable[[T], str] = str,
    ) -> None:
        self._load = load
        self._stat = stat
        self._failed = failed
        self._loaded = loaded
        self._forked = forked
        self._name = name
        self._seen = self._pending = _changes(stat())
        self._rejected: Changes | None = None
        self._made = load()
        loaded(self._made)
        self._checked_at = time.monotonic()
        self._lock = threading.Lock()
        self._problem = ''
        self._process = os.getpid()

    def current(self) -> T:
        """Return the result in force; check the files first if it is time to.

        While another thread checks them, the present result is returned,
        unless the last check is too old: then the caller waits for that
        thread.
        """
        if self._process != os.getpid():
            self._begin_process()
        age = time.monotonic() - self._checked_at
        lock = self._lock
        if age >= POLL_SECONDS and lock.acquire(
            blocking=age >= 2 * POLL_SECONDS
        ):
            try:
                if time.monotonic() - self._checked_at >= POLL_SECONDS:
                    self._refresh()
            finally:
                self._checked_at = time.monotonic()
                lock.release()
        return self._made

    def _begin_process(self) -> None:
        """Begin anew after a fork, which no other thread has survived.

        nova-api's own server, and others that load the guard before they
        fork, can fork while a thread checks the files and holds the lock.
        """
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._forked()

    def _refresh(self) -> None:
        problem, before, old = '', self._seen, self._made
        is_logged = False
        changes = None
        try:
            stats = self._stat()
            changes = _changes(stats)
            if changes == (self._rejected if self._problem else self._seen):
                return
            if self._is_between(stats):
                return
            made = self._read(changes)
            self._loaded(made)
            # A process that is forked before the second line loads again.
            self._made = made
            self._seen, self._rejected = changes, None
        except _ChangedError:
            return
        except OSError as error:
            # The same error can recur at every check.
            problem = str(error)
            is_logged = problem == self._problem
        except Exception as error:
            # After any error in a file, requests go on with the last good
            # result. The file is not read again before it is written again:
            # with the same mistake, perhaps, or another that has the same
            # message.
            self._rejected = changes
            problem = str(error) or type(error).__name__
        # Outside of the handler, in which oslo.log would log the error once
        # more.
        said, self._problem = self._problem, problem
        if not is_logged:
            self._log(problem, said, before, is_new=self._made is not old)

    def _read(self, changes: Changes) -> T:
        """Return the result of a load during which no file has changed.

        Raises _ChangedError if the files differ from *changes* after the load:
        the result may be of half a file, or of an old one beside a new one.
        """
        try:
            return self._load()
        finally:
            if _changes(self._stat()) != changes:
                raise _ChangedError

    def _log(
        self, problem: str, said: str, before: Changes, is_new: bool
    ) -> None:
        if problem:
            LOG.error('%s; the old rules stay in force', problem)
            self._failed()
        elif is_new:
            for path in sorted(before.keys() - self._seen.keys()):
                LOG.warning(
                    '%s: there is no policy file any more: the documented '
                    'defaults hold for what only it set',
                    path,
                )
            LOG.info('The changed policy files are in force')
        elif said:
            # The old content again: without this line, the log would end
            # with the error.
            LOG.info(
                'The policy files are right again: %s is in force',
                self._name(self._made),
            )

    def _is_between(self, stats: Stats) -> bool:
        """Return whether a file may just be being replaced or written.

        A recent change or removal counts when the next check finds the same.
        Without a file, or with half of it, the defaults would hold, which can
        be more permissive.
        """
        seen = _changes(stats)
        is_unchanged = seen == self._pending
        self._pending = seen
        gone = self._seen.keys() - seen.keys()
        times = [stat.st_ctime for stat in stats.values()]
        times += [_changed_at(path.parent) for path in gone]
        is_fresh = time.time() - max(times, default=0) < POLL_SECONDS
        return is_fresh and not is_unchanged


def _changed_at(folder: Path) -> float:
    """Return the time of the last change of *folder*; now, if it is gone."""
    try:
        return folder.stat().st_ctime
    except OSError:
        return time.time()


def _changes(stats: Stats) -> Changes:
    return {
        path: (
            stat.st_ctime_ns,
            stat.st_mtime_ns,
            stat.st_size,
            stat.st_ino,
        )
        for path, stat in stats.items()
    }
