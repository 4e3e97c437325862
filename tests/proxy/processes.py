"""The open files and the memory of a server's processes."""

import contextlib
import re
from pathlib import Path

_PARENT = re.compile(r'^PPid:\s+(\d+)$', re.MULTILINE)
_PEAK = re.compile(r'^VmHWM:\s+(\d+) kB$', re.MULTILINE)


def descendants(pid):
    """Return the process *pid* and all below it."""
    children = {}
    for folder in Path('/proc').glob('[0-9]*'):
        # A process may end meanwhile.
        with contextlib.suppress(OSError):
            parent = int(_PARENT.search((folder / 'status').read_text())[1])
            children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def open_files(pid):
    """Return how many files each process has open."""
    return {
        one: len([*Path(f'/proc/{one}/fd').iterdir()])
        for one in descendants(pid)
    }


def peak_bytes(pid):
    """Return the most memory that each process has had."""
    peaks = {
        one: _PEAK.search(Path(f'/proc/{one}/status').read_text())
        for one in descendants(pid)
    }
    return {one: int(peak[1]) * 1024 for one, peak in peaks.items()}
