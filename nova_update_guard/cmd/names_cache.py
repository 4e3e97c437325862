"""Files in which names of projects and users are kept for the next report."""

import hashlib
import json
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from nova_update_guard.report import names
from nova_update_guard.report.whole_files import whole_file

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

    It must be young enough, and nobody else's to read or write.
    """
    try:
        with path.open('rb') as found:
            about = os.fstat(found.fileno())
            is_ours = about.st_uid == os.geteuid()
            is_private = not about.st_mode & 0o077
            # A clock that was set back makes a file of the future.
            is_young = 0 <= time.time() - about.st_mtime < MAX_AGE_SECONDS
            if is_ours and is_private and is_young:
                return names.kept(found.read())
    except (OSError, ValueError):
        pass
    return None


def write(path: Path, found: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the names *found* in a file for its owner alone.

    Raises OSError, also for a folder in which others can put a link.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.lstat()
    is_ours = about.st_uid == os.geteuid() and not about.st_mode & 0o022
    if not (is_ours and stat.S_ISDIR(about.st_mode)):
        raise OSError(f'{folder} is no folder of this user alone')
    with whole_file(str(path), is_private=True) as kept:
        kept.write(names.keep(found))
