"""HAProxy and two guards under uWSGI, as they ship, before a stand-in."""

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.bench import documents
from tests.bench.proxies import guards
from tests.cloud import haproxy
from tests.cloud.ports import FREE, claim
from tests.cloud.processes import Service
from tests.cloud.state import state
from tests.proxy import nova, strict
from tests.proxy.keystone import Keystone
from tests.proxy.listening import Listener

SERVER = '/v2.1/servers/one'
_PROCESSES = 2
# Not fork: there are threads.
SPAWN = multiprocessing.get_context('spawn')
# Of servers in the list that slow readers ask for: a whole page of nova's.
_SERVERS = 1000


@contextmanager
def site(folder: Path) -> Iterator[int]:
    """Yield HAProxy's port; all of it runs until the block ends."""
    with ExitStack() as stack:
        keystone = stack.enter_context(closing(Keystone())).url
        port = stack.enter_context(_nova())
        ports = claim(FREE)
        for guard in ports.proxies:
            service = guards.service(
                folder / f'guard-{guard}', guard, port, keystone, _PROCESSES
            )
            _start(service, stack)
        front = ports.nova or 0
        service = haproxy.before(state(folder / 'haproxy'), ports, front)
        # Its path leads to nova, by a guard: until one is up, it gets 503.
        _start(service, stack)
        yield front


@contextmanager
def started(target: Any, *arguments: Any) -> Iterator[Connection]:
    """Start *target* in a process of its own; yield the way to it.

    It is to end when something comes that way, or when its end does.
    """
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(
        target=target, args=(*arguments, theirs), daemon=True
    )
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def _start(service: Service, stack: ExitStack) -> None:
    stack.callback(service.stop)
    service.start()
    service.wait()


@contextmanager
def _nova() -> Iterator[int]:
    with started(_serve) as way:
        yield way.recv()


def _serve(way: Connection) -> None:
    """Be nova until the other end is closed."""
    responses = {
        b'GET /v2.1/servers/detail': nova.response(documents.body(_SERVERS)),
        b'': nova.response(
            json.dumps({'server': documents.server(0)}).encode()
        ),
    }

    def play(sock: Any) -> None:
        data = b''
        while more := sock.recv(65536):
            data += more
            while end := strict.end_of_request(data, 0):
                first = data.partition(b' HTTP/')[0]
                data = data[end:]
                sock.sendall(responses.get(first, responses[b'']))

    with closing(Listener(play)) as listener:
        way.send(listener.port)
        way.poll(None)
