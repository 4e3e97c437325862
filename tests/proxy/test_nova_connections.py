"""Connections to nova are reused, without bytes left of a response."""

import contextlib
import threading
import time

import pytest

from tests.proxy import client, faults, rules, serving
from tests.proxy.client import request, send, update
from tests.proxy.keystone import ADMIN
from tests.proxy.messages import BrokenOffError
from tests.proxy.nova import DOCUMENT, head, response

FLAVORS = request('GET /v2.1/flavors')
POST = request('POST /v2.1/flavors', body=b'{}')
BODILESS = {
    'post': request('POST /v2.1/flavors'),
    'post of 0 bytes': request('POST /v2.1/flavors', body=b''),
    'patch': request('PATCH /v2.1/flavors'),
    'patch of 0 bytes': request('PATCH /v2.1/flavors', body=b''),
}
ONCE = {**BODILESS, 'post of 2 bytes': POST}
OTHERS = b'{"server": {"name": "of another client"}}'
LEFT = response(OTHERS)
REST = {
    'more than its length': response() + LEFT,
    'a body after 204': head(status='204 No Content') + LEFT,
    'a body after 304': head(status='304 Not Modified') + LEFT,
    'more than its chunks': head('Transfer-Encoding: chunked')
    + b'2\r\n{}\r\n0\r\n\r\n'
    + LEFT,
    'a body of 1 byte more': response() + b'x',
}


def in_parts(*parts):
    """Return a script: *parts*, a moment between them, answer a request."""

    def script(connection):
        if not connection.request():
            return
        for part in parts:
            connection.send(part)
            time.sleep(0.1)
        while connection.request():
            connection.send(response())

    return script


def dies_on_second(seen):
    """Return a script: the second request on it ends the connection."""

    def script(connection):
        connection.request()
        connection.send(response())
        if data := connection.request():
            seen.append(data)

    return script


def test_connection_is_used_again(proxies, nova):
    for _ in range(10):
        send(proxies['gunicorn'].address, FLAVORS)

    assert len(nova.requests()) == 10
    assert len(nova.connections) <= serving.PROCESSES


@pytest.mark.parametrize('parts', REST.values(), ids=[*REST])
def test_the_rest_of_a_response_is_not_the_next_one(address, nova, parts):
    nova.respond_with(*[parts] * 8)

    with client.connected(address) as one:
        for _ in range(8):
            one.send(FLAVORS)
            assert one.response().body in (DOCUMENT, b'', b'{}')


def test_the_body_of_a_response_to_head_is_not_the_next_one(address, nova):
    nova.respond_with(head(f'Content-Length: {len(LEFT)}') + LEFT)

    with client.connected(address) as one:
        one.send(request('HEAD /v2.1/flavors'))
        one.response(is_head=True)
        one.send(FLAVORS)
        assert one.response().body == DOCUMENT


def test_unsolicited_upstream_bytes_are_not_sent_to_the_next_client(
    address, nova
):
    """It came while the connection was idle: to poison the next client."""
    nova.script(in_parts(response(), LEFT))

    for _ in range(4):
        assert send(address, FLAVORS).body == DOCUMENT
        time.sleep(0.15)


@pytest.mark.parametrize('data', [FLAVORS, POST, update(), *BODILESS.values()])
def test_connection_that_nova_has_closed_is_not_used(address, nova, data):
    nova.script(faults.says(response()))

    with client.connected(address) as one:
        for _ in range(4):
            one.send(data)
            assert one.response().status == 200
            time.sleep(0.03)
    assert all(len(seen.received) for seen in nova.connections)


@pytest.mark.parametrize('data', ONCE.values(), ids=[*ONCE])
def test_a_non_idempotent_request_is_sent_once(address, nova, data):
    """nova ends a connection just when the next request is on it."""
    seen = []
    nova.script(dies_on_second(seen))

    with client.connected(address) as one:
        for _ in range(6):
            one.send(data)
            assert one.response().status in (200, 502)

    assert len(nova.requests()) == 6


@pytest.mark.parametrize('data', [FLAVORS, update()], ids=['get', 'put'])
def test_an_idempotent_request_is_sent_again(address, nova, data):
    nova.script(dies_on_second([]))

    with client.connected(address) as one:
        for _ in range(6):
            one.send(data)
            assert one.response().status == 200


