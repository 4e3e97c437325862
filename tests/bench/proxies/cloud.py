"""What a client of a real nova notices of the proxy: its response times.

nova and keystone are those of tests/cloud, with MariaDB: of several updates
at once nova refuses some with SQLite.
"""

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.measure import Measured, spread
from tests.bench.proxies import contenders, mariadb, wrk
from tests.bench.proxies.wrk import Found, Request
from tests.cloud.cloud import Cloud
from tests.cloud.people import MEMBER
from tests.cloud.ports import FREE
from tests.cloud.servers import RENAMED, SERVERS
from tests.cloud.settings import UWSGI, Settings
from tests.cloud.state import state

ROUNDS = 5
# Of each of the two, in every round: nova takes some ten milliseconds.
SECONDS = 5
_WORKERS = 2
_P50, _P99 = 1.015, 1.05
_SHOW = [Request('GET', f'/v2.1/servers/{RENAMED.id}')]
# Of all servers of a project in turn, so that updates at the same time are of
# different rows; each in turn to another name, which makes nova write.
_PUT = [
    Request('PUT', f'/v2.1/servers/{server.id}', f'{{"server": {name}}}')
    for name in ('{"name": "new"}', '{"name": "old"}')
    for server in SERVERS
    if server.owner is MEMBER
]
_WORK = (('show', _SHOW), ('PUT', _PUT))
_CONNECTIONS = (1, 16)
# By name, which requirements bring it.
_MODULES = {
    'keystone': 'tests/cloud/requirements.txt',
    'pymysql': 'tests/bench/requirements.txt',
}


def rows() -> list[Measured]:
    """Return the rows; none, and a line on standard error, if any lacks."""
    if lacking := _missing():
        _say(f'No rows with a real nova: no {lacking[0]}')
        return []
    with _cloud() as cloud:
        return [*_rows(cloud)]


def _missing() -> list[str]:
    """Return the required programs and modules that are missing."""
    return [
        *contenders.missing(),
        *(f'{path}. {mariadb.INSTALL}' for path in mariadb.missing()),
        *(
            f'{name}, of {requirements}'
            for name, requirements in _MODULES.items()
            if importlib.util.find_spec(name) is None
        ),
    ]


@contextmanager
def _cloud() -> Iterator[Cloud]:
    """Yield the cloud with its databases in MariaDB, the proxy before it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(mariadb.running(folder / 'mariadb'))
        settings = Settings(
            proxies=(UWSGI,),
            workers=_WORKERS,
            nova_conf=database.nova_conf,
            keystone_conf=database.keystone_conf,
        )
        paths = state(folder / 'cloud')
        yield stack.enter_context(
            Cloud(sys.executable, paths, FREE, settings, _say)
        )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _rows(cloud: Cloud) -> Iterator[Measured]:
    """Yield the rows of each kind of request, by number of connections."""
    ports = [
        urlsplit(url).port or 0
        for url in (cloud.nova_url, cloud.nova_itself_url)
    ]
    token = cloud.token(MEMBER).id
    for (kind, requests), count in product(_WORK, _CONNECTIONS):
        name = f'real nova: {kind}, connections: {count}'
        _say(name)
        sent = [request._replace(token=token) for request in requests]
        rounds = [
            [
                wrk.send_in_turn(port, sent, count, wrk.CLOSE, seconds=SECONDS)
                for port in ports
            ]
            for _ in range(ROUNDS)
        ]
        yield from _compared(name, rounds)


def _compared(name: str, rounds: list[list[Found]]) -> Iterator[Measured]:
    """Yield the median and p99 by the proxy, in terms of nova's own."""
    against = 'nova asked directly'
    yield Measured(
        f'{name}, median latency',
        against,
        spread([ours.median / novas.median for ours, novas in rounds]),
        _P50,
    )
    yield Measured(
        f'{name}, p99 of the latency',
        against,
        spread([ours.p99 / novas.p99 for ours, novas in rounds]),
        _P99,
    )
