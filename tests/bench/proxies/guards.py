"""The guard's proxy, as the files that ship have it."""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.cloud.ports import HOST
from tests.cloud.processes import Service, surroundings
from tests.proxy.serving import AUTHTOKEN, ETC

_CONF = """\
[proxy]
nova_endpoints = http://{host}:{nova}
[update_guard]
decision_log = {folder}/decisions.log
"""
_SOCKET = 'http-socket = 127.0.0.1:8871'
_CLOSES = 'add-header = Connection: close'
_THREADS = '16'
_PIPELINE = re.compile('^pipeline = .*$', re.MULTILINE)


def service(
    folder: Path,
    port: int,
    nova: int,
    keystone: str,
    processes: int,
    more: str = '',
) -> Service:
    """Return a proxy with so many worker *processes*, not yet started.

    *more* are lines of [keystone_authtoken].
    """
    configure(folder, nova, keystone, more)
    write_ini(folder, port, processes, {})
    return uwsgi(folder, port)


def keeping(
    folder: Path, port: int, nova: int, keystone: str, processes: int
) -> Service:
    """Return a proxy that keeps the connections of its clients."""
    configure(folder, nova, keystone)
    kept = {_SOCKET: f'http11-socket = {HOST}:{port}', _CLOSES: ''}
    write_ini(folder, port, processes, kept)
    return uwsgi(folder, port)


def nova_alone(folder: Path, port: int, nova: int, keystone: str) -> Service:
    """Return the proxy's app that asks nova, without a filter before it."""
    configure(folder, nova, keystone)
    paste = folder / 'api-paste.ini'
    text, count = _PIPELINE.subn('pipeline = nova', paste.read_text())
    assert count == 1, count
    paste.write_text(text)
    write_ini(folder, port, 1, {})
    return uwsgi(folder, port)


def gunicorn(folder: Path, port: int, nova: int, keystone: str) -> Service:
    """Return a proxy of one worker under gunicorn, as its file ships."""
    configure(folder, nova, keystone)
    changes = {
        "bind = '127.0.0.1:8871'": f"bind = '{HOST}:{port}'",
        'workers = 2': 'workers = 1',
    }
    file = folder / 'gunicorn.conf.py'
    file.write_text(_changed((ETC / file.name).read_text(), changes))
    return _serving(folder, port, ['gunicorn', '-c', file])


def granian(folder: Path, port: int, nova: int, keystone: str) -> Service:
    """Return a proxy of one worker under granian, for which no file ships."""
    configure(folder, nova, keystone)
    options = ['--interface', 'wsgi', '--host', HOST, '--port', str(port)]
    options += ['--blocking-threads', _THREADS, '--no-ws', '--no-log']
    command = ['granian', *options, 'nova_update_guard.wsgi:application']
    # As many threads as the others have, on one core like theirs.
    return _serving(folder, port, command, 'taskset', '-c', '0')


def configure(folder: Path, nova: int, keystone: str, more: str = '') -> None:
    """Write the configuration of a proxy into *folder*."""
    folder.mkdir(exist_ok=True)
    shutil.copy(ETC / 'api-paste.ini', folder)
    (folder / 'nova-update-guard.conf').write_text(
        _CONF.format(host=HOST, nova=nova, folder=folder)
        + AUTHTOKEN.format(keystone=keystone)
        + more
    )


def write_ini(
    folder: Path, port: int, processes: int, changes: dict[str, str]
) -> None:
    """Write uwsgi.ini as it ships into *folder*, with *changes* of lines."""
    changes = {
        _SOCKET: f'http-socket = {HOST}:{port}',
        'processes = 2': f'processes = {processes}',
        **changes,
    }
    text = _changed((ETC / 'uwsgi.ini').read_text(), changes)
    (folder / 'uwsgi.ini').write_text(text)


def uwsgi(folder: Path, port: int, **environ: str) -> Service:
    """Return uWSGI with the files of *folder*, not yet started."""
    command = ['uwsgi', '--ini', folder / 'uwsgi.ini']
    return _serving(folder, port, command, **environ)


def _serving(
    folder: Path,
    port: int,
    command: Sequence[str | Path],
    *before: str,
    **environ: str,
) -> Service:
    """Return *command*, of this Python's programs, not yet started."""
    program, *options = command
    return Service(
        f'the guard in {folder.name}',
        [*before, Path(sys.executable).with_name(str(program)), *options],
        f'http://{HOST}:{port}/healthcheck',
        folder / 'server.log',
        surroundings(
            NOVA_UPDATE_GUARD_CONFIG_DIR=str(folder),
            **_unit_environment(),
            **environ,
        ),
    )


def _changed(text: str, changes: dict[str, str]) -> str:
    for shipped, ours in changes.items():
        assert text.count(f'\n{shipped}\n') == 1, shipped
        text = text.replace(f'\n{shipped}\n', f'\n{ours}\n')
    return text


def _unit_environment() -> dict[str, str]:
    """Return the environment that the systemd unit sets."""
    unit = (ETC / 'nova-update-guard.service').read_text()
    settings = [
        line.removeprefix('Environment=').partition('=')
        for line in unit.splitlines()
        if line.startswith('Environment=')
    ]
    return {name: value for name, _, value in settings}
