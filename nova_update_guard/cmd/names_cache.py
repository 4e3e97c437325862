"""Files in which names of projects and users are kept for the next report."""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import platformdirs

from nova_update_guard.report import names

MAX_AGE_SECONDS = 3600
_PROGRAM = 'nova-update-guard'


def file(account: Mapping[str, str]) -> Path:
    """Return the file for names that an *account* may see."""
    text = json.dumps(account, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    folder = Path(platformdirs.user_cache_dir(_PROGRAM))
    return folder / f'names-{digest}.json'


def read(path: Path) -> dict[str, dict[str, str]] | None:
    """Return the names in a file, or None if there are none to rely on.

    It must be young enough, and nobody else's to read or write, as must be
    its folder.
    """
    try:
        with _opened(path.parent) as folder:
            # A FIFO would wait for somebody who writes.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(path.name, flags, dir_fd=folder)
            with os.fdopen(descriptor, 'rb') as found:
                return _names_in(found)
    except (OSError, ValueError):
        pass
    return None


def _names_in(found: BinaryIO) -> dict[str, dict[str, str]] | None:
    about = os.fstat(found.fileno())
    is_ours = about.st_uid == os.geteuid()
    is_private = not about.st_mode & 0o077
    # A clock that was set back makes a file of the future.
    is_young = 0 <= time.time() - about.st_mtime < MAX_AGE_SECONDS
    if is_ours and is_private and is_young:
        return names.kept(found.read())
    return None


def write(path: Path, found: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the names *found* in a file for its owner alone.

    Raises OSError, also for a folder in which others can put a link.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = names.keep(found)
    # Another process may write at the same time.
    new = f'.{path.name}.{os.getpid()}'
    with _opened(path.parent) as folder:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = os.open(new, flags, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, 'w', encoding='utf-8') as kept:
            kept.write(text)
        os.replace(new, path.name, src_dir_fd=folder, dst_dir_fd=folder)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Yield a descriptor of a folder that is this user's alone.

    Whatever is put in its place then, as the owner of another's home can,
    files are opened in this one. Raises OSError.
    """
    try:
        folder = os.open(path, os.O_DIRECTORY | os.O_NOFOLLOW)
    except NotADirectoryError:
        raise _not_alone(path) from None
    try:
        about = os.fstat(folder)
        if about.st_uid != os.geteuid() or about.st_mode & 0o022:
            raise _not_alone(path)
        yield folder
    finally:
        os.close(folder)


def _not_alone(path: Path) -> OSError:
    return OSError(f'{path} is no folder of this user alone')
