"""The servers that are compared, before one stand-in for nova."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from tests.bench import documents, redactions
from tests.bench.proxies import guards
from tests.bench.proxies.wrk import Request
from tests.cloud import ports
from tests.cloud.ports import HOST
from tests.cloud.processes import Service, surroundings
from tests.proxy.keystone import Keystone

INSTALL = (
    'The proxy is not compared; it takes: apt-get install nginx-light '
    'libnginx-mod-http-lua lua-cjson wrk haproxy'
)
NEEDED = (
    '/usr/sbin/nginx',
    '/usr/sbin/haproxy',
    '/usr/bin/wrk',
    '/usr/lib/nginx/modules/ngx_http_lua_module.so',
    '/usr/lib/x86_64-linux-gnu/lua/5.1/cjson.so',
)
_HERE = Path(__file__).parent
_ID = documents.server(0)['id']
_SHOW = f'/v2.1/servers/{_ID}'
_DETAIL = '/v2.1/servers/detail'
REQUESTS = {
    'show': Request('GET', _SHOW),
    'PUT': Request('PUT', _SHOW, '{"server": {"name": "new"}}'),
    'detail of 1000 servers': Request('GET', _DETAIL),
}
SLOW_SECONDS = 0.1


class Contender(NamedTuple):
    """A server that was started: where it listens, and its process."""

    port: int
    pid: int


class Site(NamedTuple):
    """All that was started; *direct* is the stand-in itself.

    *slow* is where the stand-in takes SLOW_SECONDS for an answer, and
    *keystone* where tokens are known.
    """

    folder: Path
    keystone: str
    slow: int
    direct: Contender
    guard: Contender
    plain: Contender
    lua: Contender


def missing() -> list[str]:
    """Return the names of required programs that are missing."""
    return [path for path in NEEDED if not Path(path).exists()]


@contextmanager
def site() -> Iterator[Site]:
    """Yield the servers, which run until the block ends."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        keystone = stack.enter_context(closing(Keystone())).url
        nova, slow, guard, plain, lua = (ports.free() for _ in range(5))
        _write_responses(folder)
        started = [
            stack.enter_context(running(service))
            for service in (
                _nginx(folder, 'standin', _standin(nova, slow)),
                guards.service(folder / 'guard', guard, nova, keystone, 1),
                _nginx(folder, 'plain', {'port': plain, 'nova': nova}),
                _nginx(folder, 'lua', _lua(lua, nova)),
            )
        ]
        yield Site(
            folder,
            keystone,
            slow,
            *map(Contender, (nova, guard, plain, lua), started),
        )


@contextmanager
def running(service: Service) -> Iterator[int]:
    """Start *service* and yield its process id; it ends with the block."""
    service.start()
    try:
        service.wait()
        assert service.process is not None
        yield service.process.pid
    finally:
        service.stop()


def _write_responses(folder: Path) -> None:
    (folder / 'detail.json').write_bytes(documents.body(1000))


def _standin(port: int, slow: int) -> Mapping[str, object]:
    return {
        'port': port,
        'slow_port': slow,
        'slow_seconds': SLOW_SECONDS,
        'show': _SHOW,
        'detail': _DETAIL,
        'server': json.dumps({'server': documents.server(0)}),
        'version': MAX,
    }


def _lua(port: int, nova: int) -> Mapping[str, object]:
    """Return the default policy in the form that the Lua reads."""
    received = documents.server(0)
    redact = redactions.redacting(
        documents.body(1), redactions.caller({}, redactions.MEMBER)
    )
    left = redactions.document(redact())['servers'][0]
    return {
        'port': port,
        'nova': nova,
        'hidden': json.dumps([name for name in received if name not in left]),
        'editable': json.dumps({row.name: True for row in UPDATE_FIELDS}),
    }


def _nginx(folder: Path, name: str, values: Mapping[str, object]) -> Service:
    text = (_HERE / f'{name}.conf').read_text()
    file = folder / f'{name}.conf'
    file.write_text(text % {'folder': folder, **values})
    return Service(
        f'nginx ({name})',
        ['/usr/sbin/nginx', '-e', 'stderr', '-p', folder, '-c', file],
        f'http://{HOST}:{values["port"]}{_SHOW}',
        folder / f'{name}.log',
        surroundings(),
        folder,
    )
