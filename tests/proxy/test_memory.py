"""No client can fill the memory of the proxy."""

import pytest

from tests.proxy import client, processes, rules
from tests.proxy.client import request
from tests.proxy.keystone import MORE
from tests.proxy.nova import forgetting

# As long as the servers' samples let a head be, less the rest of it.
LONG = 'x' * 55_000
# Kept as they are, they would be twice the bound.
REQUESTS = 700
MOST_BYTES = 24_000_000
LINE = 'GET /v2.1/servers/s1'


def _name(number):
    return request(LINE, f'X-{number}-{LONG}: a')


def _version(number):
    return request(LINE, f'OpenStack-API-Version: compute {number}{LONG}')


@pytest.mark.parametrize('requesting', [_name, _version])
def test_sixty_kilobytes_from_each_client_are_not_held(
    proxy, nova, requesting
):
    for number in range(64):
        client.send(proxy.address, requesting(number))
    before = processes.peak_bytes(proxy.pid)

    for number in range(64, REQUESTS):
        client.send(proxy.address, requesting(number))

    after = processes.peak_bytes(proxy.pid)
    grown = sum(after.values()) - sum(before.values())
    assert grown < MOST_BYTES
    assert rules.serves(proxy.address)


# Of each of two processes, what auth_token and the guard keep of tokens.
MOST_OF_TOKENS = 2 * (32 + 16) * 2**20


def test_tokens_with_large_catalogs_fill_no_memory(proxies, nova):
    """Each is a good one, and comes once."""
    # What is kept is kept by the guard, whatever serves it.
    proxy = proxies['uwsgi']
    nova.script(forgetting)

    def serve(numbers):
        for number in numbers:
            token = f'{MORE}{number}-'.ljust(6000, 'x')
            requested = client.send(proxy.address, request(token=token))
            assert requested.status == 200

    serve(range(16))
    before = sum(processes.peak_bytes(proxy.pid).values())
    serve(range(16, 700))

    grown = sum(processes.peak_bytes(proxy.pid).values()) - before
    assert grown < MOST_OF_TOKENS + 2 * MOST_BYTES
    assert rules.serves(proxy.address)
