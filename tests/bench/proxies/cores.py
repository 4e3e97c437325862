"""The share of a core that a server's processes have used."""

import contextlib
from pathlib import Path

from tests.proxy import processes

_NANOSECONDS = 1e-9


def seconds(pid: int) -> float:
    """Return the processor seconds of *pid*, and of all below it, so far."""
    return sum(map(_of_one, processes.descendants(pid)))


def _of_one(pid: int) -> float:
    spent = 0
    for thread in Path(f'/proc/{pid}/task').iterdir():
        # A thread may end meanwhile.
        with contextlib.suppress(OSError):
            # Finer than the ticks of its stat.
            spent += int((thread / 'schedstat').read_text().split()[0])
    return spent * _NANOSECONDS
