"""HAProxy before the proxies, with the sample that ships."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tests.cloud import files
from tests.cloud.ports import HOST, Ports
from tests.cloud.processes import Service, surroundings
from tests.cloud.proxies import SHIPPED
from tests.cloud.state import State

INSTALL = 'HAProxy is not installed: apt-get install haproxy'


def binary() -> str | None:
    """Return where HAProxy is, if it is installed."""
    # Not everybody's PATH has the folder that Debian keeps it in.
    return shutil.which('haproxy', path=f'{os.environ["PATH"]}:/usr/sbin')


def before(state: State, ports: Ports, port: int) -> Service:
    """Return HAProxy at *port* before the two proxies, not started."""
    return _service(state, port, sample(port, ports.proxies))


def alone(
    state: State,
    port: int,
    backend: int,
    changes: Mapping[str, str] = MappingProxyType({}),
) -> Service:
    """Return HAProxy at *port* before any other server, not started.

    *changes* are texts of the sample, and those in their place.
    """
    text = sample(port, (backend, backend))
    for shipped, ours in changes.items():
        if text.count(shipped) != 1:
            raise ValueError(f'haproxy.cfg: not one {shipped!r}')
        text = text.replace(shipped, ours)
    return _service(state, port, text)


def over(state: State, port: int, guards: tuple[int, int]) -> Service:
    """Return HAProxy at *port* before guards at other ports, not started."""
    return _service(state, port, sample(port, guards))


def sample(port: int, proxies: tuple[int, int]) -> str:
    """Return the file that ships, for these ports."""
    text = (SHIPPED / 'haproxy.cfg').read_text()
    for shipped, ours in (
        ('bind :8774', port),
        ('guard-1 127.0.0.1:8871', proxies[0]),
        ('guard-2 127.0.0.1:8872', proxies[1]),
    ):
        if text.count(f'{shipped}\n') != 1:
            raise ValueError(f'haproxy.cfg: not one {shipped!r}')
        what = shipped.split()[0]
        text = text.replace(f'{shipped}\n', f'{what} {HOST}:{ours}\n')
    return text


def _service(state: State, port: int, text: str) -> Service:
    folder = files.folder(state, f'haproxy-{port}')
    files.write(folder, {'haproxy.cfg': text})
    return Service(
        'haproxy',
        [Path(binary() or 'haproxy'), '-db', '-f', 'haproxy.cfg'],
        f'http://{HOST}:{port}/',
        state.log('haproxy'),
        surroundings(),
        folder,
    )
