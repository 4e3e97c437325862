"""Records that are sent somewhere, by a thread of its own.

A message bus that is slow, or not there, is no reason for a request to wait.
What the thread cannot keep up with is lost, and counted.
"""

import os
import queue
import threading
from collections.abc import Callable

from nova_update_guard.decisions import Record

# What waits to be sent: some seconds of a busy cloud, and no more memory.
_MAX_WAITING = 4096


class Notices:
    """Sends records to *send*; *lost* is told of each that could not be."""

    def __init__(
        self,
        send: Callable[[Record], object],
        lost: Callable[[], object],
    ) -> None:
        self._send = send
        self._lost = lost
        self._waiting: queue.Queue[Record] = queue.Queue(_MAX_WAITING)
        self._thread_of = 0

    def __call__(self, record: Record) -> None:
        """Have *record* sent. Raises queue.Full for one too many."""
        # A process that was forked has the queue and not the thread.
        if self._thread_of != os.getpid():
            self._thread_of = os.getpid()
            threading.Thread(target=self._sent, daemon=True).start()
        self._waiting.put_nowait(record)

    def _sent(self) -> None:
        while True:
            record = self._waiting.get()
            try:
                self._send(record)
            except Exception:
                # Of what goes wrong the library has told in the log.
                self._lost()
