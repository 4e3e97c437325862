"""A client that can send any bytes."""

import json
import socket
from contextlib import contextmanager, suppress
from typing import NamedTuple

from tests.proxy.keystone import MEMBER
from tests.proxy.messages import BrokenOffError, head_and_body

SECONDS = 20.0


class Address(NamedTuple):
    """Where a proxy listens, and whether it keeps connections."""

    host: str
    port: int
    keeps: bool


class Response(NamedTuple):
    """The proxy's response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection to the proxy, or one after the other.

    uWSGI ends a connection with its answer; the client begins another.
    """

    def __init__(self, address, seconds):
        self._address = address
        self._seconds = seconds
        self._connect()

    def send(self, data):
        if self._is_complete and not self._address.keeps:
            self.close()
            self._connect()
        self.socket.sendall(data)

    def _connect(self):
        host, port, _ = self._address
        self.socket = socket.create_connection((host, port), self._seconds)
        self._file = self.socket.makefile('rb')
        self._is_complete = False

    def response(self, is_head=False):
        """Return the next answer, or None at the end.

        Raises BrokenOffError, OSError or TimeoutError.
        """
        message = head_and_body(self._file, is_head)
        self._is_complete = True
        if message is None:
            return None
        first, headers, body = message
        return Response(int(first.split()[1]), headers, body)

    def responses(self):
        """Return all answers until the proxy ends the connection.

        What is no answer ends them too: uWSGI repeats the third word of a
        broken request line in its own.
        """
        found = []
        with suppress(ConnectionError, BrokenOffError, ValueError):
            while response := self.response():
                found.append(response)
        return found

    def exactly(self, size):
        """Return the next *size* bytes."""
        return self._file.read(size)

    def rest(self):
        """Return all bytes until the proxy ends the connection."""
        found = []
        with suppress(ConnectionError):
            while data := self._file.read1():
                found.append(data)
        return b''.join(found)

    def say_no_more(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self._file.close()
        self.socket.close()


@contextmanager
def connected(address, seconds=SECONDS):
    """Yield a new connection to the proxy."""
    client = Client(address, seconds)
    try:
        yield client
    finally:
        client.close()


def request(
    line='GET /v2.1/servers/s1', *fields, body=None, token=MEMBER, host='h'
):
    """Return a request; *fields* are more header lines, text or bytes."""
    lines = [f'{line} HTTP/1.1', f'Host: {host}']
    if token:
        lines.append(f'X-Auth-Token: {token}')
    if body is not None:
        lines.append('Content-Type: application/json')
        lines.append(f'Content-Length: {len(body)}')
    raw = [_bytes(item) for item in (*lines, *fields, '', '')]
    return b'\r\n'.join(raw) + (body or b'')


def update(*fields, token=MEMBER, **changes):
    """Return an update of a server."""
    body = json.dumps({'server': changes or {'name': 'new'}}).encode()
    return request('PUT /v2.1/servers/s1', *fields, body=body, token=token)


def send(address, data=None, is_head=False):
    """Return the answer to *data*, alone on its connection."""
    with connected(address) as client:
        client.send(request() if data is None else data)
        return client.response(is_head)


def attack(address, data):
    """Return all answers to *data*, after which the client says no more."""
    with connected(address) as client:
        with suppress(OSError):
            client.send(data)
            client.say_no_more()
        return client.responses()


def _bytes(item):
    return item if isinstance(item, bytes) else item.encode('latin-1')
