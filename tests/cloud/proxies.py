"""The reverse proxies: the files that ship, told where this cloud is."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.cloud import config, files
from tests.cloud.ports import HOST, Ports
from tests.cloud.processes import ROOT
from tests.cloud.settings import UWSGI, Settings
from tests.cloud.state import State

SHIPPED = ROOT / 'etc' / 'nova-update-guard'

_SHIPPED_ADDRESS = '127.0.0.1:8871'
_APP = 'nova_update_guard.wsgi:application'
_WORKERS = 2
_THREADS = 16


class Proxy(NamedTuple):
    """One of the reverse proxies."""

    name: str
    port: int
    server: str

    @property
    def url(self) -> str:
        """Where it listens."""
        return f'http://{HOST}:{self.port}'


def proxies(ports: Ports, settings: Settings) -> Iterator[Proxy]:
    """Yield the proxies that stand before nova."""
    pairs = zip(ports.proxies, settings.proxies, strict=False)
    for number, (port, server) in enumerate(pairs, 1):
        yield Proxy(f'proxy-{number}', port, server)


def modules(settings: Settings) -> Iterator[str]:
    """Yield the Python modules that the proxies need besides nova's."""
    if settings.proxies:
        yield from ('httptools', 'oslo_middleware')
    if UWSGI in settings.proxies:
        yield 'pyuwsgi'


def command(python: Path, server: str) -> list[str | Path]:
    """Return the server of a proxy, in the folder of its configuration."""
    if server == UWSGI:
        return [python.with_name('uwsgi'), '--ini', 'uwsgi.ini']
    return [python, '-m', 'gunicorn']


def write(state: State, ports: Ports, settings: Settings) -> None:
    """Write the files of each proxy into a folder of its own."""
    conf = '\n'.join(
        (
            config.proxy(files.keystone_url(ports), files.nova_url(ports)),
            config.guard(f'{files.policy_file(state)}', settings.guard_conf),
            settings.proxy_conf,
        )
    )
    for proxy in proxies(ports, settings):
        files.write(
            files.folder(state, proxy.name),
            {
                'api-paste.ini': (SHIPPED / 'api-paste.ini').read_text(),
                'nova-update-guard.conf': conf,
                'uwsgi.ini': at(SHIPPED / 'uwsgi.ini', proxy.port),
                'gunicorn.conf.py': config.gunicorn(
                    _APP, proxy.port, _WORKERS, _THREADS
                ),
            },
        )


def at(sample: Path, port: int) -> str:
    """Return a file that ships, for another port."""
    text = sample.read_text()
    if _SHIPPED_ADDRESS not in text:
        raise ValueError(f'{sample} has no {_SHIPPED_ADDRESS}')
    return text.replace(_SHIPPED_ADDRESS, f'{HOST}:{port}')
