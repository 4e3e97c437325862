"""The memory and files of the proxies' processes, over time."""

import re
import statistics
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.proxy import processes

_RESIDENT = re.compile(r'^VmRSS:\s+(\d+) kB$', re.MULTILINE)
_EVERY_SECONDS = 2.0
# Until a process has been asked by many, and before that it grows.
_WARM = 0.3


class Held(NamedTuple):
    """The memory and files of one process at one moment."""

    second: float
    kilobytes: int
    files: int


class Growth(NamedTuple):
    """A process's memory and files when it was warm, and at the end."""

    pid: int
    kilobytes: tuple[int, int]
    files: tuple[int, int]


class Machine:
    """Looks at the workers of the servers with these *pids*."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = [*pids]
        self._enough = threading.Event()
        self._held: dict[int, list[Held]] = {}

    def run(self) -> None:
        """Look until it is enough."""
        began = time.monotonic()
        while not self._enough.wait(_EVERY_SECONDS):
            for pid in self._pids:
                for one, files in processes.open_files(pid).items():
                    held = Held(
                        time.monotonic() - began, _kilobytes(one), files
                    )
                    self._held.setdefault(one, []).append(held)

    def end(self) -> None:
        """Look no more."""
        self._enough.set()

    def grown(self) -> list[Growth]:
        """Return how each process has grown, as medians of many looks."""
        return [
            Growth(
                pid,
                _before_and_after([one.kilobytes for one in held]),
                _before_and_after([one.files for one in held]),
            )
            for pid, held in sorted(self._held.items())
        ]


def _before_and_after(values: list[int]) -> tuple[int, int]:
    start = int(len(values) * _WARM)
    quarter = max(1, (len(values) - start) // 4)
    return (
        int(statistics.median(values[start : start + quarter])),
        int(statistics.median(values[-quarter:])),
    )


def _kilobytes(pid: int) -> int:
    status = Path(f'/proc/{pid}/status').read_text()
    found = _RESIDENT.search(status)
    return int(found[1]) if found else 0
