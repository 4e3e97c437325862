"""Horizon's own virtual environment, made once."""

import shutil
import sys
from hashlib import sha256
from pathlib import Path

from tests.cloud.install import SOURCES, Installer, Report
from tests.cloud.processes import ROOT
from tests.cloud.state import State, locked

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / 'requirements.txt'
_SETTINGS = _HERE / 'local_settings.py'


def installed_python(state: State, report: Report) -> Path:
    """Return a Python that has Horizon, with its static files, and the guard.

    It is made the first time, and again when what it is made from changes;
    *report* hears how far it is.
    """
    venv = state.folder / f'horizon-{_key()}'
    python = venv / 'bin' / 'python'
    # Written last: an interrupted installation has none.
    finished = venv / 'finished'
    if not finished.exists():
        with locked(state) as held:
            for other in state.folder.glob('horizon-*'):
                shutil.rmtree(other)
            installer = Installer(
                venv, state.log('install-horizon'), held, report
            )
            installer.install(_REQUIREMENTS, 'horizon')
            (dashboard,) = venv.glob('lib/*/site-packages/openstack_dashboard')
            shutil.copy(_SETTINGS, dashboard / 'local' / 'local_settings.py')
            settings = '--settings=openstack_dashboard.settings'
            installer.run([python, '-m', 'django', 'compress', settings], 'it')
            finished.touch()
    return python


def _key() -> str:
    """Return a key that changes when the environment must be made anew."""
    digest = sha256(f'{sys.version_info[:2]} {ROOT}'.encode())
    for path in (*SOURCES, _REQUIREMENTS, _SETTINGS):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
