"""Unguarded bodies are streamed both ways, in little memory."""

import hashlib

import pytest

from tests.proxy import client, processes
from tests.proxy.client import request
from tests.proxy.nova import head, response

MIB = 1024 * 1024
SIZE = 128 * MIB
MOST = 24 * MIB
BLOCK = bytes(range(256)) * 4096


def test_a_large_response_needs_little_memory(proxy, nova):
    nova.script(_sends_much)
    client.send(proxy.address, request('GET /v2.1/flavors'))
    before = processes.peak_bytes(proxy.pid)

    with client.connected(proxy.address) as one:
        one.send(request('GET /v2.1/images'))
        got = _digest(one)

    assert got == _expected()
    assert _grown(proxy.pid, before) < MOST


def test_a_large_request_needs_little_memory(proxy, nova):
    seen = []
    nova.script(lambda connection: _takes_much(connection, seen))
    before = processes.peak_bytes(proxy.pid)

    with client.connected(proxy.address) as one:
        one.send(request('POST /v2.1/images', f'Content-Length: {SIZE}'))
        for _ in range(SIZE // len(BLOCK)):
            one.send(BLOCK)
        assert one.response().status == 200

    assert seen == [_expected()]
    assert _grown(proxy.pid, before) < MOST


def test_upload_in_chunks_streams_under_gunicorn(proxies, nova):
    proxy = proxies['gunicorn']
    nova.script(_takes_chunks)
    before = processes.peak_bytes(proxy.pid)
    chunk = b'%x\r\n%s\r\n' % (len(BLOCK), BLOCK)

    with client.connected(proxy.address) as one:
        one.send(request('POST /v2.1/images', 'Transfer-Encoding: chunked'))
        for _ in range(32):
            one.send(chunk)
        one.send(b'0\r\n\r\n')
        assert one.response().status == 200

    (seen,) = nova.requests()
    assert seen.body == BLOCK * 32
    assert _grown(proxy.pid, before) < MOST


@pytest.mark.parametrize('size', [65_535, 65_536, 65_537, 200_000])
def test_a_response_of_any_size_is_whole(address, nova, size):
    body = b'x' * size
    nova.respond_with(response(body))

    assert client.send(address, request('GET /v2.1/images')).body == body


def _sends_much(connection):
    while data := connection.request():
        if b'/images' not in data:
            connection.send(response())
            continue
        connection.send(head(f'Content-Length: {SIZE}'))
        for _ in range(SIZE // len(BLOCK)):
            connection.send(BLOCK)


def _takes_chunks(connection):
    """Look for the end alone: to count chunks takes long."""
    parts = []
    while not b''.join(parts[-2:]).endswith(b'0\r\n\r\n'):
        connection.received = b''
        if not connection.read():
            return
        parts.append(connection.received)
    connection.received = b''.join(parts)
    connection.send(response())


def _takes_much(connection, seen):
    """Keep a digest of the body, not the body."""
    digest = hashlib.sha256()
    taken = 0
    while taken < SIZE:
        if not connection.read():
            return
        if b'\r\n\r\n' in connection.received:
            _, _, body = connection.received.partition(b'\r\n\r\n')
            connection.received = b'\r\n\r\n'
            digest.update(body)
            taken += len(body)
    seen.append(digest.hexdigest())
    connection.received = b''
    connection.send(response())


def _digest(one):
    """Return the digest of all that comes after the head."""
    digest = hashlib.sha256()
    file = one.socket.makefile('rb')
    while file.readline() != b'\r\n':
        continue
    for _ in range(SIZE // MIB):
        digest.update(file.read(MIB))
    return digest.hexdigest()


def _expected():
    digest = hashlib.sha256()
    for _ in range(SIZE // len(BLOCK)):
        digest.update(BLOCK)
    return digest.hexdigest()


def _grown(pid, before):
    now = processes.peak_bytes(pid)
    return max(now[one] - before.get(one, 0) for one in now)
