"""Requests for which a server has no room, or that it cannot read.

Each holds CANARY, wherever a client can put a text.
"""

from tests.proxy.client import request

CANARY = 'canary-of-a-client'
# uWSGI has room for 65535 bytes, and says of what is just too large.
SIZES = range(64_000, 66_500, 90)


def too_large():
    """Yield requests with headers that hardly fit, or do not."""
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
    """Yield bytes that are no request."""
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
