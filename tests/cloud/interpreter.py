"""A look at the Python that the cloud is to run in."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tests.cloud.errors import CloudError

GUARD = 'nova_update_guard'
_NEEDED = ('nova', 'keystone', 'gunicorn')
# Each service's WSGI application, and what it was before 2025.1.
_KEYSTONE_APPS = (
    'keystone.wsgi.api:application',
    'keystone.server.wsgi:initialize_public_application()',
)
_NOVA_APPS = (
    'nova.wsgi.osapi_compute:application',
    'nova.api.openstack.compute.wsgi:init_application()',
)

# What is in the current folder does not count (-I): only what is installed.
_LOOK = """
import importlib.metadata, importlib.util, json, sys, sysconfig
missing = [m for m in sys.argv[1:] if importlib.util.find_spec(m) is None]
filters = importlib.metadata.entry_points(group='paste.filter_factory')
print(json.dumps({
    'missing': missing,
    'guard': 'update_guard' in filters.names,
    'data': sysconfig.get_path('data'),
    'code': sysconfig.get_path('purelib'),
}))
"""


class Services(NamedTuple):
    """nova's own api-paste.ini, and the WSGI applications for gunicorn."""

    sample_paste: str
    keystone_app: str
    nova_app: str


def services(python: Path, with_guard: bool, *more_modules: str) -> Services:
    """Return what the packages of *python* have; CloudError if some lack."""
    found = _look(python, *_NEEDED, *more_modules)
    missing = list(found['missing'])
    if with_guard and not found['guard']:
        missing.append(GUARD)
    if missing:
        raise CloudError(_lacks(python, missing))
    path = Path(found['data'], 'etc', 'nova', 'api-paste.ini')
    if not path.exists():
        raise CloudError(f'{python} has nova, but not its {path}')
    code = Path(found['code'])
    return Services(
        path.read_text(), _app(code, _KEYSTONE_APPS), _app(code, _NOVA_APPS)
    )


def _app(code: Path, apps: tuple[str, str]) -> str:
    """Return the first of *apps*, or the second where that is not there."""
    module = apps[0].partition(':')[0].replace('.', '/')
    return apps[0] if (code / f'{module}.py').exists() else apps[1]


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
