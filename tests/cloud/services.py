"""The programs of the cloud."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cloud import files, proxies
from tests.cloud.ports import Ports
from tests.cloud.processes import Service, surroundings
from tests.cloud.settings import Settings
from tests.cloud.state import State


@dataclass(frozen=True)
class Services:
    """Keystone, nova-api, the stand-in for neutron and glance, proxies."""

    keystone: Service
    nova: Service
    standin: Service
    proxies: tuple[Service, ...]

    def __iter__(self) -> Iterator[Service]:
        return iter((self.keystone, self.nova, self.standin, *self.proxies))


def services(
    python: Path, state: State, ports: Ports, settings: Settings, held: int
) -> Services:
    """Return the services, none of them started."""
    return Services(
        _gunicorn('keystone', python, state, held, files.keystone_url(ports)),
        _gunicorn('nova', python, state, held, files.nova_url(ports)),
        Service(
            'standin',
            [python, '-m', 'tests.cloud.standin', str(ports.standin)],
            files.standin_url(ports),
            _fresh_log(state, 'standin'),
            surroundings(),
            held=(held,),
        ),
        tuple(
            _proxy(proxy, python, state, held)
            for proxy in proxies.proxies(ports, settings)
        ),
    )


def _gunicorn(
    name: str, python: Path, state: State, held: int, url: str
) -> Service:
    folder = files.folder(state, name)
    variable = f'OS_{name.upper()}_CONFIG_DIR'
    return Service(
        name,
        [python, '-m', 'gunicorn'],
        url,
        _fresh_log(state, name),
        surroundings(**{variable: str(folder)}),
        # gunicorn reads its gunicorn.conf.py from where it is started.
        folder,
        (held,),
    )


def _proxy(
    proxy: proxies.Proxy, python: Path, state: State, held: int
) -> Service:
    folder = files.folder(state, proxy.name)
    return Service(
        proxy.name,
        proxies.command(python, proxy.server),
        f'{proxy.url}/healthcheck',
        _fresh_log(state, proxy.name),
        surroundings(NOVA_UPDATE_GUARD_CONFIG_DIR=str(folder)),
        folder,
        (held,),
    )


def _fresh_log(state: State, name: str) -> Path:
    log = state.log(name)
    log.unlink(missing_ok=True)
    return log
