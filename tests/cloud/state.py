"""The folder in which a cloud keeps everything it has."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cloud.errors import CloudError

# What a killed cloud leaves behind is gone after a few seconds.
_PATIENCE_SECONDS = 15


@dataclass(frozen=True)
class State:
    """Paths below the state folder."""

    folder: Path

    @property
    def etc(self) -> Path:
        """Where the configuration files are."""
        return self.folder / 'etc'

    @property
    def logs(self) -> Path:
        """Where the services' logs are."""
        return self.folder / 'log'

    @property
    def pristine(self) -> Path:
        """The databases and keys as they were seeded."""
        return self.folder / 'pristine'

    @property
    def live(self) -> Path:
        """The databases and keys that the services use."""
        return self.folder / 'live'

    def log(self, name: str) -> Path:
        """Return the log file of a program."""
        return self.logs / f'{name}.log'


def state(folder: Path | str) -> State:
    """Return the paths in *folder*, which exists afterwards."""
    # Not resolve(): whoever made it a link wants to read the link's name.
    paths = State(Path(folder).absolute())
    for path in (paths.folder, paths.etc, paths.logs):
        _make(path)
    ignore = paths.folder / '.gitignore'
    if not ignore.exists():
        ignore.write_text('*\n')
    return paths


@contextmanager
def locked(paths: State) -> Iterator[int]:
    """Hold the state folder for ourselves; yield the lock's descriptor.

    Processes that inherit the descriptor hold it, too, until they end.
    """
    with (paths.folder / 'lock').open('a') as lock:
        _lock(lock.fileno(), paths.folder)
        yield lock.fileno()


def _lock(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CloudError(_taken(folder)) from None
            time.sleep(0.2)


def _taken(folder: Path) -> str:
    return (
        f'Another cloud is running from {folder}. Stop that one, or name '
        f'another folder with --state.'
    )


def _make(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CloudError(
            f'{path} cannot be made ({error.strerror}). Name a folder that '
            f'you can write to with --state.'
        ) from None
