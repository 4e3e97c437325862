"""The servers that are compared, before one stand-in for nova."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.proxies import guards, nginx
from tests.bench.proxies.nginx import DECISIONS, DETAIL, SHOW
from tests.bench.proxies.wrk import CLOSE, KEEP, Request
from tests.cloud import ports
from tests.cloud.processes import Service
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
REQUESTS = {
    'show': Request('GET', SHOW),
    'PUT': Request('PUT', SHOW, '{"server": {"name": "new"}}'),
    'detail of 1000 servers': Request('GET', DETAIL),
}

# A client's that wants all servers.
PAGES = [Request('GET', path) for path in nginx.pages()]


class Contender(NamedTuple):
    """A server that was started: where it listens, its process, its files.

    It appends decisions to the file *decisions*, if it makes any.
    """

    port: int
    pid: int
    folder: Path

    @property
    def decisions(self) -> Path:
        """The file with a line for each decision."""
        return self.folder / DECISIONS


class Site(NamedTuple):
    """All that was started; *direct* is the stand-in itself.

    *slow* is where the stand-in takes SLOW_SECONDS for an answer, and
    *keystone* where tokens are known. *guards* are the guard as it ships,
    which closes connections, and one that keeps them.
    """

    folder: Path
    keystone: str
    slow: int
    direct: Contender
    guards: Mapping[str, Contender]
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
        slow = ports.free()

        def start(name: str, make: Any, *options: Any) -> Contender:
            return stack.enter_context(started(folder / name, make, *options))

        direct = start('standin', nginx.standin, slow)
        guard = direct.port, keystone, 1
        yield Site(
            folder,
            keystone,
            slow,
            direct,
            {
                CLOSE: start('closing', guards.service, *guard),
                KEEP: start('keeping', guards.keeping, *guard),
            },
            start('plain', nginx.plain, direct.port),
            start('lua', nginx.lua, direct.port),
        )


@contextmanager
def started(
    folder: Path, make: Callable[..., Service], *options: Any
) -> Iterator[Contender]:
    """Start what *make* makes of a folder, a port and *options*; yield it."""
    port = ports.free()
    folder.mkdir()
    with running(make(folder, port, *options)) as pid:
        yield Contender(port, pid, folder)


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
