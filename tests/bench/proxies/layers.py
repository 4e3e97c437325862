"""What is below the guard, and before it: the floor, and HAProxy."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.bench.measure import Measured, spread
from tests.bench.proxies import contenders, cores, costs, guards, wrk
from tests.bench.proxies.contenders import REQUESTS, Contender, Site
from tests.bench.proxies.costs import Other
from tests.cloud import haproxy, ports
from tests.cloud.state import state

ROUNDS = 7
_CONNECTIONS = 8
_MICROSECONDS = 1e6
# In terms of the guard's own core time: HAProxy is to cost less.
_FRONT_BUDGET = 1.0
# HAProxy's sample closes its connections to a guard.
_SERVER_CLOSE = '    option http-server-close\n'
# How clients' connections are handled, and how those to the guard.
_FRONTS = (
    (wrk.CLOSE, wrk.CLOSE, {}),
    (wrk.KEEP, wrk.CLOSE, {}),
    (wrk.KEEP, wrk.KEEP, {_SERVER_CLOSE: ''}),
)


def rows(site: Site) -> Iterator[Measured]:
    """Yield the rows of the floor, and of HAProxy."""
    yield from _floor(site)
    for clients, of_guard, changes in _FRONTS:
        guard = site.guards[of_guard]
        with _before(guard, site, clients + of_guard, changes) as front:
            yield from _front(front, guard, clients, of_guard)


def _floor(site: Site) -> Iterator[Measured]:
    """Yield what a core serves, in terms of what does less than the guard."""
    folder, nova = site.folder / 'nova-alone', site.direct.port
    with contenders.started(
        folder, guards.nova_alone, nova, site.keystone
    ) as alone:
        name = "the proxy's app that asks nova, without a filter"
        for work in ('show', 'PUT'):
            yield from costs.served(
                work, wrk.CLOSE, [REQUESTS[work]], site.guards[wrk.CLOSE],
                [Other(name, alone)],
            )  # fmt: skip
        yield _added(alone, site, f'proxy: {name}')


def _added(alone: Contender, site: Site, name: str) -> Measured:
    """Return what *alone* adds to a client's median response time."""
    rounds = [
        [
            wrk.send(each.port, REQUESTS['show'], 1, wrk.CLOSE).median
            for each in (site.direct, alone)
        ]
        for _ in range(ROUNDS)
    ]
    return Measured(
        f'{name}: added to the median latency of a show, in µs',
        'the stand-in for nova, asked directly',
        spread([(ours - novas) * _MICROSECONDS for novas, ours in rounds]),
    )


@contextmanager
def _before(
    guard: Contender, site: Site, name: str, changes: Mapping[str, str]
) -> Iterator[Contender]:
    """Yield HAProxy before *guard*, its sample with *changes*."""
    folder = site.folder / f'haproxy-{name}'
    port = ports.free()
    service = haproxy.alone(state(folder), port, guard.port, changes)
    with contenders.running(service) as pid:
        yield Contender(port, pid, folder)


def _front(
    front: Contender, guard: Contender, clients: str, of_guard: str
) -> Iterator[Measured]:
    """Yield what a show costs HAProxy itself, and in terms of the guard."""
    rounds = [_round(front, guard, clients) for _ in range(ROUNDS)]
    work = (
        f"proxy: HAProxy's own core time for a show, clients "
        f'{costs.HANDLINGS[clients]}, guard {costs.HANDLINGS[of_guard]}'
    )
    yield Measured(
        f'{work}, in µs',
        'no other',
        spread([ours * _MICROSECONDS for ours, _ in rounds]),
    )
    yield Measured(
        work,
        "the guard's own core time for it",
        spread([ours / guards for ours, guards in rounds]),
        _FRONT_BUDGET,
    )


def _round(
    front: Contender, guard: Contender, clients: str
) -> tuple[float, float]:
    """Return the core's seconds of HAProxy, and of the guard, for a show."""
    before = [cores.seconds(each.pid) for each in (front, guard)]
    found = wrk.send(front.port, REQUESTS['show'], _CONNECTIONS, clients)
    after = [cores.seconds(each.pid) for each in (front, guard)]
    ours, guards = (
        (now - then) / found.requests
        for now, then in zip(after, before, strict=True)
    )
    return ours, guards
