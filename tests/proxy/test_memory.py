"""What clients send fills no memory, however long it is."""

import pytest

from tests.proxy import client, processes, rules
from tests.proxy.client import request

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


def _token(number):
    return request(LINE, token=f'{number}{LONG}')


@pytest.mark.parametrize('asking', [_name, _version, _token])
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
