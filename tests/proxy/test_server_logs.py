"""What a server writes of its own holds nothing that a client has sent.

Its headers and its path, where there is no room for them, where they cannot
be read, and where the client goes away before it has its answer.
"""

import contextlib
import time

from tests.proxy import rules
from tests.proxy.client import attack, connected, request
from tests.proxy.nova import answer

CANARY = 'canary-of-a-client'
# uWSGI has room for 65535 bytes, and says of what is just too large.
SIZES = range(64_000, 66_500, 90)
LARGE = b'x' * 20_000_000


def too_large():
    """Yield requests for whose headers there is hardly room, or none."""
    for size in SIZES:
        yield request(
            'GET /v2.1/flavors',
            f'X-Filler: {"x" * (size - 1200)}',
            f'X-Canary: {CANARY * 50}',
            token=CANARY,
        )
        # uWSGI keeps a path three times.
        yield request(
            f'GET /v2.1/{CANARY}/{"x" * (size // 3)}?{CANARY}',
            f'X-Canary: {CANARY * 50}',
            token=CANARY,
        )
    for count in (60, 70, 110, 130, 300):
        fields = [f'X-{CANARY}-{number}: {CANARY}' for number in range(count)]
        yield request('GET /v2.1/flavors', *fields, token=CANARY)


def unreadable():
    """Yield what is no request."""
    yield f'{CANARY}\r\n\r\n'.encode()
    yield f'GET /{CANARY} {CANARY} HTTP/1.1\r\n\r\n'.encode()
    yield request(f'GET /v2.1/{CANARY}', f'{CANARY}', token=CANARY)
    yield request(f'GET /v2.1/{CANARY}', f'X: {CANARY}\x00', token=CANARY)
    yield request(
        f'POST /v2.1/{CANARY}', f'Content-Length: {CANARY}', token=CANARY
    )
    yield (
        request(
            f'PUT /v2.1/servers/{CANARY}', 'Content-Length: 900', token=CANARY
        )
        + CANARY.encode()
    )
    yield request(f'GET /v2.1/{CANARY}', f'SCRIPT_NAME: /{CANARY}')


def go_away(address, nova):
    """Ask for what is large, and leave before it is sent."""
    nova.answers(*[answer(LARGE)] * 12)
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
