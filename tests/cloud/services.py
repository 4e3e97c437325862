"""The three programs of the cloud."""

from dataclasses import dataclass
from pathlib import Path

from tests.cloud import files
from tests.cloud.ports import Ports
from tests.cloud.processes import Service, surroundings
from tests.cloud.state import State


@dataclass(frozen=True)
class Services:
    """Keystone, nova-api and the stand-in for neutron and glance."""

    keystone: Service
    nova: Service
    standin: Service


def services(python: Path, state: State, ports: Ports, held: int) -> Services:
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


def _fresh_log(state: State, name: str) -> Path:
    log = state.log(name)
    log.unlink(missing_ok=True)
    return log
