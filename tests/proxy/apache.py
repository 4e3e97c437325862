"""The proxy under Apache and mod_wsgi, with the file that ships."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nova_update_guard
from tests.cloud.processes import Service, surroundings
from tests.cloud.proxies import SHIPPED
from tests.proxy.listening import HOST

NAME = 'apache'
_MODULE = Path('/usr/lib/apache2/modules/mod_wsgi.so')
_SITE_PACKAGES = Path(nova_update_guard.__file__).parents[1]
# Apache as root wants to become another user, who cannot read all of this.
_NO_ROOT = ('unshare', '-U', '--map-user=1000', '--map-group=1000')


def missing() -> str:
    """Return why it cannot be started here, if it cannot."""
    if not _binary() or not _MODULE.exists():
        return 'apt-get install apache2 libapache2-mod-wsgi-py3'
    ours = f'{sys.version_info.major}.{sys.version_info.minor}'
    if _python() != ours:
        return f'mod_wsgi is for Python {_python()}, this is {ours}'
    if os.geteuid() == 0:
        tried = subprocess.run(
            [*_NO_ROOT, 'true'], capture_output=True, check=False
        )
        if tried.returncode:
            return 'root cannot be anybody else here: unshare -U'
    return ''


def service(folder: Path, port: int, **environment: str) -> Service:
    """Return it, not yet started; *folder* has its configuration."""
    (folder / 'run').mkdir()
    file = folder / 'apache.conf'
    file.write_text(_sample(folder, port))
    return Service(
        f'the proxy under {NAME}',
        [
            *(_NO_ROOT if os.geteuid() == 0 else ()),
            *(_binary() or 'apache2', '-DFOREGROUND', '-f', str(file)),
        ],
        f'http://{HOST}:{port}/healthcheck',
        folder / 'server.log',
        surroundings(
            NOVA_UPDATE_GUARD_CONFIG_DIR=str(folder),
            # mod_wsgi takes the standard library of the python3 that it finds
            # here, be it another one.
            PATH='/usr/sbin:/usr/bin:/sbin:/bin',
            **environment,
        ),
    )


def _sample(folder: Path, port: int) -> str:
    text = (SHIPPED / 'apache.conf').read_text()
    # Not python-home: the standard library must be that of mod_wsgi's Python.
    packages = [path for path in sys.path if path.endswith('site-packages')]
    path = ':'.join([str(_SITE_PACKAGES), *packages])
    for shipped, ours in (
        ('Listen 127.0.0.1:8871', f'Listen {HOST}:{port}'),
        ('python-home=/opt/nova-update-guard', f'python-path={path}'),
        (
            ' /opt/nova-update-guard/lib/python3.11/site-packages/',
            f' {_SITE_PACKAGES}/',
        ),
        ('/var/log/nova-update-guard/apache.errors', f'{folder}/server.log'),
        ('body=30', 'body=2'),
    ):
        if text.count(shipped) != 1:
            raise ValueError(f'apache.conf: not one {shipped!r}')
        text = text.replace(shipped, ours)
    return text.replace('/run/nova-update-guard', f'{folder}/run')


def _binary() -> str | None:
    # Not everybody's PATH has the folder that Debian keeps it in.
    return shutil.which('apache2', path=f'{os.environ["PATH"]}:/usr/sbin')


def _python() -> str:
    """Return the version of Python that mod_wsgi has in it."""
    linked = subprocess.run(
        ['ldd', _MODULE], capture_output=True, text=True, check=False
    )
    found = re.search(r'libpython(3\.\d+)', linked.stdout)
    return found[1] if found else 'unknown'
