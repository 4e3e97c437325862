"""The Pythons of this machine, by version."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_ASK = 'import sys; print("%d.%d" % sys.version_info[:2])'


@functools.cache
def python(version: str) -> Path | None:
    """Return a Python of *version*, such as ``3.10``; None without one."""
    return next(
        (path for path in _candidates(version) if _is(path, version)), None
    )


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    if found := shutil.which(f'python{version}'):
        yield Path(found)
    root = Path(os.environ.get('PYENV_ROOT', Path.home() / '.pyenv'))
    yield from sorted(root.glob(f'versions/{version}.*/bin/python'))


def _is(path: Path, version: str) -> bool:
    """Return whether it runs; pyenv has a python3.10 that need not."""
    asked = subprocess.run(
        [path, '-I', '-c', _ASK], capture_output=True, text=True, check=False
    )
    return asked.returncode == 0 and asked.stdout.strip() == version
