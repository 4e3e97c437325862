"""A socket of loopback that somebody answers, a thread per connection."""

import socket
import threading
from contextlib import suppress

from tests.cloud import ports

HOST = '127.0.0.1'
# The name of each thread of a stand-in.
THREAD = 'stand-in'
_SECONDS = 10


class Listener:
    """Hands every connection that comes to *serve*, in a thread."""

    def __init__(self, serve, wrap=lambda sock: sock):
        self._serve = serve
        self._wrap = wrap
        # By the thread that serves each.
        self._connections = {}
        # Free again when it is closed, as `open` needs it.
        self.port = ports.free()
        self.open()

    @property
    def url(self):
        return f'http://{HOST}:{self.port}'

    def open(self):
        """Listen, on the same port as before."""
        self._socket = socket.create_server((HOST, self.port), backlog=128)
        self._accepting = threading.Thread(
            target=self._accept,
            args=(self._socket,),
            name=THREAD,
            daemon=True,
        )
        self._accepting.start()

    def close(self):
        """Refuse connections, end those that are open, and all threads."""
        # A thread that waits in accept() holds a closed socket open.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._accepting.join()
        for thread, sock in [*self._connections.items()]:
            # It may have ended meanwhile.
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            thread.join(_SECONDS)
            assert not thread.is_alive(), f'{self._serve} does not end'

    def _accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            thread = threading.Thread(
                target=self._run, args=(sock,), name=THREAD, daemon=True
            )
            self._connections[thread] = sock
            thread.start()

    def _run(self, sock):
        # What fails here is the other side's, or what a test wanted.
        try:
            sock = self._wrap(sock)
            self._connections[threading.current_thread()] = sock
            self._serve(sock)
        except OSError:
            pass
        finally:
            sock.close()
            del self._connections[threading.current_thread()]
