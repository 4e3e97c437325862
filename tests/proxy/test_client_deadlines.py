"""A client has so many seconds for a whole body, and for a whole response.

It sends, or takes, a little again and again, so that no wait of the server
for the next bytes is ever a long one.
"""

import contextlib
import socket
import threading
import time

import pytest

from tests.proxy import client, rules, serving
from tests.proxy.client import request
from tests.proxy.nova import head, response

SECONDS = 1.5
TAKING_SECONDS = 0.5
# The keeper of deadlines looks four times a second; a busy machine adds more.
MOST_SECONDS = SECONDS + 5
DRIP_SECONDS = 0.1
PATIENT = 20
LARGE = 20_000_000
BODIES = {
    'an update': request('PUT /v2.1/servers/s1', 'Content-Length: 90000'),
    'an action': request(
        'POST /v2.1/servers/s1/action', 'Content-Length: 90000'
    ),
    "not the guard's": request('POST /v2.1/flavors', 'Content-Length: 90000'),
}
CHUNKS = {
    'an update': request('PUT /v2.1/servers/s1', 'Transfer-Encoding: chunked'),
    "not the guard's": request(
        'POST /v2.1/flavors', 'Transfer-Encoding: chunked'
    ),
}


@pytest.fixture(scope='module')
def impatient_proxies(running_nova, keystone, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(
                serving.configured(
                    name,
                    running_nova,
                    keystone,
                    tmp_path_factory,
                    guard=f'body_timeout = {SECONDS}',
                    proxy=f'client_timeout = {TAKING_SECONDS}\n'
                    'read_timeout = 20',
                )
            )
            for name in serving.SERVERS
        }


@pytest.fixture(params=serving.SERVERS)
def impatient(request, impatient_proxies, nova):
    return impatient_proxies[request.param]


def drip(one, data, piece):
    """Send *data*, and then *piece* again and again; return the answer."""
    one.send(data)
    end = time.monotonic() + PATIENT
    one.socket.settimeout(DRIP_SECONDS)
    while time.monotonic() < end:
        with contextlib.suppress(TimeoutError):
            if one.socket.recv(1, socket.MSG_PEEK):
                break
        one.send(piece)
    one.socket.settimeout(PATIENT)
    return one.response()


@pytest.mark.parametrize('data', BODIES.values(), ids=BODIES)
def test_body_that_drips_gets_408_in_time(impatient, nova, data):
    before = time.monotonic()
    with client.connected(impatient.address) as one:
        response = drip(one, data + b'{"server": {', b' ')

    assert time.monotonic() - before < MOST_SECONDS
    assert response.status == 408
    assert response.json['computeFault']['code'] == 408
    assert 'in time' in response.json['computeFault']['message']
    assert rules.reached(nova) == []


@pytest.mark.parametrize('data', CHUNKS.values(), ids=CHUNKS)
def test_chunks_that_drip_get_408_in_time(impatient_proxies, nova, data):
    """Under gunicorn; uWSGI refuses chunks."""
    before = time.monotonic()
    with client.connected(impatient_proxies['gunicorn'].address) as one:
        response = drip(one, data, b'1\r\n \r\n')

    assert time.monotonic() - before < MOST_SECONDS
    assert response.status == 408
    assert rules.reached(nova) == []


def test_bytes_after_the_deadline_are_no_request(impatient, nova):
    """The rest of a body that was given up never is the next request."""
    hidden = request(f'GET {rules.SMUGGLED}')
    data = BODIES['an update'] + b'{'

    def play():
        with client.connected(impatient.address) as one:
            statuses.append(drip(one, data, hidden).status)
            with contextlib.suppress(OSError):
                for _ in range(100):
                    one.socket.sendall(hidden)
                    time.sleep(0.003)
            statuses.extend(response.status for response in one.responses())

    statuses = []
    threads = [threading.Thread(target=play) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [408] * len(threads)

    assert rules.reached(nova) == []


def test_small_responses_that_nobody_takes_end_in_time(
    impatient_proxies, nova
):
    """Under gunicorn; uWSGI closes the connection after the first one."""
    answer = response(b'{"server": {"id": "%s"}}' % (b'1' * 3500))

    def play(connection):
        while connection.request():
            connection.send(answer)

    nova.script(play)
    address = impatient_proxies['gunicorn'].address
    show = request('GET /v2.1/servers/s1')
    with socket.socket() as one:
        # So that little goes on its way unread.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        one.settimeout(PATIENT)
        one.connect((address.host, address.port))
        before = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - before < PATIENT:
                one.sendall(show)

    assert time.monotonic() - before < MOST_SECONDS


@pytest.mark.parametrize('name', ['as nova sends it', 'redacted'])
def test_response_that_is_taken_in_drips_ends_in_time(impatient, nova, name):
    body = b'x' * LARGE
    line = 'GET /v2.1/images'
    if name == 'redacted':
        body = b'{"servers": [%s]}' % b', '.join(
            [
                b'{"id": "%032d", "links": []}' % number
                for number in range(1000)
            ]
            + [b'{"id": "1", "links": [], "name": "%s"}' % body]
        )
        line = 'GET /v2.1/servers/detail'
    nova.respond_with(response(body))
    before = time.monotonic()
    taken = 0
    with client.connected(impatient.address) as one:
        one.send(request(line))
        # 4 MB a second go through: whoever waits for more waits for long.
        with contextlib.suppress(OSError):
            while piece := one.socket.recv(40_000):
                taken += len(piece)
                time.sleep(0.01)

    assert time.monotonic() - before < MOST_SECONDS
    assert 0 < taken < len(body)


def test_nova_s_time_is_not_the_client_s(impatient, nova):
    """A response that nova sends in drips is nova's, not a slow client's."""

    def play(connection):
        while connection.request():
            connection.send(head('Content-Length: 200000'))
            for _ in range(20):
                connection.send(b'x' * 10_000)
                time.sleep(3 * TAKING_SECONDS / 20)

    nova.script(play)

    assert (
        client.send(impatient.address, request('GET /v2.1/images')).body
        == b'x' * 200_000
    )


def test_others_are_served_after_more_slow_ones_than_threads(impatient, nova):
    with contextlib.ExitStack() as slow:
        for _ in range(40):
            one = slow.enter_context(client.connected(impatient.address))
            one.send(BODIES['an update'] + b'{')
        before = time.monotonic()
        assert rules.serves(impatient.address)
        assert time.monotonic() - before < 2 * MOST_SECONDS
