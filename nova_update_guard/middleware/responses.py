"""The response of a WSGI application, and the steps that all of them need."""

import logging
import traceback
from collections.abc import Iterable
from typing import Any, NamedTuple

from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.wsgi_types import WSGIApplication, WSGIEnvironment

LOG = logging.getLogger(__name__)

Headers = list[tuple[str, str]]


class Response(NamedTuple):
    """The response of a WSGI application."""

    status: str
    headers: Headers
    body: Iterable[bytes]

    def with_body(self, body: bytes) -> 'Response':
        """Return the same response with *body* and its length."""
        kept = [
            (name, value)
            for name, value in self.headers
            if name.lower() != 'content-length'
        ]
        length = ('Content-Length', str(len(body)))
        return Response(self.status, [*kept, length], [body])

    @property
    def length(self) -> int | None:
        """The Content-Length in bytes; None if there is none."""
        for name, value in self.headers:
            if name.lower() == 'content-length' and value.isdecimal():
                return int(value)
        return None


def of(app: WSGIApplication, environ: WSGIEnvironment) -> Response:
    """Return the response of *app* to the request in *environ*.

    As PEP 3333 lets it, an app may start the response with its first chunk
    only, or write chunks. webob does the same, and makes a request for it.
    """
    started: list[Any] = []
    written: list[bytes] = []

    def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
        if exc_info:
            raise exc_info[1].with_traceback(exc_info[2])
        started[:] = status, headers
        return written.append

    body = app(environ, start)
    if written or not started:
        try:
            written.extend(body)
        finally:
            close(body)
        body = written
    status, headers = started
    return Response(status, headers, body)


def joined(body: Iterable[bytes], broken: Refusal) -> bytes:
    """Return all of *body*, and close it.

    Raises NovaFailedError, with the refusal *broken* if *body* raises another
    exception, which is logged without its message.
    """
    try:
        return _joined(body)
    except NovaFailedError:
        raise
    except Exception as error:
        caught = error
    # Not in the handler, where oslo.log would add the message.
    LOG.error(
        'The response broke off behind the guard: %s\n%s',
        type(caught).__name__,
        ''.join(traceback.format_tb(caught.__traceback__)),
    )
    raise NovaFailedError(broken)


def _joined(body: Iterable[bytes]) -> bytes:
    try:
        return b''.join(body)
    finally:
        close(body)


def close(body: Iterable[bytes]) -> None:
    """Close *body*, if it has a ``close`` method."""
    end = getattr(body, 'close', None)
    if end:
        end()
