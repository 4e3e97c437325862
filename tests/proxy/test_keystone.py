"""Responses while keystone cannot verify tokens."""

import re
from contextlib import closing, contextmanager

import pytest

from tests.cloud import ports
from tests.proxy import serving
from tests.proxy.client import Address, request, send, update
from tests.proxy.keystone import Keystone
from tests.proxy.listening import HOST

FAULT = 'The identity service is unavailable'


class Elsewhere(Keystone):
    """Its catalog has no endpoint of the kind that the guard looks for."""

    def _identity(self):
        return super()._identity() | {'endpoints': []}


class Strict(Keystone):
    """It does not know the guard's own password."""

    def _response(self, first, headers, body):
        if first.startswith('POST'):
            return b'HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'
        return super()._response(first, headers, body)


class Broken(Keystone):
    """It responds 500 to every request about a token."""

    def _response(self, first, headers, body):
        if first.startswith('GET /v3/auth/tokens'):
            return b'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'
        return super()._response(first, headers, body)


class Gone(Keystone):
    """Nobody listens."""

    def __init__(self):
        super().__init__()
        self.close()

    def close(self):
        if self._socket.fileno() >= 0:
            super().close()


@contextmanager
def before(name, nova, keystone, folder):
    """Yield a proxy that asks *keystone*."""
    folder.mkdir()
    serving.write_config(folder, nova.url, keystone.url)
    port = ports.free()
    service = serving.service(name, folder, port)
    service.start()
    try:
        service.wait(30)
        yield Address(HOST, port, name == 'gunicorn')
    finally:
        service.stop()


@pytest.mark.parametrize(
    ('kind', 'server'),
    [
        (Elsewhere, 'uwsgi'),
        (Strict, 'gunicorn'),
        (Broken, 'uwsgi'),
        (Gone, 'gunicorn'),
    ],
)
def test_a_failing_keystone_is_503_not_401(tmp_path, nova, kind, server):
    folder = tmp_path / 'proxy'
    with (
        closing(kind()) as keystone,
        before(server, nova, keystone, folder) as address,
    ):
        refused = [
            send(address, update(name='a')),
            send(address, request('GET /v2.1/servers/detail')),
        ]
        without = send(address, request('GET /v2.1/servers/s1', token=None))
        other = send(address, request('GET /v2.1/flavors'))
        log = (folder / 'guard.log').read_text()

    for response in refused:
        assert response.status == 503
        assert response.json == {
            'serviceUnavailable': {'code': 503, 'message': FAULT}
        }
    # These have not been asked about at all.
    assert without.status == 401
    assert other.status == 200
    assert len(re.findall(r' CRITICAL ', log)) == len(refused)
    assert 'Traceback' not in log
    assert 'Error in the guard' not in log


def test_a_token_that_keystone_does_not_know_is_the_clients(address):
    response = send(address, update(token='of nobody', name='a'))

    assert response.status == 401
    assert response.json['unauthorized']['code'] == 401
