"""``nova-update-guard``, as a program and in this process.

To start the program takes a second, most of it Python's and cliff's.
"""

import io
import logging
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import SimpleNamespace

import pytest

from nova_update_guard.cmd import main

COMMAND = Path(sys.executable).with_name('nova-update-guard')


def program(*arguments, stdin=b'', **options):
    """Run the program; return its status and the bytes it wrote."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        **options,
    )


def run(*arguments, stdin=b''):
    """Return the same, of the command in this process."""
    with io.TextIOWrapper(TemporaryFile()) as file:
        file.buffer.write(stdin)
        file.buffer.seek(0)
        return _run(arguments, file)


def _run(arguments, stdin):
    streams = {
        'stdout': io.TextIOWrapper(io.BytesIO()),
        'stderr': io.TextIOWrapper(io.BytesIO(), line_buffering=True),
    }
    with pytest.MonkeyPatch.context() as patch, _logging_as_it_was():
        patch.setattr(sys, 'argv', [str(COMMAND), *map(str, arguments)])
        # As with -W: what warns here is an error.
        patch.setattr(sys, 'warnoptions', ['error'])
        for name, stream in {'stdin': stdin, **streams}.items():
            patch.setattr(sys, name, stream)
        try:
            status = main.main()
        except SystemExit as error:
            status = error.code
    return SimpleNamespace(
        returncode=status,
        **{name: _written(stream) for name, stream in streams.items()},
    )


@contextmanager
def _logging_as_it_was():
    """Undo what cliff does to the root logger."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _written(stream):
    stream.flush()
    return stream.buffer.getvalue()
