"""A look at the Python that the cloud is to run in."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.cloud.errors import CloudError

GUARD = 'nova_update_guard'
_NEEDED = ('nova', 'keystone', 'gunicorn')

# What is in the current folder does not count (-I): only what is installed.
_LOOK = """
import importlib.metadata, importlib.util, json, sys, sysconfig
missing = [m for m in sys.argv[1:] if importlib.util.find_spec(m) is None]
filters = importlib.metadata.entry_points(group='paste.filter_factory')
print(json.dumps({
    'missing': missing,
    'guard': 'update_guard' in filters.names,
    'data': sysconfig.get_path('data'),
}))
"""


def sample_paste(python: Path, with_guard: bool, *more_modules: str) -> str:
    """Return nova's own api-paste.ini, from the packages of *python*."""
    found = _look(python, *_NEEDED, *more_modules)
    missing = list(found['missing'])
    if with_guard and not found['guard']:
        missing.append(GUARD)
    if missing:
        raise CloudError(_lacks(python, missing))
    path = Path(found['data'], 'etc', 'nova', 'api-paste.ini')
    if not path.exists():
        raise CloudError(f'{python} has nova, but not its {path}')
    return path.read_text()


def require(python: Path, *modules: str) -> None:
    """Raise CloudError if *python* lacks one of the *modules*."""
    missing = list(_look(python, *modules)['missing'])
    if missing:
        raise CloudError(_lacks(python, missing))


def _look(python: Path, *modules: str) -> dict[str, Any]:
    command = [str(python), '-I', '-c', _LOOK, *modules]
    try:
        output = subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise CloudError(f'{python} is no usable Python: {error}') from None
    found: dict[str, Any] = json.loads(output)
    return found


def _lacks(python: Path, missing: list[str]) -> str:
    return (
        f'{python} lacks {", ".join(missing)}. Leave --python out, and an '
        f'environment that has everything is made in the state folder.'
    )
