"""The rows of the proxy: its cost, its latency, how it scales and refuses."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.measure import Measured, spread
from tests.bench.proxies import contenders, cores, guards, overload, wrk
from tests.bench.proxies.agreement import check
from tests.bench.proxies.contenders import REQUESTS, Contender, Site
from tests.bench.proxies.wrk import Request
from tests.cloud import ports

_ROUNDS = 7
_SCALING_ROUNDS = 3
# Enough to keep one worker busy.
_CONNECTIONS = 8
_WORKERS = (1, 2, 4)
_CROWDS = (1, 8, 64)
_LUA = 'nginx with Lua, the same redaction'
_PLAIN = 'nginx that passes everything on'
_BUDGETS = {'show': 0.25, 'PUT': 0.25, 'detail of 1000 servers': 1.3}
_MICROSECONDS = 1e6


def rows() -> list[Measured]:
    """Return the rows; none, and a line on standard error, without nginx."""
    if lacking := contenders.missing():
        print(f'{contenders.INSTALL} (no {lacking[0]})', file=sys.stderr)
        return []
    with contenders.site() as site:
        check(site)
        return [
            *(row for name in REQUESTS for row in _costs(name, site)),
            *(row for name in REQUESTS for row in _latencies(name, site)),
            *_scaling(site),
            *overload.rows(site),
        ]


def _costs(name: str, site: Site) -> Iterator[Measured]:
    """Yield how many requests a core serves, in terms of the others."""
    rounds = [
        [
            _core_seconds(REQUESTS[name], each)
            for each in (site.guard, site.lua, site.plain)
        ]
        for _ in range(_ROUNDS)
    ]
    for against, place in ((_LUA, 1), (_PLAIN, 2)):
        yield Measured(
            f'proxy: {name}, requests a core serves',
            against,
            spread([spent[place] / spent[0] for spent in rounds]),
            _BUDGETS[name] if place == 1 else None,
            more=True,
        )


def _core_seconds(request: Request, contender: Contender) -> float:
    """Return the share of a core that one request costs *contender*."""
    before = cores.seconds(contender.pid)
    found = wrk.send(contender.port, request, _CONNECTIONS)
    return (cores.seconds(contender.pid) - before) / found.requests


def _latencies(name: str, site: Site) -> Iterator[Measured]:
    """Yield the guard's addition to one client's median response time."""
    rounds = [
        [
            wrk.send(each.port, REQUESTS[name], 1).median
            for each in (site.direct, site.guard, site.lua)
        ]
        for _ in range(_ROUNDS)
    ]
    yield Measured(
        f'proxy: {name}, added to the median latency, in µs',
        'the stand-in for nova, asked directly',
        spread(
            [(guard - direct) * _MICROSECONDS for direct, guard, _ in rounds]
        ),
    )
    yield Measured(
        f'proxy: {name}, added to the median latency',
        f'what is added by {_LUA}',
        spread(
            [
                (guard - direct) / (lua - direct)
                for direct, guard, lua in rounds
            ]
        ),
    )


def _scaling(site: Site) -> Iterator[Measured]:
    """Yield throughput by workers and connections, in terms of one of each."""
    with ExitStack() as stack:
        by_workers = {}
        for workers in _WORKERS:
            by_workers[workers] = ports.free()
            service = guards.service(
                site.folder / f'{workers}-workers',
                by_workers[workers],
                site.direct.port,
                site.keystone,
                workers,
            )
            stack.enter_context(contenders.running(service))
        rounds = [
            {
                (workers, crowd): _throughput(by_workers[workers], crowd)
                for workers in _WORKERS
                for crowd in _CROWDS
            }
            for _ in range(_SCALING_ROUNDS)
        ]
    for workers, crowd in [*rounds[0]][1:]:
        yield Measured(
            f'proxy: show, workers: {workers}, connections: {crowd}, '
            'requests a second',
            'one worker, one connection',
            spread([each[workers, crowd] / each[1, 1] for each in rounds]),
            more=True,
        )


def _throughput(port: int, connections: int) -> float:
    found = wrk.send(port, REQUESTS['show'], connections)
    return found.requests / found.seconds
