"""The guard's proxy, as the files that ship have it."""

import shutil
import sys
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


def service(
    folder: Path, port: int, nova: int, keystone: str, processes: int
) -> Service:
    """Return a proxy with so many worker *processes*, not yet started."""
    folder.mkdir()
    shutil.copy(ETC / 'api-paste.ini', folder)
    (folder / 'nova-update-guard.conf').write_text(
        _CONF.format(host=HOST, nova=nova, folder=folder)
        + AUTHTOKEN.format(keystone=keystone)
    )
    ini = folder / 'uwsgi.ini'
    ini.write_text(
        _changed(
            (ETC / 'uwsgi.ini').read_text(),
            {
                'http-socket = 127.0.0.1:8871': f'http-socket = {HOST}:{port}',
                'processes = 2': f'processes = {processes}',
            },
        )
    )
    return Service(
        'the guard',
        [Path(sys.executable).with_name('uwsgi'), '--ini', ini],
        f'http://{HOST}:{port}/healthcheck',
        folder / 'server.log',
        surroundings(
            NOVA_UPDATE_GUARD_CONFIG_DIR=str(folder), **_unit_environment()
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
