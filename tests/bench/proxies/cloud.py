"""What a client of a real nova notices of the proxy: its response times.

nova and keystone are those of tests/cloud, with SQLite.
"""

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.measure import Measured, spread
from tests.bench.proxies import contenders, wrk
from tests.bench.proxies.wrk import Found, Request
from tests.cloud.cloud import Cloud
from tests.cloud.people import MEMBER
from tests.cloud.ports import FREE
from tests.cloud.servers import RENAMED
from tests.cloud.settings import UWSGI, Settings
from tests.cloud.state import state

ROUNDS = 5
# Of each of the two, in every round: nova takes some ten milliseconds.
SECONDS = 5
_WORKERS = 2
_P50, _P99 = 1.015, 1.05
_PATH = f'/v2.1/servers/{RENAMED.id}'
_SHOW = Request('GET', _PATH)
_PUT = Request('PUT', _PATH, '{"server": {"name": "new"}}')
# Each with a number of connections. SQLite lets one write at a time: of more,
# nova answers some by 500.
_WORK = (('show', _SHOW, 1), ('show', _SHOW, 16), ('PUT', _PUT, 1))


def rows() -> list[Measured]:
    """Return the rows; none, and a line on standard error, if any lacks."""
    lacking = contenders.missing()
    if importlib.util.find_spec('keystone') is None:
        lacking.append('keystone, of tests/cloud/requirements.txt')
    if lacking:
        print(f'No rows with a real nova: no {lacking[0]}', file=sys.stderr)
        return []
    settings = Settings(proxies=(UWSGI,), workers=_WORKERS)
    with tempfile.TemporaryDirectory() as folder:
        paths = state(Path(folder))
        with Cloud(sys.executable, paths, FREE, settings) as cloud:
            return [*_rows(cloud)]


def _rows(cloud: Cloud) -> Iterator[Measured]:
    """Yield the rows of each request, on its number of connections."""
    ports = [
        urlsplit(url).port or 0
        for url in (cloud.nova_url, cloud.nova_itself_url)
    ]
    token = cloud.token(MEMBER).id
    for name, request, count in _WORK:
        sent = request._replace(token=token)
        rounds = [
            [wrk.send(port, sent, count, wrk.CLOSE, SECONDS) for port in ports]
            for _ in range(ROUNDS)
        ]
        yield from _compared(
            f'real nova: {name}, connections: {count}', rounds
        )


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
