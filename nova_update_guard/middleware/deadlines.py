"""The time that a client has to send a body, or to take a response.

A WSGI server bounds each read and each write, or none: a client that moves a
byte now and then holds a thread for as long as it likes. A thread that waits
for a client goes on when the client's connection is shut, which is what
another thread does here.
"""

import contextlib
import functools
import importlib
import os
import socket
import threading
import time
from typing import Any, Protocol
from wsgiref.types import WSGIEnvironment

from nova_update_guard.compute_api.faults import Refusal

# How often the connections are looked at, while there are any.
_TICK_SECONDS = 0.25
# gunicorn waits for each of a body's bytes no longer than this.
_STALL_SECONDS = 10.0
_AT_ONCE = 0.001
# Where the connection is not known, the time is checked between pieces.
_PIECE_BYTES = 16384

SLOW = Refusal(
    408,
    'The body of the request did not arrive in time',
    'the client was too slow',
)


class SlowClientError(Exception):
    """The client has not sent its body in time."""

    refusal = SLOW


class Deadline:
    """A client's time in seconds, of which each ``with`` block takes a part.

    When it is used up, what waits for the client goes on: a read of its body
    fails, or its connection is shut while it takes a response. gunicorn and
    uWSGI tell which connection it is; under other servers only ``is_over``
    is set, at the end of a block.
    """

    def __init__(
        self, connection: '_Connection | None', seconds: float
    ) -> None:
        self.is_over = False
        self.end = 0.0
        self._connection = connection
        self._left = seconds
        self._keeper: _Keeper | None = None

    @classmethod
    def of_body(cls, environ: WSGIEnvironment, seconds: float) -> 'Deadline':
        """Return that of a request's body."""
        if 'gunicorn.socket' in environ:
            return cls(_Waits(environ['gunicorn.socket']), seconds)
        return cls(_uwsgi_connection(environ, socket.SHUT_RD), seconds)

    @classmethod
    def of_response(
        cls, environ: WSGIEnvironment, seconds: float
    ) -> 'Deadline':
        """Return that of a response."""
        if 'gunicorn.socket' in environ:
            file = environ['gunicorn.socket'].fileno()
            return cls(_Side(file, socket.SHUT_RDWR), seconds)
        return cls(_uwsgi_connection(environ, socket.SHUT_RDWR), seconds)

    def __enter__(self) -> None:
        self.end = time.monotonic() + self._left
        if self._connection:
            self._connection.begin(self._left)
            self._keeper = _keeper(os.getpid())
            self._keeper.add(self)

    def __exit__(self, *_: object) -> None:
        if self._connection and self._keeper:
            self._keeper.remove(self)
            self._connection.end()
        self._left = self.end - time.monotonic()
        self.is_over = self.is_over or self._left <= 0

    def shut(self) -> None:
        """End what waits for the client."""
        self.is_over = True
        # The client may have gone.
        with contextlib.suppress(OSError):
            if self._connection:
                self._connection.shut()


def read(source: Any, size: int, deadline: Deadline) -> bytes:
    """Return *size* bytes of a body, or less, or none at its end.

    Raises SlowClientError, and whatever *source* does.
    """
    try:
        with deadline:
            data: bytes = source.read(min(size, _PIECE_BYTES))
    except Exception as error:
        if deadline.is_over or _is_timeout(error):
            raise SlowClientError from None
        raise
    if deadline.is_over:
        raise SlowClientError
    return data


class _Keeper:
    """A thread that shuts the connections whose time is over."""

    def __init__(self) -> None:
        self._deadlines: set[Deadline] = set()
        # Held while one is shut: after remove() it may be another client's.
        self._changing = threading.Lock()
        self._has_some = threading.Event()
        threading.Thread(
            target=self._run, name='client deadlines', daemon=True
        ).start()

    def add(self, deadline: Deadline) -> None:
        with self._changing:
            self._deadlines.add(deadline)
            self._has_some.set()

    def remove(self, deadline: Deadline) -> None:
        with self._changing:
            self._deadlines.discard(deadline)

    def _run(self) -> None:
        while self._has_some.wait():
            time.sleep(_TICK_SECONDS)
            with self._changing:
                self._shut_those_that_are_over()
                if not self._deadlines:
                    self._has_some.clear()

    def _shut_those_that_are_over(self) -> None:
        now = time.monotonic()
        over = {one for one in self._deadlines if one.end <= now}
        self._deadlines -= over
        for deadline in over:
            deadline.shut()


@functools.cache
def _keeper(_pid: int) -> _Keeper:
    """Return the one of this process: threads do not survive a fork."""
    return _Keeper()


class _Connection(Protocol):
    """The client's connection, waited for from ``begin`` to ``end``."""

    def begin(self, seconds: float) -> None: ...

    def shut(self) -> None: ...

    def end(self) -> None: ...


class _Side:
    """A connection that is shut for reading, or for both (*how*)."""

    def __init__(self, file: int, how: int) -> None:
        self._file = file
        self._how = how

    def begin(self, _seconds: float) -> None:
        """Let the server wait as it does."""

    def end(self) -> None:
        """Leave it as it is."""

    def shut(self) -> None:
        copy = socket.socket(fileno=os.dup(self._file))
        with contextlib.closing(copy):
            copy.shutdown(self._how)


class _Waits:
    """A connection of gunicorn's while a body is read.

    Not shut for reading: gunicorn takes the end for that of the body, and
    what comes later for a request. After an error it closes the connection.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def begin(self, seconds: float) -> None:
        self._socket.settimeout(max(_AT_ONCE, min(seconds, _STALL_SECONDS)))

    def shut(self) -> None:
        # From the next byte on: until then the wait has its own time.
        self._socket.settimeout(_AT_ONCE)

    def end(self) -> None:
        # As gunicorn has it.
        self._socket.settimeout(None)


def _uwsgi_connection(environ: WSGIEnvironment, how: int) -> _Side | None:
    if 'uwsgi.version' not in environ:
        return None
    return _Side(_uwsgi().connection_fd(), how)


@functools.cache
def _uwsgi() -> Any:
    """Return the module that is there only inside of uWSGI."""
    return importlib.import_module('uwsgi')


def _is_timeout(error: Exception) -> bool:
    """Tell whether the server has waited for the next bytes for too long.

    Sources: ``plugins/python/wsgi_handlers.c`` of uWSGI, which has no other
    exception for it; gunicorn's sockets have SO_RCVTIMEO from its sample.
    """
    return isinstance(error, (TimeoutError, BlockingIOError)) or str(
        error
    ).startswith('timeout during read')
