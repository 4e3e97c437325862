"""The memory that a server's processes have now."""

import re
from pathlib import Path

from tests.bench.measure import Measured, Ratio
from tests.bench.proxies.contenders import Contender
from tests.proxy import processes

_RESIDENT = re.compile(r'^VmRSS:\s+(\d+) kB$', re.MULTILINE)


def row(
    after: str, contender: Contender, budget: float | None = None
) -> Measured:
    """Return the row of a worker's memory *after* some work."""
    size = megabytes(contender)
    return Measured(
        f'proxy: memory of a worker after {after}, in MB',
        'no other: resident, when the work is done',
        Ratio(size, size, size),
        budget,
    )


def megabytes(contender: Contender) -> float:
    """Return the resident megabytes of its largest process."""
    return max(map(_of_one, processes.descendants(contender.pid))) / 1024


def _of_one(pid: int) -> int:
    found = _RESIDENT.search(Path(f'/proc/{pid}/status').read_text())
    return int(found[1]) if found else 0
