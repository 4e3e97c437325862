"""A slow client waits alone, and not for ever.

Those that send a byte now and then are in test_client_deadlines.py.
"""

import contextlib
import time

import pytest

from tests.proxy import client, rules
from tests.proxy.client import request
from tests.proxy.nova import response

BODY = request('POST /v2.1/flavors', 'Content-Length: 1000') + b'{'
UPDATE = request('PUT /v2.1/servers/s1', 'Content-Length: 1000') + b'{'
HEAD = request()[:-10]
# What uwsgi.ini and gunicorn.conf.py say, and what a busy machine adds.
MOST_SECONDS = 10 + 30


@pytest.mark.parametrize('data', [HEAD, BODY, UPDATE, b'G', b''])
def test_others_are_served_while_ten_are_slow(address, nova, data):
    with contextlib.ExitStack() as slow:
        for _ in range(10):
            slow.enter_context(client.connected(address)).send(data)
        for _ in range(5):
            assert rules.serves(address)

    assert len(rules.reached(nova)) == 5


def test_silent_clients_are_let_go(proxy, nova):
    address = proxy.address
    log = proxy.folder / 'server.log'
    said = log.stat().st_size
    with contextlib.ExitStack() as slow:
        clients = [
            slow.enter_context(client.connected(address, MOST_SECONDS))
            for _ in range(4)
        ]
        for one, data in zip(clients, (HEAD, BODY, UPDATE, b'G'), strict=True):
            one.send(data)
        before = time.monotonic()
        responses = [one.responses() for one in clients]
        taken = time.monotonic() - before

    assert taken < MOST_SECONDS
    statuses = {one.status for found in responses for one in found}
    assert statuses == {408}
    assert rules.reached(nova) == []
    # Not one for each of them.
    assert b'Traceback' not in log.read_bytes()[said:]


@pytest.mark.parametrize(
    'line', ['POST /v2.1/flavors', 'PUT /v2.1/servers/s1']
)
def test_a_request_sent_byte_by_byte_is_read_whole(address, nova, line):
    data = request(line, body=b'{"server":{"name":"new"}}')

    with client.connected(address) as one:
        for index in range(0, len(data), 7):
            one.send(data[index : index + 7])
            time.sleep(0.005)
        assert one.response().status == 200

    (seen,) = rules.reached(nova)
    assert seen.body == b'{"server":{"name":"new"}}'


def test_client_that_reads_slowly_gets_all(address, nova):
    """Its time is its own: only nova's counts."""
    body = b'x' * 3_000_000
    nova.respond_with(response(body))

    with client.connected(address) as one:
        one.send(request('GET /v2.1/images'))
        time.sleep(2)
        assert one.response().body == body
