"""HAProxy and two guards, as they ship, asked by more than they can serve."""

import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

from nova_update_guard.compute_api.microversions import MAX
from tests.bench.measure import Measured, spread
from tests.bench.proxies import contenders, guards
from tests.bench.proxies.contenders import REQUESTS, Site
from tests.bench.proxies.nginx import SLOW_SECONDS
from tests.cloud import haproxy, ports
from tests.cloud.ports import HOST, Ports
from tests.cloud.state import state
from tests.proxy.keystone import MEMBER

_ROUNDS = 5
_SECONDS = 3.0
# What the guards serve at once: two, of two processes with 16 threads each.
_AT_ONCE = 64
_TOO_MANY = 4 * _AT_ONCE
# Longer than this is hung.
_PATIENCE_SECONDS = 20 * SLOW_SECONDS
_BUDGET = 2.0


class Received(NamedTuple):
    """The seconds that answers took, and refusals."""

    responded: list[float]
    refused: list[float]


def rows(site: Site) -> Iterator[Measured]:
    """Yield response times under four times the load that is served."""
    with ExitStack() as stack:
        found = [
            stack.enter_context(
                contenders.started(
                    site.folder / f'overloaded-{number}', guards.service,
                    site.slow, site.keystone, 2,
                )
            ).port
            for number in range(2)
        ]  # fmt: skip
        front = ports.free()
        service = haproxy.before(
            state(site.folder / 'haproxy'),
            Ports(proxy=found[0], second_proxy=found[1]),
            front,
        )
        # Its path leads to nova, by a guard: until one is up, it gets 503.
        stack.enter_context(contenders.running(service))
        rounds = [
            (_crowd(front, _AT_ONCE), _crowd(front, _TOO_MANY))
            for _ in range(_ROUNDS)
        ]
    yield Measured(
        'proxy under overload: p99 of the answers',
        'p99 with as many clients as are served at once',
        spread(
            [
                _p99(many.responded) / _p99(few.responded)
                for few, many in rounds
            ]
        ),
        _BUDGET,
    )
    yield Measured(
        'proxy under overload: p99 of the refusals',
        'p99 with as many clients as are served at once',
        spread(
            [_p99(many.refused) / _p99(few.responded) for few, many in rounds]
        ),
    )
    yield Measured(
        'proxy under overload: requests answered',
        'as many clients as are served at once',
        spread(
            [len(many.responded) / len(few.responded) for few, many in rounds]
        ),
        more=True,
    )


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[-1]


def _crowd(port: int, count: int) -> Received:
    """Return the results of *count* clients, each in a loop.

    Raises AssertionError if one was left without an answer, or refused though
    there was room.
    """
    received, wrong = Received([], []), []
    end = time.monotonic() + _SECONDS
    threads = [
        threading.Thread(target=_send, args=(port, end, received, wrong))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert bool(received.refused) == (count > _AT_ONCE), len(received.refused)
    return received


def _send(port: int, end: float, received: Received, wrong: list[str]) -> None:
    method, path, *_ = REQUESTS['show']
    headers = {
        'X-Auth-Token': MEMBER,
        'OpenStack-API-Version': f'compute {MAX}',
    }
    connection = http.client.HTTPConnection(HOST, port, _PATIENCE_SECONDS)
    try:
        while (start := time.monotonic()) < end:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            response.read()
            spent = time.monotonic() - start
            if response.status == 200:
                received.responded.append(spent)
            elif response.status == 503:
                received.refused.append(spent)
                time.sleep(float(response.headers['Retry-After']))
            else:
                wrong.append(f'{response.status}')
    except (OSError, http.client.HTTPException) as error:
        wrong.append(repr(error))
    finally:
        connection.close()