def test_update_that_is_repeated_is_the_same(address, nova):
    nova.script(dies_on_second([]))

    with client.connected(address) as one:
        for _ in range(6):
            one.send(update(name='n'))
            one.response()

    bodies = {seen.body for seen in rules.reached(nova)}
    assert bodies == {b'{"server":{"name":"n"}}'}


def test_a_response_before_the_end_of_an_upload_reaches_the_client(
    address, nova
):
    body = b'{"overLimit": {"code": 413, "message": "no"}}'

    def too_large(connection):
        while b'\r\n\r\n' not in connection.received:
            connection.read()
        connection.send(response(body, status='413 Too Large'))
        # Closing it with bytes unread would take back the answer.
        while connection.read():
            continue

    nova.script(too_large)
    with client.connected(address) as one:
        one.send(request('POST /v2.1/flavors', 'Content-Length: 3000000'))
        uploading = threading.Thread(target=_upload, args=(one, 3_000_000))
        uploading.start()
        visible = one.response()
        uploading.join()

    assert (visible.status, visible.body) == (413, body)
    nova.respond_with()
    assert rules.serves(address)


LARGE = b'x' * 400_000
LARGE_PARTS = {
    'of its length': head('Content-Length: 1000000') + LARGE,
    'in chunks': head('Transfer-Encoding: chunked')
    + b'61a80\r\n%s\r\n' % LARGE,
}


@pytest.mark.parametrize('part', LARGE_PARTS.values(), ids=[*LARGE_PARTS])
@pytest.mark.parametrize('says', [faults.says, faults.says_and_resets])
def test_a_large_truncated_response_is_truncated_for_the_client(
    address, nova, part, says
):
    nova.script(says(part))

    with client.connected(address) as one:
        one.send(request('GET /v2.1/images', token=ADMIN))
        assert _breaks_off(one)

    nova.respond_with()
    assert rules.serves(address)


def test_a_reset_response_without_a_length_is_truncated_for_the_client(
    address, nova
):
    nova.script(faults.says_and_resets(head() + LARGE))

    with client.connected(address) as one:
        one.send(request('GET /v2.1/images'))
        assert _breaks_off(one)


@pytest.mark.parametrize('part', LARGE_PARTS.values(), ids=[*LARGE_PARTS])
def test_nothing_follows_a_truncated_response(address, nova, part):
    """Or the next one on that connection would be read as its rest."""
    nova.script(faults.says(part))

    with client.connected(address) as one:
        one.send(request('GET /v2.1/images', token=ADMIN))
        got = one.exactly(len(b'HTTP/1.1 200'))
        if got == b'HTTP/1.1 502':
            # Of an answer whose length nova does not tell, nothing came.
            return
        got += one.exactly(len(LARGE) // 2)
        time.sleep(0.1)
        with contextlib.suppress(OSError):
            one.send(FLAVORS)
        got += one.rest()

    assert got.startswith(b'HTTP/1.1 200 OK')
    assert got.count(b'HTTP/1.1 ') == 1


@pytest.mark.parametrize('size', [100, 100_000, 3_000_000])
def test_a_response_without_a_length_ends(address, nova, size):
    body = b'x' * size
    nova.script(faults.says(head() + body))

    before = time.monotonic()
    visible = send(address, request('GET /v2.1/images'))

    assert visible.body == body
    assert time.monotonic() - before < 5


@pytest.mark.parametrize('seconds', [0, 0.05])
def test_a_client_that_disconnects_leaves_no_trace(address, nova, seconds):
    nova.script(
        faults.says_and_stays(
            head('Content-Length: 9000000') + b'x' * 4_000_000
        )
    )

    with client.connected(address) as one:
        one.send(request('GET /v2.1/images'))
        time.sleep(seconds)
    with client.connected(address) as one:
        one.send(POST[:-1])
        time.sleep(seconds)

    assert b'{}' not in b''.join(seen.received for seen in nova.connections)
    nova.respond_with()
    assert rules.serves(address)


def _breaks_off(one):
    """Tell whether the client sees that its answer is not whole.

    A reset may take all of it back, so that there is a fault instead.
    """
    try:
        response = one.response()
    except (BrokenOffError, ConnectionError):
        return True
    return response is None or response.status == 502


def _upload(one, size):
    try:
        one.send(b'x' * size)
    except OSError:
        # It has been answered already.
        return
