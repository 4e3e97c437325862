"""The cloud's own virtual environment, made once."""

import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from tests.cloud import processes
from tests.cloud.errors import CloudError, tail
from tests.cloud.processes import ROOT
from tests.cloud.state import State, locked

Report = Callable[[str], None]

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / 'requirements.txt'
_CONSTRAINTS = _HERE.parent / 'constraints.txt'
# What an environment is made from, besides its requirements.
SOURCES = (
    _CONSTRAINTS,
    ROOT / 'setup.cfg',
    ROOT / 'pyproject.toml',
)
# The proxy, and the commands that the demo names.
_EXTRAS = 'proxy,report,names'
_LOOK_EVERY_SECONDS = 0.5
# What the nova in requirements.txt runs on.
_OLDEST_PYTHON = (3, 11)
_COLLECTING = '\nCollecting '


def installed_python(state: State, report: Report) -> Path:
    """Return a Python that has nova, keystone and the guard.

    It is made the first time, and again when what it is made from changes;
    *report* hears how far it is, twice a second.
    """
    venv = state.folder / f'venv-{_key()}'
    # Written last: an interrupted installation has none.
    finished = venv / 'finished'
    if not finished.exists():
        with locked(state) as held:
            _remove_others(state)
            installer = Installer(venv, state.log('install'), held, report)
            installer.install(_REQUIREMENTS, _EXTRAS)
            finished.touch()
    return venv / 'bin' / 'python'


def _key() -> str:
    """Return a key that changes when the environment must be made anew."""
    digest = sha256(f'{sys.version_info[:2]} {ROOT}'.encode())
    for path in (*SOURCES, _REQUIREMENTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _remove_others(state: State) -> None:
    """Remove unfinished environments, and those made from something else."""
    for venv in state.folder.glob('venv-*'):
        shutil.rmtree(venv)


class Installer:
    """Makes the environment *venv*, and tells *report* how far it is."""

    def __init__(
        self, venv: Path, log: Path, held: int, report: Report
    ) -> None:
        self.venv = venv
        self.log = log
        self.held = held
        self.report = report
        self.began = time.monotonic()
        # The packages that a new environment has.
        self._bare = 0

    def install(self, requirements: Path, extras: str) -> None:
        """Make it, with *requirements* and the guard with its *extras*."""
        self.log.unlink(missing_ok=True)
        if sys.version_info < _OLDEST_PYTHON:
            raise CloudError(_too_old())
        if importlib.util.find_spec('ensurepip') is None:
            raise CloudError(_no_venv())
        self.run([sys.executable, '-m', 'venv', self.venv], 'venv')
        self.run(
            [
                *(self.venv / 'bin' / 'python', '-m', 'pip', 'install'),
                # Python compiles what is imported; pip would compile all.
                '--no-compile',
                *('--disable-pip-version-check', '--no-input'),
                *('--constraint', _CONSTRAINTS),
                *('--requirement', requirements),
                *('--editable', f'{ROOT}[{extras}]'),
            ],
            'pip',
        )

    def run(self, command: Sequence[str | Path], name: str) -> None:
        """Run *command*; CloudError if it fails."""
        if name == 'pip':
            self._bare = self._there()
        with processes.started(
            command, self.log, _surroundings(), held=(self.held,)
        ) as process:
            while process.poll() is None:
                said = self.log.read_text(errors='replace')
                seconds = time.monotonic() - self.began
                done = progress(said, self._there() - self._bare)
                self.report(f'{done}, {seconds:.0f} s')
                time.sleep(_LOOK_EVERY_SECONDS)
        if process.returncode:
            raise CloudError(_failed(name, self.log))

    def _there(self) -> int:
        return sum(1 for _ in self.venv.glob('lib/*/*/*.dist-info'))


def progress(said: str, there: int) -> str:
    """Return how far pip is, by what it has *said* and what is *there*.

    It collects packages, names all that it will install, and installs them.
    """
    _, is_named, rest = said.partition('\nInstalling collected packages: ')
    if not is_named:
        return f'collected {said.count(_COLLECTING)} packages'
    total = rest.partition('\n')[0].count(',') + 1
    return f'installed {min(there, total)} of {total} packages'


def _surroundings() -> dict[str, str]:
    """Return the environment for pip: the reader's own, proxies and all."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith('PYTHON')
    }


def _failed(name: str, log: Path) -> str:
    return (
        f'{name} could not make the environment of the cloud. It said:\n'
        f'{tail(log)}\n'
        'It needs a network, or a package index that PIP_INDEX_URL names; '
        'then start this again.\nOr name a Python that has everything '
        'with --python.'
    )


def _too_old() -> str:
    return (
        f'The cloud needs Python {".".join(map(str, _OLDEST_PYTHON))} or '
        f'newer, as its nova does; this is {sys.version.split()[0]}. Start '
        'it as, for example: python3.11 -m tests.cloud.demo'
    )


def _no_venv() -> str:
    return (
        f'{sys.executable} cannot make virtual environments: it has no '
        'ensurepip. Install it (on Debian and Ubuntu: apt install '
        'python3-venv), or name a Python that has nova, keystone, gunicorn '
        'and the guard with --python.'
    )
