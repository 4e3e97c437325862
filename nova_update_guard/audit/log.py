"""Decision records: one line of JSON for each decision.

They are written to a file of their own, or to a logger. A failure to write
one is logged once, and never fails a request.
"""

import datetime
import errno
import json
import logging
import logging.handlers
import os
import random
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from nova_update_guard.audit import record as decisions
from nova_update_guard.audit.record import REFUSE, Record, Verdict
from nova_update_guard.layers.keyed_hash import ValueHashers
from nova_update_guard.layers.modes import AUDIT
from nova_update_guard.middleware.decision import Decision
from nova_update_guard.middleware.request import GuardedRequest

LOG = logging.getLogger(__name__)
DECISIONS = logging.getLogger('nova_update_guard.decisions')

# The file's group may read decisions; others may not.
_MODE = 0o640

# Takes a record; may raise.
Sink = Callable[[Record], object]


class Sampling(NamedTuple):
    """The shares, 0 to 1, of allowed requests that are recorded.

    Of *changes*, and of *reads*, which are all other requests. Violations,
    and redactions that the mode ``audit`` did not enforce, are always
    recorded.
    """

    changes: float
    reads: float

    def share(self, decision: Decision, verdict: Verdict) -> float:
        """Return the share of decisions like *decision* that is recorded."""
        said, mode = verdict
        if said == REFUSE or (decision.redacts and mode == AUDIT):
            return 1.0
        changes = decision.operation in ('update', 'action', 'create')
        return self.changes if changes else self.reads


class Records:
    """Writes decisions to *sinks*; calls *lost* for each that fails."""

    def __init__(
        self,
        sinks: Sequence[Sink],
        sampling: Sampling,
        value_hashers: ValueHashers,
        lost: Callable[[], object],
    ) -> None:
        self._sinks = sinks
        self._sampling = sampling
        self._value_hashers = value_hashers
        self._lost = lost
        self._said = ''

    def __call__(self, request: GuardedRequest, decision: Decision) -> None:
        """Record *decision*, unless sampling leaves it out."""
        verdict = decisions.verdict(decision)
        share = self._sampling.share(decision, verdict)
        # Sampling needs no cryptographic randomness.
        if share < 1 and random.random() >= share:  # noqa: S311
            return
        record = made(request, decision, verdict, share, self._value_hashers)
        for sink in self._sinks:
            try:
                sink(record)
            except Exception as error:
                problem = f'{type(error).__name__}: {_reason(error)}'
            else:
                continue
            self._lost()
            self._say(problem)

    def _say(self, problem: str) -> None:
        """Log *problem*, unless it is the same as the last one."""
        if problem != self._said:
            self._said = problem
            LOG.error('A decision record could not be written: %s', problem)


class File(logging.handlers.WatchedFileHandler):
    """A file of lines for several processes, which logrotate may move.

    A line is one write to the end of the file, so lines never mix.
    Raises OSError if the file cannot be written, also from the constructor.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._is_torn = False

    def __del__(self) -> None:
        # A WSGI application has no shutdown hook.
        stream = getattr(self, 'stream', None)
        if stream:
            stream.close()

    def __call__(self, record: Record) -> None:
        """Write *record* as a line, under the handler's own lock."""
        data = line(record) + b'\n'
        self.acquire()
        try:
            self._write(data)
        finally:
            self.release()

    def _open(self) -> Any:
        # Unbuffered: a buffer could be written in pieces.
        return os.fdopen(_opened(self.baseFilename), 'ab', 0)

    def _write(self, data: bytes) -> None:
        self.reopenIfNeeded()
        if self.stream is None:
            # A new file could not be opened when the old one was moved.
            self.stream = self._open()
        data = b'\n' + data if self._is_torn else data
        try:
            written = os.write(self.stream.fileno(), data)
        except BlockingIOError as error:
            raise OSError(error.errno, 'its reader is too slow') from None
        # A full disk takes only the beginning of a line.
        self._is_torn = written < len(data)
        if self._is_torn:
            raise OSError(
                errno.ENOSPC, 'the last line was written only in part'
            )


def _opened(path: str) -> int:
    """Return the descriptor of the file at *path*; a new one gets _MODE.

    An existing file keeps its mode, which the operator chose. A pipe, as
    /dev/stdout can be, is not waited for: neither for a reader, nor until it
    has read.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    flags |= os.O_NONBLOCK
    try:
        file = os.open(path, flags | os.O_EXCL, _MODE)
    except FileExistsError:
        file = _existing(path, flags)
        mode = os.fstat(file).st_mode
        if stat.S_ISREG(mode) and mode & stat.S_IROTH:
            LOG.warning(
                'decision_log = %s: all users of this host can read it, and '
                'it says who changes what. Run chmod o= on it',
                path,
            )
    else:
        # Independent of the umask.
        os.fchmod(file, _MODE)
    return file


def _existing(path: str, flags: int) -> int:
    """Return the descriptor of *path*. Raises OSError, which says why."""
    try:
        return os.open(path, flags, _MODE)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        is_pipe = Path(path).is_fifo()
        # The system says "No such device or address".
        reason = (
            'it is a pipe that nobody reads'
            if is_pipe
            else 'it cannot be opened for writing: name a file'
        )
        raise OSError(error.errno, reason) from None


def log(record: Record) -> None:
    """Write *record* as a line to the logger of decisions."""
    if DECISIONS.isEnabledFor(logging.INFO):
        DECISIONS.info('%s', line(record).decode())


def line(record: Record) -> bytes:
    """Return *record* as one line of ASCII."""
    data = msgspec.json.encode(record)
    if not data.isascii():
        data = json.dumps(record).encode()
    # JSON does not escape DEL, which is a control character to a terminal.
    return data.replace(b'\x7f', b'\\u007f')


def made(
    request: GuardedRequest,
    decision: Decision,
    verdict: Verdict,
    share: float,
    value_hashers: ValueHashers,
) -> Record:
    """Return the record of *decision*, with the *share* that is recorded."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        'time': now.isoformat(timespec='microseconds').replace('+00:00', 'Z'),
        **decisions.record(request, decision, verdict, value_hashers),
        'sample': share,
    }


def _reason(error: Exception) -> str:
    """Return the system's message; other messages may quote the record."""
    return str(getattr(error, 'strerror', None) or 'no reason given')
