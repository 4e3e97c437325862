"""A virtual environment for each release and Python, made once."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from tests.cloud.errors import CloudError
from tests.cloud.install import Installer, Report
from tests.cloud.processes import ROOT
from tests.cloud.state import State, locked
from tests.releases import pythons
from tests.releases.table import Release

_SOURCES = (ROOT / 'setup.cfg',)
# What the examples and the story need besides nova and keystone.
_TOOLS = ('gunicorn', 'hypothesis', 'pytest', 'WebTest')


def requirements(release: Release) -> list[str]:
    """Return what pip installs besides the guard."""
    return [
        f'nova=={release.nova}',
        f'keystone=={release.keystone}',
        *release.pins,
        *_TOOLS,
    ]


def installed_python(
    state: State, release: Release, version: str, report: Report
) -> Path:
    """Return a Python of *version* with the *release* and the guard.

    It is made the first time, and again when what it is made from changes.
    Raises CloudError, also without a Python of that version.
    """
    base = pythons.python(version)
    if base is None:
        raise CloudError(f'There is no Python {version} on this machine')
    venv = state.folder / f'venv-{_key(release, version)}'
    python = venv / 'bin' / 'python'
    # Written last: an interrupted installation has none.
    finished = venv / 'finished'
    if not finished.exists():
        with locked(state) as held:
            for other in state.folder.glob('venv-*'):
                shutil.rmtree(other)
            # Another nova may have other tables.
            shutil.rmtree(state.pristine, ignore_errors=True)
            installer = Installer(venv, state.log('install'), held, report)
            installer.log.unlink(missing_ok=True)
            installer.run([base, '-m', 'venv', venv], 'venv')
            installer.run(_pip(python, release), 'pip')
            finished.touch()
    return python


def versions(python: Path) -> dict[str, str]:
    """Return what is installed, by name."""
    listed = subprocess.run(
        [python, '-m', 'pip', 'list', '--format', 'freeze', '--quiet'],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return dict(line.split('==') for line in listed.split() if '==' in line)


def _pip(python: Path, release: Release) -> list[str | Path]:
    return [
        # Python compiles what is imported; pip would compile all.
        *(python, '-m', 'pip', 'install', '--no-compile'),
        *('--disable-pip-version-check', '--no-input'),
        *requirements(release),
        *('--editable', f'{ROOT}[proxy]'),
    ]


def _key(release: Release, version: str) -> str:
    """Return a key that changes when the environment must be made anew."""
    made_from = [version, str(ROOT), *requirements(release)]
    digest = sha256(' '.join(made_from).encode())
    for path in _SOURCES:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
