"""A real memcached, and attacks by a client of it."""

import contextlib
import getpass
import hashlib
import os
import shutil
import signal
import socket
import time
from contextlib import contextmanager
from urllib.parse import unquote

from tests.cloud import ports
from tests.cloud.processes import started, surroundings
from tests.proxy.listening import HOST
from tests.proxy.processes import descendants

INSTALL = 'memcached is not installed: apt-get install memcached'
_SECONDS = 10


def binary():
    """Return where memcached is, if it is installed."""
    return shutil.which('memcached')


class Memcached:
    """One that runs."""

    def __init__(self, port, pid):
        self.server = f'{HOST}:{port}'
        self._port = port
        self._pid = pid

    def write(self, key, value, flags=0):
        """Keep the bytes of *value* under *key*."""
        head = f'set {key} {flags} 0 {len(value)}\r\n'.encode()
        assert self._say(head + value + b'\r\n') == b'STORED\r\n'

    def stored(self):
        """Return all keys, of which there is one at least.

        A crawler collects them, which passes over what is in use just then.
        """
        deadline = time.monotonic() + _SECONDS
        while not (found := self._crawled()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return found

    def _crawled(self):
        dumped = self._say(b'lru_crawler metadump all\r\n', end=b'END\r\n')
        return [
            unquote(line.split()[0].removeprefix(b'key=').decode())
            for line in dumped.splitlines()[:-1]
        ]

    def read(self, key):
        """Return the value of *key*, in memcached's whole response."""
        return self._say(f'get {key}\r\n'.encode(), end=b'END\r\n')

    @contextmanager
    def hanging(self):
        """Let it accept connections in the block, and say nothing."""
        pid = descendants(self._pid)[-1]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _say(self, data, end=b'\r\n'):
        with socket.create_connection((HOST, self._port), _SECONDS) as sock:
            sock.sendall(data)
            said = b''
            while not said.endswith(end):
                more = sock.recv(65536)
                assert more
                said += more
            return said


def key(token):
    """Return where auth_token keeps *token*, if it does not encrypt."""
    return f'tokens/{hashlib.sha256(token.encode()).hexdigest()}'


@contextmanager
def running(folder, *options):
    """Yield a memcached, which ends with the block."""
    port = ports.free()
    command = [binary(), '-l', HOST, '-p', str(port), '-U', '0']
    command += ['-u', getpass.getuser(), *options]
    log = folder / 'memcached.log'
    with started(command, log, surroundings()) as process:
        deadline = time.monotonic() + _SECONDS
        while not _accepts(port):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield Memcached(port, process.pid)


def _accepts(port):
    with contextlib.suppress(OSError), socket.create_connection((HOST, port)):
        return True
    return False
