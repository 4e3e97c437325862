"""A stand-in for nova: raw bytes in, raw bytes out, as a test scripts it.

Everything that a real nova can do is tested on a real one. This one breaks
off, falls silent, lies about lengths, and keeps every byte that reached it.
"""

import json
import socket
import struct
import threading
import time

from tests.proxy import strict
from tests.proxy.listening import Listener

SECRET = 'a-host-that-only-admins-see'
SERVER = {
    'id': 's1',
    'links': [],
    'name': 'vm1',
    'status': 'ACTIVE',
    'OS-EXT-SRV-ATTR:host': SECRET,
}
DOCUMENT = json.dumps({'server': SERVER}).encode()
_NEVER = struct.pack('ii', 1, 0)


def head(*lines, status='200 OK'):
    """Return the head of an answer; *lines* come after the usual ones."""
    usual = [
        f'HTTP/1.1 {status}',
        'Content-Type: application/json',
        'OpenStack-API-Version: compute 2.1',
    ]
    return '\r\n'.join([*usual, *lines, '', '']).encode('latin-1')


def response(body=DOCUMENT, *lines, status='200 OK'):
    """Return a whole answer."""
    return head(f'Content-Length: {len(body)}', *lines, status=status) + body


class Connection:
    """One connection from the proxy, and all that came over it."""

    def __init__(self, sock):
        self._socket = sock
        self._taken = 0
        self.received = b''

    def request(self):
        """Wait for a whole request; return it, or None at the end."""
        while not (end := strict.end_of_request(self.received, self._taken)):
            if not self.read():
                return None
        raw = self.received[self._taken : end]
        self._taken = end
        return raw

    def read(self):
        """Wait for more; return how many bytes came, 0 at the end."""
        more = self._socket.recv(65536)
        self.received += more
        return len(more)

    def send(self, data):
        self._socket.sendall(data)

    def forget(self):
        """Forget all bytes received."""
        self.received = b''
        self._taken = 0

    def drip(self, data, seconds=0.05):
        """Send byte by byte."""
        for index in range(len(data)):
            self._socket.sendall(data[index : index + 1])
            time.sleep(seconds)

    def reset(self):
        """Break off, so that the other side gets a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NEVER)
        self._socket.close()

    def close(self):
        self._socket.close()

    def hang_up(self):
        """End it from another thread, which may be waiting for it."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It has ended already.
            return


def obliging(connection):
    """Answer every request with a server."""
    while connection.request():
        connection.send(response())


def forgetting(connection):
    """Answer every request with a server, and keep none."""
    while connection.request():
        connection.forget()
        connection.send(response())


class Nova(Listener):
    """Runs the script that a test has given it on each connection."""

    def __init__(self, wrap=lambda sock: sock):
        self.connections = []
        self._script = obliging
        self._changing = threading.Lock()
        super().__init__(self._play, wrap)

    def script(self, script):
        """Play *script* from now on; connections of before end."""
        with self._changing:
            before, self.connections = self.connections, []
            self._script = script
        for connection in before:
            connection.hang_up()

    def respond_with(self, *responses):
        """Answer the next requests so, one each, on whichever connection."""
        rest = list(responses)

        def play(connection):
            while connection.request():
                connection.send(rest.pop(0) if rest else response())

        self.script(play)

    def requests(self):
        """Return all that reached nova, strictly read."""
        return [
            request
            for connection in self.connections
            for request in strict.requests(connection.received)
        ]

    def _play(self, sock):
        with self._changing:
            connection = Connection(sock)
            script = self._script
            self.connections.append(connection)
        script(connection)
