"""Read the files, and the standard input, of a report."""

import os
import sys
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from nova_update_guard.report.findings import Record
from nova_update_guard.report.lines import records
from nova_update_guard.report.progress import bar
from nova_update_guard.report.tally import Lines

STDIN = '-'


def read(
    names: Sequence[str], lines: Lines, is_quiet: bool
) -> Iterator[Record]:
    """Yield the records in the files *names*, and show a progress bar.

    Their lines are counted in *lines*. Raises OSError, before it reads
    anything where that can be known.
    """
    if not names and sys.stdin.isatty():
        raise OSError('Nothing to read: name files, or pipe records in')
    names = names or [STDIN]
    for name in names:
        _refuse_unreadable(name)
    with bar(names, is_quiet) as watched:
        for name in names:
            title = 'standard input' if name == STDIN else name
            with _opened(name) as file:
                yield from records(watched(file), title, lines)


def _opened(name: str) -> BufferedReader:
    if name == STDIN:
        return os.fdopen(sys.stdin.fileno(), 'rb', closefd=False)
    return Path(name).open('rb')


def _refuse_unreadable(name: str) -> None:
    # Not opened: closing a pipe would give its writer an error.
    path = Path(name)
    if name == STDIN:
        return
    if path.is_dir():
        raise OSError(f'{name} is a folder; name the files in it')
    if not path.exists():
        raise OSError(f'There is no file {name}; - is standard input')
    if not os.access(path, os.R_OK):
        raise OSError(f'{name} cannot be read by this user')
