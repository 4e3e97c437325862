"""A socket of loopback that somebody answers, a thread per connection."""

import socket
import threading

HOST = '127.0.0.1'


class Listener:
    """Hands every connection that comes to *serve*, in a thread."""

    def __init__(self, serve, wrap=lambda sock: sock):
        self._serve = serve
        self._wrap = wrap
        self.port = 0
        self.open()

    @property
    def url(self):
        return f'http://{HOST}:{self.port}'

    def open(self):
        """Listen, on the same port as before."""
        self._socket = socket.create_server((HOST, self.port), backlog=128)
        self.port = self._socket.getsockname()[1]
        threading.Thread(
            target=self._accept, args=(self._socket,), daemon=True
        ).start()

    def close(self):
        """Refuse connections from now on."""
        # A thread that waits in accept() holds a closed socket open.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            threading.Thread(
                target=self._run, args=(sock,), daemon=True
            ).start()

    def _run(self, sock):
        # What fails here is the other side's, or what a test wanted.
        try:
            sock = self._wrap(sock)
            self._serve(sock)
        except OSError:
            pass
        finally:
            sock.close()
