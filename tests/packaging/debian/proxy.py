"""The installed proxy, as the unit starts it, between stand-ins."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.cloud import ports, proxies, web
from tests.cloud.ports import HOST
from tests.cloud.processes import Service, surroundings
from tests.packaging.debian import page
from tests.packaging.debian.package import NAME
from tests.packaging.debian.root import Root
from tests.proxy.keystone import MEMBER, Keystone
from tests.proxy.nova import Nova, obliging

CONF = f'etc/{NAME}/{NAME}.conf'
UNIT = f'lib/systemd/system/{NAME}.service'
RECORDS = f'var/log/{NAME}/decisions.log'
_UWSGI = f'etc/{NAME}/uwsgi.ini'
# Refused when it is enforced: two parameters.
_UPDATE = {'server': {'name': 'a', 'description': 'b'}}


def command(root: Root) -> str:
    """Return what starts the proxy as the unit does, without systemd."""
    unit = root.read(UNIT)
    (start,) = re.findall(r'^ExecStart=(.*)$', unit, re.MULTILINE)
    (found,) = page.commands('Without systemd', page.PROXY)
    assert start in found
    return found


def moved(root: Root) -> str:
    """Give the proxy a free port, and return its URL.

    The shipped port may be that of a guard of this machine.
    """
    port = ports.free()
    root.write(_UWSGI, proxies.at(root.folder / _UWSGI, port))
    return f'http://{HOST}:{port}'


@contextmanager
def running(root: Root, url: str, log: Path) -> Iterator[None]:
    """Configure the proxy at *url* as the page says, and start it."""
    with closing(Keystone()) as keystone, closing(Nova()) as nova:
        nova.script(obliging)
        text = root.read(CONF)
        for shipped, ours in (
            ('# password =', 'password = secret'),
            ('http://127.0.0.1:5000', keystone.url),
            ('http://127.0.0.1:8774', nova.url),
            # The stand-in's catalog has no other.
            ('# interface = public', 'interface = public'),
        ):
            assert shipped in text, shipped
            text = text.replace(shipped, ours)
        root.write(CONF, text)
        service = Service(
            'the proxy of the package',
            root.command(command(root)),
            f'{url}/healthcheck',
            log,
            surroundings(),
        )
        service.start()
        try:
            service.wait(60)
            yield
        finally:
            service.stop()


def update(url: str) -> int:
    """Send an update of two parameters; return the status."""
    response = web.send(
        'PUT',
        f'{url}/v2.1/servers/s1',
        _UPDATE,
        {
            'X-Auth-Token': MEMBER,
            'OpenStack-API-Version': 'compute 2.19',
            'Content-Type': 'application/json',
        },
    )
    return response.status
