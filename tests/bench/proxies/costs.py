"""What a request costs the proxy: a share of a core, and time."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.bench.measure import Measured, spread
from tests.bench.proxies import cores, memory, nginx, wrk
from tests.bench.proxies.contenders import (
    PAGES,
    REQUESTS,
    Contender,
    Site,
)
from tests.bench.proxies.wrk import Request

_ROUNDS = 7
# Enough to keep one worker busy.
_CONNECTIONS = 8
_SECONDS = (wrk.SECONDS, 5, 20)
_LUA = 'nginx with Lua doing the same'
_PLAIN = 'nginx that passes everything on'
# Of the requests that a core serves, in terms of nginx with Lua.
BUDGETS = {'show': 0.3, 'PUT': 0.18, 'detail of 1000 servers': 1.5}
_ADDED = {'show': 150}
_MICROSECONDS = 1e6
# How a row tells it.
HANDLINGS = {wrk.CLOSE: 'connections closed', wrk.KEEP: 'connections kept'}


class Other(NamedTuple):
    """Whom the guard is compared with, and its *budget* then if it has one."""

    name: str
    contender: Contender
    budget: float | None = None


def rows(site: Site) -> Iterator[Measured]:
    """Yield the rows of each request, with connections closed and kept."""
    for handling, guard in site.guards.items():
        for name, request in REQUESTS.items():
            others = with_nginx(site, BUDGETS[name])
            yield from served(name, handling, [request], guard, others)
            after = f'{name}, {HANDLINGS[handling]}'
            yield memory.row(after, guard)
        for name in REQUESTS:
            yield from _latencies(name, handling, site)
    yield from page_rows(site)


def page_rows(site: Site) -> Iterator[Measured]:
    """Yield the rows of a page of many, which are asked for in turn."""
    name = f'a page of {nginx.PAGE} of {nginx.SERVERS} servers'
    guard = site.guards[wrk.CLOSE]
    others = with_nginx(site, None)
    yield from served(name, wrk.CLOSE, PAGES, guard, others)
    yield memory.row(name, guard)


def with_nginx(site: Site, budget: float | None) -> Sequence[Other]:
    """Return both of nginx; the *budget* is in terms of that with Lua."""
    return Other(_LUA, site.lua, budget), Other(_PLAIN, site.plain)


def served(
    name: str,
    handling: str,
    requests: Sequence[Request],
    guard: Contender,
    others: Sequence[Other],
) -> Iterator[Measured]:
    """Yield how many *requests* a core serves, in terms of the *others*."""
    contenders = guard, *(other.contender for other in others)
    rounds = [
        [core_seconds(each, requests, handling) for each in contenders]
        for _ in range(_ROUNDS)
    ]
    for place, other in enumerate(others, 1):
        yield Measured(
            f'proxy: {name}, {HANDLINGS[handling]}: requests a core serves',
            other.name,
            spread([spent[place] / spent[0] for spent in rounds]),
            other.budget,
            more=True,
        )


def core_seconds(
    contender: Contender, requests: Sequence[Request], handling: str
) -> float:
    """Return the share of a core that one of *requests* costs.

    A busy machine may not answer one long list in a second: then it is asked
    again, for longer.
    """
    for seconds in _SECONDS:
        before = cores.seconds(contender.pid)
        found = wrk.send_in_turn(
            contender.port, requests, _CONNECTIONS, handling, seconds=seconds
        )
        if found.requests:
            break
    return (cores.seconds(contender.pid) - before) / found.requests


def _latencies(name: str, handling: str, site: Site) -> Iterator[Measured]:
    """Yield the guard's addition to one client's median response time."""
    contenders = site.direct, site.guards[handling], site.lua
    rounds = [
        [
            wrk.send(each.port, REQUESTS[name], 1, handling).median
            for each in contenders
        ]
        for _ in range(_ROUNDS)
    ]
    work = f'proxy: {name}, {HANDLINGS[handling]}: added to the median latency'
    yield Measured(
        f'{work}, in µs',
        'the stand-in for nova, asked directly',
        spread(
            [(guard - direct) * _MICROSECONDS for direct, guard, _ in rounds]
        ),
        _ADDED.get(name),
    )
    yield Measured(
        work,
        f'what is added by {_LUA}',
        spread(
            [
                (guard - direct) / (lua - direct)
                for direct, guard, lua in rounds
            ]
        ),
    )
