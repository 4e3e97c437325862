"""Limit the time that a client may take to send a body or receive a response.

A WSGI server limits each read and each write, or none: a client that sends
or reads a byte now and then blocks a thread for as long as it likes. A thread
that waits for a client continues when the client's connection is shut down,
which another thread does here.
"""

import contextlib
import fcntl
import functools
import importlib
import os
import socket
import termios
import threading
import time
from typing import Any, Protocol

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.wsgi_types import WSGIEnvironment

# How often the deadlines are checked, while there are any.
_TICK_SECONDS = 0.25
# gunicorn waits no longer than this for the next bytes of a body.
_STALL_SECONDS = 10.0
_AT_ONCE = 0.001
# Where the connection is unknown, the time is checked between reads.
_PIECE_BYTES = 16384

SLOW = Refusal(
    408,
    'The body of the request did not arrive in time',
    'the client was too slow',
)


class SlowClientError(Exception):
    """The client did not send its body in time."""

    refusal = SLOW


class Deadline:
    """A client's time budget in seconds, spent by each ``with`` block.

    When it is used up, waiting for the client ends: a read of its body fails,
    or its connection is shut down while it receives a response. gunicorn and
    uWSGI give access to the connection; under other servers only ``is_over``
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
        """Return a deadline for reading a request's body."""
        if 'gunicorn.socket' in environ:
            return cls(_Waits(environ['gunicorn.socket']), seconds)
        return cls(_uwsgi_connection(environ, socket.SHUT_RD), seconds)

    @classmethod
    def of_response(
        cls, environ: WSGIEnvironment, seconds: float
    ) -> 'Deadline':
        """Return a deadline for sending a response."""
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
        """Stop waiting for the client."""
        self.is_over = True
        # The client may have closed the connection.
        with contextlib.suppress(OSError):
            if self._connection:
                self._connection.shut()


def is_all_sent(environ: WSGIEnvironment) -> bool:
    """Return whether the client has taken all that was sent to it before.

    False where the connection is unknown.
    """
    if 'gunicorn.socket' in environ:
        file = environ['gunicorn.socket'].fileno()
    elif 'uwsgi.version' in environ:
        file = _uwsgi().connection_fd()
    else:
        return False
    return fcntl.ioctl(file, termios.TIOCOUTQ, bytes(4)) == bytes(4)


def read(source: Any, size: int, deadline: Deadline) -> bytes:
    """Return up to *size* bytes of a body, and none at its end.

    Raises SlowClientError, and any exception that *source* raises.
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
    """A thread that shuts down the connections of expired deadlines."""

    def __init__(self) -> None:
        self._deadlines: set[Deadline] = set()
        # Held while a connection is shut down: after remove() its file
        # descriptor may be another client's.
        self._changing = threading.Lock()
        self._has_some = threading.Event()
        threading.Thread(
            target=self._run, name='client deadlines', daemon=True
        ).start()

    def add(self, deadline: Deadline) -> None:
        with self._changing:
            self._deadlines.add(deadline)
            if not self._has_some.is_set():
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
    """Return the keeper of this process: threads do not survive a fork."""
    return _Keeper()


class _Connection(Protocol):
    """A client's connection; a wait for it lasts from ``begin`` to ``end``."""

    def begin(self, seconds: float) -> None: ...

    def shut(self) -> None: ...

    def end(self) -> None: ...


class _Side:
    """A connection that is shut down for reading, or for both (*how*)."""

    def __init__(self, file: int, how: int) -> None:
        self._file = file
        self._how = how

    def begin(self, _seconds: float) -> None:
        """Do nothing: the server's own timeouts stay."""

    def end(self) -> None:
        """Do nothing: there is no setting to restore."""

    def shut(self) -> None:
        copy = socket.socket(fileno=os.dup(self._file))
        with contextlib.closing(copy):
            copy.shutdown(self._how)


class _Waits:
    """A connection of gunicorn's while a body is read.

    Not shut down for reading: gunicorn would take that for the end of the
    body, and later bytes for a new request. After an error it closes the
    connection.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def begin(self, seconds: float) -> None:
        self._socket.settimeout(max(_AT_ONCE, min(seconds, _STALL_SECONDS)))

    def shut(self) -> None:
        # Takes effect at the next read: the current one keeps its timeout.
        self._socket.settimeout(_AT_ONCE)

    def end(self) -> None:
        # gunicorn's own setting.
        self._socket.settimeout(None)


def _uwsgi_connection(environ: WSGIEnvironment, how: int) -> _Side | None:
    if 'uwsgi.version' not in environ:
        return None
    return _Side(_uwsgi().connection_fd(), how)


@functools.cache
def _uwsgi() -> Any:
    """Return the module ``uwsgi``, which exists only inside uWSGI."""
    return importlib.import_module('uwsgi')


def _is_timeout(error: Exception) -> bool:
    """Check whether *error* is the server's timeout for the next bytes.

    Sources: ``plugins/python/wsgi_handlers.c`` of uWSGI, which has no
    exception class for it; our sample sets SO_RCVTIMEO on gunicorn's sockets.
    """
    return isinstance(error, (TimeoutError, BlockingIOError)) or str(
        error
    ).startswith('timeout during read')
