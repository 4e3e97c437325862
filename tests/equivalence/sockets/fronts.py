"""Each real front of nova, configured as its documentation has it.

Behind all of them are the same two servers of the recorder, one under
gunicorn and one under uWSGI. A front is called by what stands before them.
"""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.cloud.processes import ROOT, Service, surroundings
from tests.equivalence.sockets import configs, recorder
from tests.proxy.listening import HOST

_BIN = Path(sys.executable).parent
_MODULES = Path('/usr/lib/apache2/modules')
_PYTHON = f'{sys.version_info.major}.{sys.version_info.minor}'
_MOD_WSGI = _MODULES / f'mod_wsgi.so-{_PYTHON}'
# Not everybody's PATH has the folder that Debian keeps servers in.
_PATH = f'{os.environ["PATH"]}:/usr/sbin'
# The path at which devstack serves nova.
_MOUNTED = '/compute'


class Place(NamedTuple):
    """Where a front keeps its files, and its port."""

    folder: Path
    port: int


class Novas(NamedTuple):
    """The recorder's ports: two speak HTTP, one speaks uwsgi.

    All that is reached is written to *records*.
    """

    gunicorn: int
    uwsgi: int
    uwsgi_protocol: int
    records: Path


class Front(NamedTuple):
    """Stands between the guard and nova; serves nova at *path*.

    What nova's server makes of that is *prefix*.

    *make* returns its service, not started, or None if the guard asks nova's
    own server, whose port is called *backend*. It needs the programs *needs*,
    and Apache's module *module*.
    """

    backend: str
    make: Callable[[Place, Novas], Service] | None = None
    needs: str | None = None
    module: Path | None = None
    path: str = ''
    prefix: str = ''

    @property
    def missing(self) -> str | None:
        """The reason to skip its tests."""
        if self.needs and not _program(self.needs):
            return f'{self.needs} is not installed'
        if self.module is None:
            return None
        if not self.module.exists():
            return f'{self.module} is not installed'
        if os.getuid() == 0 and not _not_as_root():
            return 'mod_wsgi does not run as root, and nobody else can be had'
        return None


def gunicorn(novas: Novas, folder: Path) -> Service:
    """Return nova under gunicorn, not started."""
    command = [_BIN / 'gunicorn', '-b', f'{HOST}:{novas.gunicorn}', '-w', '2']
    options = ['--preload', '--no-control-socket', recorder.__name__]
    return _service(
        'nova under gunicorn',
        [*command, *options],
        Place(folder, novas.gunicorn),
        **{recorder.FILE: str(novas.records)},
    )


def uwsgi(novas: Novas, folder: Path) -> Service:
    """Return nova under uWSGI, which speaks HTTP and uwsgi, not started."""
    ini = folder / 'nova.ini'
    ini.write_text(
        configs.UWSGI.format(
            host=HOST,
            module=recorder.__name__,
            http=novas.uwsgi,
            uwsgi=novas.uwsgi_protocol,
        )
    )
    return _service(
        'nova under uWSGI',
        [_BIN / 'uwsgi', '--ini', ini],
        Place(folder, novas.uwsgi),
        **{recorder.FILE: str(novas.records)},
    )


def _nginx(passing: str, place: Place, novas: Novas) -> Service:
    text = configs.NGINX.format(
        folder=place.folder,
        host=HOST,
        port=place.port,
        user=pwd.getpwuid(os.getuid()).pw_name,
        passing=passing.format(host=HOST, mounted=_MOUNTED, novas=novas),
    )
    file = place.folder / 'nginx.conf'
    file.write_text(text)
    command = [_program('nginx'), '-p', place.folder, '-c', file]
    return _service('nginx', command, place)


def _nginx_proxy(place: Place, novas: Novas) -> Service:
    return _nginx(configs.PROXY_PASS, place, novas)


def _nginx_uwsgi(place: Place, novas: Novas) -> Service:
    return _nginx(configs.UWSGI_PASS, place, novas)


def _apache(more: str, place: Place, novas: Novas) -> Service:
    as_user = _not_as_root() if os.getuid() == 0 else []
    text = configs.APACHE.format(
        folder=place.folder,
        host=HOST,
        modules=_MODULES,
        port=place.port,
        identity='' if as_user else configs.APACHE_USER,
        more=more,
    )
    file = place.folder / 'apache.conf'
    file.write_text(text)
    command = [_program('apache2'), '-f', file, '-DFOREGROUND']
    # mod_wsgi takes the standard library of the python3 that it finds, be it
    # another one.
    system = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}
    return _service('Apache', [*as_user, *command], place, **system)


def _apache_http(place: Place, novas: Novas) -> Service:
    more = configs.MOD_PROXY_HTTP.format(
        host=HOST, modules=_MODULES, novas=novas
    )
    return _apache(more, place, novas)


def _apache_uwsgi(place: Place, novas: Novas) -> Service:
    more = configs.MOD_PROXY_UWSGI.format(
        host=HOST, modules=_MODULES, novas=novas, mounted=_MOUNTED
    )
    return _apache(more, place, novas)


def _mod_wsgi(place: Place, novas: Novas) -> Service:
    script = place.folder / 'nova.wsgi'
    script.write_text(
        configs.SCRIPT.format(
            name=recorder.FILE,
            records=str(novas.records),
            module=recorder.__name__,
        )
    )
    more = configs.MOD_WSGI.format(
        folder=place.folder,
        module=_MOD_WSGI,
        packages=sysconfig.get_path('purelib'),
        root=ROOT,
        script=script,
    )
    return _apache(more, place, novas)


def _haproxy(place: Place, novas: Novas) -> Service:
    file = place.folder / 'haproxy.cfg'
    file.write_text(
        configs.HAPROXY.format(host=HOST, port=place.port, novas=novas)
    )
    command = [_program('haproxy'), '-db', '-f', file]
    return _service('HAProxy', command, place)


FRONTS = {
    'none': Front('gunicorn'),
    'uwsgi': Front('uwsgi'),
    'nginx-proxy': Front('uwsgi', _nginx_proxy, 'nginx', path=_MOUNTED),
    'nginx-uwsgi': Front('uwsgi', _nginx_uwsgi, 'nginx'),
    'apache-http': Front('uwsgi', _apache_http, 'apache2'),
    'apache-uwsgi': Front(
        'uwsgi', _apache_uwsgi, 'apache2', path=_MOUNTED, prefix=_MOUNTED
    ),
    'mod-wsgi': Front('', _mod_wsgi, 'apache2', _MOD_WSGI),
    'haproxy': Front('gunicorn', _haproxy, 'haproxy'),
}


def _service(
    name: str, command: list[str | Path], place: Place, **more: str
) -> Service:
    return Service(
        name,
        command,
        f'http://{HOST}:{place.port}/',
        place.folder / 'log',
        surroundings(**more),
    )


def _program(name: str) -> Path | None:
    found = shutil.which(name, path=_PATH)
    return Path(found) if found else None


@cache
def _not_as_root() -> list[str]:
    """Return the prefix of a command for a user other than root.

    Their files are those of root, outside of the name space. It is empty if
    the system does not allow it.
    """
    command = ['unshare', '--user', '--map-user=1000', '--map-group=1000']
    tried = subprocess.run([*command, 'true'], capture_output=True)
    return [] if tried.returncode else command
