"""The samples that nova's source release carries, and its wheel does not."""

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tests.cloud.state import state

_SAMPLES = ('doc', 'api_samples')


def docs(folder: Path) -> Path:
    """Return nova's ``doc`` with the samples; pip downloads it once."""
    release = f'nova-{metadata.version("nova")}'
    doc = state(folder).folder / release / 'doc'
    # Written last: what was interrupted has none.
    finished = doc / 'finished'
    if not finished.exists():
        print(f'Downloading the source of {release} to {folder}', flush=True)
        _unpack(_download(folder, release), folder)
        finished.touch()
    return doc


def _download(folder: Path, release: str) -> Path:
    pip = (sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps')
    subprocess.run(
        [
            *pip,
            *('--disable-pip-version-check', '--no-binary', 'nova'),
            *('--dest', folder, release.replace('-', '==')),
        ],
        check=True,
    )
    return folder / f'{release}.tar.gz'


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as opened:
        opened.extractall(folder, _samples(opened), filter='data')
    archive.unlink()


def _samples(opened: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in opened:
        if Path(member.name).parts[1:3] == _SAMPLES:
            yield member
