"""Writing the configuration files into the state folder."""

from collections.abc import Mapping
from pathlib import Path

from tests.cloud import config, paste
from tests.cloud.interpreter import Services
from tests.cloud.ports import HOST, Ports
from tests.cloud.settings import Settings
from tests.cloud.state import State


def keystone_url(ports: Ports) -> str:
    """Return the URL of keystone's API."""
    return f'http://{HOST}:{ports.keystone}/v3'


def nova_url(ports: Ports, version: str = '') -> str:
    """Return the URL of nova's API."""
    return f'http://{HOST}:{ports.nova}/{version}'


def standin_url(ports: Ports) -> str:
    """Return the URL of the stand-in."""
    return f'http://{HOST}:{ports.standin}'


def front_url(ports: Ports, settings: Settings, version: str = '') -> str:
    """Return the URL for clients: of a proxy, or of nova."""
    if settings.proxies:
        return f'http://{HOST}:{ports.proxy}/{version}'
    return nova_url(ports, version)


def endpoints(ports: Ports, settings: Settings) -> dict[str, str]:
    """Return the catalog: a URL for each type of service."""
    return {
        'identity': keystone_url(ports),
        'compute': front_url(ports, settings, 'v2.1'),
        'network': f'{standin_url(ports)}/network',
        'image': f'{standin_url(ports)}/image',
    }


def write_keystone(
    state: State, ports: Ports, settings: Settings, app: str
) -> None:
    """Write keystone's files; *app* is its WSGI application."""
    write(
        folder(state, 'keystone'),
        {
            'keystone.conf': f'{config.keystone(state)}\n'
            f'{settings.keystone_conf}\n',
            'gunicorn.conf.py': config.gunicorn(app, ports.keystone or 0, 1),
        },
    )


def write_nova(
    state: State, ports: Ports, settings: Settings, installed: Services
) -> None:
    """Write nova's files and the guard's."""
    conf = config.nova(state, keystone_url(ports), standin_url(ports))
    pipelines = paste.with_guard(
        installed.sample_paste,
        settings.pipelines,
        f'{guard_conf(state)}',
        settings.filter_lines,
    )
    write(
        folder(state, 'nova'),
        {
            'nova.conf': f'{conf}\n{settings.nova_conf}\n',
            'api-paste.ini': pipelines,
            'gunicorn.conf.py': config.gunicorn(
                installed.nova_app, ports.nova or 0, settings.workers
            )
            + settings.gunicorn_conf,
        },
    )
    text = config.guard(f'{policy_file(state)}', settings.guard_conf)
    guard_conf(state).write_text(text)
    write_policy(state, settings.policy)


def folder(state: State, service: str) -> Path:
    """Return where a service's configuration files are."""
    return state.etc / service


def guard_conf(state: State) -> Path:
    """Return where the guard's options are."""
    return state.etc / 'nova-update-guard.conf'


def policy_file(state: State) -> Path:
    """Return where the guard's policy is."""
    return state.etc / 'update-guard-policy.yaml'


def decisions(state: State) -> Path:
    """Return where the guard writes decision records, if it does."""
    return state.logs / 'decisions.json'


def write_policy(state: State, text: str) -> None:
    """Write the guard's policy, in one step for a guard that watches."""
    path = policy_file(state)
    unfinished = path.with_suffix('.unfinished')
    unfinished.write_text(text or '# nothing but the defaults\n')
    unfinished.replace(path)


def write(target: Path, texts: Mapping[str, str]) -> None:
    """Write *texts* into the folder *target*, by their names."""
    target.mkdir(exist_ok=True)
    for name, text in texts.items():
        (target / name).write_text(text)
