"""``python -m tests.soak.slow``: slow clients beside ordinary ones.

64 clients that send slowly and 64 that read slowly, beside 8 ordinary ones,
through HAProxy and two guards under uWSGI as the files that ship have them.
Ends with 1 if an ordinary request was refused or lost, or if the slowest
hundredth of them took more than twice as long as without the slow clients.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nova_update_guard.compute_api.microversions import MAX
from tests.cloud import haproxy
from tests.cloud.ports import HOST
from tests.proxy.keystone import MEMBER
from tests.soak import slow_clients, slow_site
from tests.soak.slow_site import SERVER

ORDINARY = 8
SLOW = 64
MOST_TIMES = 2.0
_PATIENCE_SECONDS = 60
_SHORTEST_SECONDS = 5.0
# Whoever reads an answer does something with it.
_PAUSE_SECONDS = 0.02
_REQUESTS = (
    ('GET', SERVER, None),
    ('PUT', SERVER, '{"server": {"name": "new"}}'),
)


class Ordinary(NamedTuple):
    """The outcomes of ordinary requests."""

    statuses: Counter[str]
    seconds: list[float]

    @property
    def p99(self) -> float:
        """The 99th percentile, in seconds."""
        return statistics.quantiles(self.seconds, n=100)[-1]


class Found(NamedTuple):
    """Ordinary requests without slow clients and beside them.

    *slow* counts what became of those.
    """

    without: Ordinary
    beside: Ordinary
    slow: Counter[str]


def main(arguments: list[str] | None = None) -> int:
    """Return 0 if slow clients stop nobody."""
    parser = argparse.ArgumentParser(prog='python -m tests.soak.slow')
    parser.add_argument('--seconds', type=float, default=120)
    requested = parser.parse_args(arguments)
    if haproxy.binary() is None:
        parser.error(haproxy.INSTALL)
    with tempfile.TemporaryDirectory(prefix='slow-') as folder:
        found = soak(Path(folder), requested.seconds)
    for line in reported(found):
        print(line)
    wrong = [*problems(found), *slowness(found)]
    for problem in wrong:
        print(f'WRONG: {problem}')
    print('Slow clients stop nobody.' if not wrong else 'They stop others.')
    return 1 if wrong else 0


def soak(folder: Path, seconds: float) -> Found:
    """Return the outcomes, half of the time without slow requests."""
    with slow_site.site(folder) as port:
        without = _requested(port, max(_SHORTEST_SECONDS, seconds / 4))
        with slow_site.started(
            slow_clients.run, port, SERVER, SLOW, SLOW
        ) as way:
            beside = _requested(port, seconds)
            way.send('enough')
            slow: Counter[str] = way.recv()
    return Found(without, beside, slow)


def problems(found: Found) -> Iterator[str]:
    """Yield the failures in *found*, for any speed of the machine."""
    for name, ordinary in (
        ('without slow clients', found.without),
        ('beside slow clients', found.beside),
    ):
        for status, count in ordinary.statuses.items():
            if status != '200':
                yield f'{name}: {count} ordinary requests got {status}'
    for caller in ('sender', 'reader'):
        if not any(name.startswith(caller) for name in found.slow):
            yield f'there was no slow {caller}: {dict(found.slow)}'


def slowness(found: Found) -> Iterator[str]:
    """Yield whether ordinary requests took too long beside slow clients."""
    times = found.beside.p99 / found.without.p99
    if times > MOST_TIMES:
        yield f'the p99 is {times:.2f} times that without slow clients'


def reported(found: Found) -> Iterator[str]:
    """Yield a table of the observations."""
    yield f'{"":24} {"requests":>8} {"p50 ms":>8} {"p99 ms":>8} {"max ms":>8}'
    for name, one in (
        ('ordinary', found.without),
        ('beside slow', found.beside),
    ):
        row = (statistics.median(one.seconds), one.p99, max(one.seconds))
        times = ' '.join(f'{1000 * seconds:8.1f}' for seconds in row)
        yield f'{name:24} {len(one.seconds):8} {times}'
        yield f'{"":24} {dict(one.statuses)}'
    for name, count in sorted(found.slow.items()):
        yield f'{name:24} {count:8}'


def _requested(port: int, seconds: float) -> Ordinary:
    """Return the outcomes of the requests of *seconds*."""
    found = Ordinary(Counter(), [])
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_send, args=(port, end, found))
        for _ in range(ORDINARY)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _send(port: int, end: float, found: Ordinary) -> None:
    turn = 0
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(HOST, port, _PATIENCE_SECONDS)
        try:
            while time.monotonic() < end:
                _once(connection, turn, found)
                turn += 1
                time.sleep(_PAUSE_SECONDS)
        except (OSError, http.client.HTTPException) as error:
            found.statuses[type(error).__name__] += 1
        finally:
            connection.close()


def _once(
    connection: http.client.HTTPConnection, turn: int, found: Ordinary
) -> None:
    method, path, body = _REQUESTS[turn % len(_REQUESTS)]
    headers = {
        'X-Auth-Token': MEMBER,
        'Content-Type': 'application/json',
        'OpenStack-API-Version': f'compute {MAX}',
    }
    before = time.monotonic()
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.read()
    found.seconds.append(time.monotonic() - before)
    found.statuses[str(response.status)] += 1


if __name__ == '__main__':
    sys.exit(main())
