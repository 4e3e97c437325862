"""What many callers cost a worker: of a core and of memory, by their number.

Callers ask in turn, so that a cache without room for all of them has forgotten
each one when its turn comes. A token is cold in the first pass, in which
keystone verifies it, and warm from the second one on.
"""

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.measure import Measured, Ratio, spread
from tests.bench.proxies import contenders, cores, guards, memory, wrk
from tests.bench.proxies.contenders import REQUESTS, Contender, Site
from tests.proxy import keystone, memcached

NUMBERS = (1_000, 10_000)
ROUNDS = 3
_CONNECTIONS = 8
# For the most callers: how many times the cost of one, and megabytes.
_BUDGET = 1.3
_MEGABYTES = 150
# Megabytes for memcached: auth_token keeps each token with all of its catalog.
_ROOM = ('-m', '512')


class Callers:
    """So many callers of *guard*, who ask for a server in turn."""

    def __init__(self, guard: Contender, number: int) -> None:
        self._guard = guard
        self._requests = [
            REQUESTS['show']._replace(token=token)
            for token in keystone.tokens(number)
        ]
        self._asked = 0

    def one_pass(self, *, is_first: bool = False) -> float:
        """Return a core's seconds for a request, of one by each at least.

        The first pass is of no more than one by each.
        """
        begin, end = self._asked, self._asked + len(self._requests)
        before = cores.seconds(self._guard.pid)
        while self._asked < end:
            limit = end - self._asked if is_first else 0
            self._asked += wrk.send_in_turn(
                self._guard.port, self._requests, _CONNECTIONS, wrk.CLOSE,
                self._asked, limit,
            ).requests  # fmt: skip
        spent = cores.seconds(self._guard.pid) - before
        return spent / (self._asked - begin)


def rows(site: Site) -> Iterator[Measured]:
    """Yield the rows of guards without memcached, and with it."""
    yield from _rows_of(site, 'without memcached', '')
    if memcached.binary():
        with memcached.running(site.folder, *_ROOM) as cache:
            servers = f'memcached_servers = {cache.server}\n'
            yield from _rows_of(site, 'with memcached', servers)


def _rows_of(site: Site, name: str, more: str) -> Iterator[Measured]:
    """Yield the rows of a new guard with *more* lines of configuration."""
    with ExitStack() as stack:
        guard = stack.enter_context(
            contenders.started(
                site.folder / name.replace(' ', '-'), guards.service,
                site.direct.port, site.keystone, 1, more,
            )
        )  # fmt: skip
        one = Callers(guard, 1)
        one.one_pass()
        for number in NUMBERS:
            many = Callers(guard, number)
            cold = many.one_pass(is_first=True) / one.one_pass()
            yield _row(f'{number} callers, cold, {name}', [cold])
            warm = [many.one_pass() / one.one_pass() for _ in range(ROUNDS)]
            yield _row(f'{number} callers, warm, {name}', warm, _BUDGET)
            yield memory.row(f'{number} callers, {name}', guard, _MEGABYTES)


def _row(
    name: str, ratios: list[float], budget: float | None = None
) -> Measured:
    return Measured(
        f'proxy: show by {name}: core time of a request',
        'one caller, warm',
        spread(ratios) if len(ratios) > 1 else Ratio(*ratios * 3),
        budget,
    )
