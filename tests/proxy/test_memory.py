"""What clients send fills no memory, however long it is."""

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


@pytest.mark.parametrize('asking', [_name, _version])
def test_sixty_kilobytes_from_each_client_are_kept_nowhere(
    proxy, nova, asking
):
    for number in range(64):
        client.ask(proxy.address, asking(number))
    before = processes.peak_bytes(proxy.pid)

    for number in range(64, REQUESTS):
        client.ask(proxy.address, asking(number))

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
            asked = client.ask(proxy.address, request(token=token))
            assert asked.status == 200

    serve(range(16))
    before = sum(processes.peak_bytes(proxy.pid).values())
    serve(range(16, 700))

    grown = sum(processes.peak_bytes(proxy.pid).values()) - before
    assert grown < MOST_OF_TOKENS + 2 * MOST_BYTES
    assert rules.serves(proxy.address)
