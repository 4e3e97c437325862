"""The small real cloud with a Horizon on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cloud import config, files, ports
from tests.cloud.cloud import Cloud
from tests.cloud.identity import Identity
from tests.cloud.people import ADMIN
from tests.cloud.ports import FREE, HOST
from tests.cloud.processes import ROOT, Service, surroundings
from tests.cloud.settings import UWSGI, Settings
from tests.cloud.state import State

LOGIN = '/auth/login/'
MODULE = 'nova_update_guard.horizon.customization'
# Horizon gets a token of its own for each page; without a memory keystone
# would take seconds over them.
_KEYSTONE = '[cache]\nenabled = true\nbackend = oslo_cache.dict\n'
_PROFILE = ROOT / 'etc' / 'nova-update-guard' / 'profiles' / 'horizon.conf'


def settings(proxy: bool = False) -> Settings:
    """Return the settings of a cloud for Horizon, with its profile."""
    return Settings(
        keystone_conf=_KEYSTONE,
        guard_conf=_PROFILE.read_text().partition('[update_guard]\n')[2],
        proxies=(UWSGI,) if proxy else (),
    )


@contextmanager
def cloud(
    python: Path | str,
    state: State,
    chosen: Settings,
    say: Callable[[str], None],
) -> Iterator[Cloud]:
    """Yield a running cloud that has cinder in its catalog, too."""
    with Cloud(python, state, FREE, chosen, say) as running:
        url = f'{files.standin_url(running.ports)}/volume/v3'
        admin = running.token(ADMIN).id
        Identity(running.keystone_url, admin).register({'volumev3': url})
        yield running


@contextmanager
def horizon(
    python: Path, cloud: Cloud, module: str | None = None
) -> Iterator[Service]:
    """Yield a running Horizon, with *module* as its customization module."""
    name = f'horizon-{"with" if module else "without"}-module'
    folder = files.folder(cloud.state, name)
    port = ports.free()
    conf = config.gunicorn('tests.horizon.wsgi:application', port, 1, 8)
    files.write(
        folder, {'gunicorn.conf.py': f'{conf}\npythonpath = {str(ROOT)!r}\n'}
    )
    log = cloud.log(name)
    log.unlink(missing_ok=True)
    chosen = {'HORIZON_KEYSTONE_URL': cloud.keystone_url}
    if module:
        chosen['HORIZON_CUSTOMIZATION'] = module
    service = Service(
        name,
        [python, '-W', 'ignore', '-m', 'gunicorn'],
        f'http://{HOST}:{port}{LOGIN}',
        log,
        surroundings(**chosen),
        folder,
    )
    service.start()
    try:
        service.wait()
        yield service
    finally:
        service.stop()
