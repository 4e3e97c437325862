"""Clients that are slow on purpose, in a process of their own.

A sender sends a third of a body and then a byte every four seconds; a reader
asks for a list that no socket has room for and reads a byte a second. Who is
let go comes again.
"""

import contextlib
import socket
import threading
import time
from collections import Counter
from multiprocessing.connection import Connection

from tests.cloud.ports import HOST
from tests.proxy.keystone import MEMBER

_LENGTH = 90_000
_SEND_SECONDS = 4.0
_READ_SECONDS = 1.0
# As a client has them that is not on the same machine: there the other side
# has room for a few segments, here it would have some for megabytes.
_SEGMENT = 1460
_ROOM = 4096
_PAUSE_SECONDS = 0.2


class Slow:
    """So many senders and readers; *seen* counts their outcomes."""

    def __init__(self, port: int, path: str) -> None:
        self._address = (HOST, port)
        self._path = path
        self._enough = threading.Event()
        self.seen: Counter[str] = Counter()

    def run(self, senders: int, readers: int, reported: Connection) -> None:
        """Be slow until *reported* gets a message; then send the counts."""
        threads = [
            *(self._thread(self._send) for _ in range(senders)),
            *(self._thread(self._read) for _ in range(readers)),
        ]
        # Nothing comes where whoever started this has died.
        with contextlib.suppress(EOFError):
            reported.recv()
        self._enough.set()
        for thread in threads:
            thread.join()
        with contextlib.suppress(OSError):
            reported.send(self.seen)

    def _thread(self, play):
        thread = threading.Thread(target=self._again, args=(play,))
        thread.start()
        return thread

    def _again(self, play) -> None:
        while not self._enough.wait(_PAUSE_SECONDS):
            try:
                with self._connected() as sock:
                    play(sock)
            except OSError as error:
                self.seen[f'{play.__name__}: {type(error).__name__}'] += 1

    def _connected(self) -> socket.socket:
        sock = socket.socket()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        sock.settimeout(_SEND_SECONDS)
        sock.connect(self._address)
        return sock

    def _send(self, sock: socket.socket) -> None:
        sock.sendall(
            _head('PUT', self._path, f'Content-Length: {_LENGTH}')
            + b'{"server": {'.ljust(_LENGTH // 3)
        )
        began = time.monotonic()
        sock.settimeout(_SEND_SECONDS)
        while not self._enough.is_set():
            with contextlib.suppress(TimeoutError):
                response = sock.recv(4096)
                status = response[9:12].decode('latin-1') or 'closed'
                self.seen[f'sender: {status}'] += 1
                return
            sock.sendall(b' ')
        self._held('sender', began)

    def _read(self, sock: socket.socket) -> None:
        sock.sendall(_head('GET', '/v2.1/servers/detail'))
        began = time.monotonic()
        sock.settimeout(4 * _SEND_SECONDS)
        status = sock.recv(12)[9:].decode('latin-1') or 'closed'
        self.seen[f'reader: {status}'] += 1
        while not self._enough.wait(_READ_SECONDS):
            if not sock.recv(1):
                self.seen['reader: closed'] += 1
                return
        self._held('reader', began)

    def _held(self, caller: str, began: float) -> None:
        """Count one that was not let go before it was enough."""
        if time.monotonic() - began > _SEND_SECONDS:
            self.seen[f'{caller}: still there'] += 1


def run(
    port: int, path: str, senders: int, readers: int, reported: Connection
) -> None:
    """Be slow, in a process that was started for it."""
    Slow(port, path).run(senders, readers, reported)


def _head(method: str, path: str, *fields: str) -> bytes:
    lines = [
        f'{method} {path} HTTP/1.1',
        f'Host: {HOST}',
        f'X-Auth-Token: {MEMBER}',
        'Content-Type: application/json',
        *fields,
    ]
    return '\r\n'.join([*lines, '', '']).encode()
