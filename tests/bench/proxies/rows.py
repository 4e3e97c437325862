"""The rows of the proxy: its cost, its latency, how it scales and refuses."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.measure import Measured, spread
from tests.bench.proxies import (
    callers,
    contenders,
    costs,
    guards,
    layers,
    overload,
    servers,
    wrk,
)
from tests.bench.proxies.agreement import check
from tests.bench.proxies.contenders import REQUESTS, Site

_SCALING_ROUNDS = 3
_WORKERS = (1, 2, 4)
_CROWDS = (1, 8, 64)


def rows() -> list[Measured]:
    """Return the rows; none, and a line on standard error, without nginx."""
    if lacking := contenders.missing():
        print(f'{contenders.INSTALL} (no {lacking[0]})', file=sys.stderr)
        return []
    with contenders.site() as site:
        check(site)
        return [
            *costs.rows(site),
            *layers.rows(site),
            *servers.rows(site),
            *callers.rows(site),
            *_scaling(site),
            *overload.rows(site),
        ]


def _scaling(site: Site) -> Iterator[Measured]:
    """Yield throughput by workers and connections, in terms of one of each."""
    with ExitStack() as stack:
        ports = {
            workers: stack.enter_context(
                contenders.started(
                    site.folder / f'{workers}-workers', guards.service,
                    site.direct.port, site.keystone, workers,
                )
            ).port
            for workers in _WORKERS
        }  # fmt: skip
        rounds = [
            {
                (workers, crowd): _throughput(ports[workers], crowd)
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
