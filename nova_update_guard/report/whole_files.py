"""Files that are there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(name: str) -> Iterator[IO[str]]:
    """Yield a text file that takes its place as *name* when all went well.

    Until then it stands beside it, under a name that begins with a dot; so
    what cannot be written is known before anything is read. Raises OSError.
    """
    # Not the link, but what it leads to, is replaced.
    path = Path(name).resolve()
    if path.exists() and not path.is_file():
        raise OSError(f'{name} is no regular file')
    with tempfile.NamedTemporaryFile(
        'w',
        encoding='utf-8',
        dir=path.parent,
        prefix=f'.{path.name[:100]}.',
        delete=False,
    ) as file:
        try:
            yield file
            file.flush()
            _open_to_others(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise


def _open_to_others(descriptor: int) -> None:
    """Give a temporary file the mode of any new one."""
    mask = os.umask(0)
    os.umask(mask)
    os.fchmod(descriptor, 0o666 & ~mask)
