"""Write files that exist completely or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(name: str) -> Iterator[IO[str]]:
    """Yield a text file that replaces *name* if there is no error.

    Until then it is beside it, under a name that begins with a dot; so it is
    known before anything is read that a file cannot be written.
    Raises OSError.
    """
    # The target of a link is replaced, not the link.
    path = Path(name).resolve()
    if path.exists() and not path.is_file():
        raise OSError(f'{name} is not a regular file')
    if not path.parent.is_dir():
        # Otherwise the error would name a file that nobody asked for.
        raise OSError(f'{name}: there is no folder {path.parent}')
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
    """Give a temporary file the mode of any other new file."""
    mask = os.umask(0)
    os.umask(mask)
    os.fchmod(descriptor, 0o666 & ~mask)
