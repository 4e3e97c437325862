"""A server's own logs hold nothing that a client has sent.

Its headers and its path, where there is no room for them, where they cannot
be read, and where the client goes away before it has its answer.
"""

import contextlib
import time

from tests.proxy import rules
from tests.proxy.client import attack, connected, request
from tests.proxy.nova import response
from tests.proxy.unreadable import CANARY, too_large, unreadable

LARGE = b'x' * 20_000_000


def go_away(address, nova):
    """Request a large response, and leave before it is sent."""
    nova.respond_with(*[response(LARGE)] * 12)
    for taken in (0, 10, 100_000) * 4:
        with connected(address) as one:
            one.send(request(f'GET /v2.1/images/{CANARY}?{CANARY}'))
            one.exactly(taken)
            one.socket.shutdown(2)


def test_server_s_own_log_has_nothing_of_a_client(proxy, nova):
    for data in (*too_large(), *unreadable()):
        attack(proxy.address, data)
    go_away(proxy.address, nova)
    with contextlib.suppress(OSError), connected(proxy.address) as one:
        one.send(request(f'GET /v2.1/images/{CANARY}'))

    # What is written comes by the way of the master.
    for _ in range(5):
        assert rules.serves(proxy.address)
        time.sleep(0.2)
    written = (proxy.folder / 'server.log').read_text(errors='replace')
    lines = [line for line in written.splitlines() if CANARY in line]
    # In upper case, too: uWSGI's names of headers.
    lines += [line for line in written.splitlines() if CANARY.upper() in line]
    assert lines == []
