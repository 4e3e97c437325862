"""The response of a WSGI application, and the steps that all of them need."""

import logging
import traceback
from collections.abc import Iterable
from typing import NamedTuple

from nova_update_guard.compute_api.faults import NovaFailedError, Refusal

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
