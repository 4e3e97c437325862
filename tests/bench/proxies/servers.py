"""What the proxy costs under each WSGI server, and how long it takes."""

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.measure import Measured, spread
from tests.bench.proxies import contenders, costs, guards, memory, wrk
from tests.bench.proxies.contenders import REQUESTS, Contender, Site

ROUNDS = 7
_MICROSECONDS = 1e6
_SHIPPED = 'uWSGI, connections closed, as it ships'
# Beside uWSGI.
OTHERS = {'gunicorn': guards.gunicorn, 'granian': guards.granian}


def rows(site: Site) -> Iterator[Measured]:
    """Yield the rows of a show under each, with connections kept."""
    with ExitStack() as stack:
        nova = site.direct.port, site.keystone
        kept = {'uWSGI': site.guards[wrk.KEEP]}
        for name, make in OTHERS.items():
            folder = site.folder / name
            started = contenders.started(folder, make, *nova)
            kept[name] = stack.enter_context(started)
        for name, server in kept.items():
            yield from _rows_of(name, server, site)


def _rows_of(name: str, server: Contender, site: Site) -> Iterator[Measured]:
    """Yield the rows of *server*, in terms of the guard as it ships."""
    shipped, show = site.guards[wrk.CLOSE], REQUESTS['show']
    rounds = [
        (
            costs.core_seconds(server, [show], wrk.KEEP),
            costs.core_seconds(shipped, [show], wrk.CLOSE),
            wrk.send(server.port, show, 1).median,
            wrk.send(site.direct.port, show, 1).median,
        )
        for _ in range(ROUNDS)
    ]
    work = f'proxy under {name}, connections kept: show'
    yield Measured(
        f'{work}: core time of a request',
        _SHIPPED,
        spread([ours / shipped for ours, shipped, *_ in rounds]),
    )
    yield Measured(
        f'{work}: added to the median latency, in µs',
        'the stand-in for nova, asked directly',
        spread([(own - nova) * _MICROSECONDS for *_, own, nova in rounds]),
    )
    yield memory.row(f'show under {name}', server)
