"""nova's answer on its way back: with what is taken out, or only looked at."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from wsgiref.types import WSGIEnvironment

from nova_update_guard.compute_api.faults import NovaFailedError, Refuse
from nova_update_guard.layers.modes import RESPONSE_REDACTION
from nova_update_guard.layers.redaction import View, Viewer
from nova_update_guard.middleware import refusals, response
from nova_update_guard.middleware.decision import Case, Finding
from nova_update_guard.middleware.response import Answer

Decided = Callable[[WSGIEnvironment, Case], object]
T = TypeVar('T')


class Answering:
    """Makes of nova's answers those for the client; *decided* is told."""

    def __init__(self, decided: Decided) -> None:
        self._decided = decided

    def shown(
        self, environ: WSGIEnvironment, came: Answer, case: Case, due: bool
    ) -> Answer:
        """Return the answer for the caller of *case*.

        Where redaction acts, it is a fault rather than nova's as it is.
        Where it only tells what it would do, it is nova's, byte for byte.
        """
        if not case.viewer or RESPONSE_REDACTION not in case.modes:
            self._decided(environ, case)
            return came
        began = time.perf_counter_ns()
        view = _tried(environ, response.view_of, came, case.viewer)
        case.guard_ns += time.perf_counter_ns() - began
        looking = _Looking(environ, came, case, case.viewer, due)
        if view and not case.acts(RESPONSE_REDACTION):
            return came._replace(
                body=_Watched(came.body, looking, view, self._decided)
            )
        shown = looking.redacted(view) if view else came
        self._decided(environ, case)
        return shown


class _Looking:
    """One answer that is looked into for what its *viewer* may not see."""

    def __init__(
        self,
        environ: WSGIEnvironment,
        came: Answer,
        case: Case,
        viewer: Viewer,
        due: bool,
    ) -> None:
        self.environ = environ
        self.case = case
        self._came = came
        self._viewer = viewer
        self._due = due

    @property
    def length(self) -> int | None:
        """The length of the answer, if nova says it."""
        return response.length(self._came)

    def redacted(self, view: View | Refuse) -> Answer:
        """Return the answer with what may be seen, or a fault."""
        shown: Answer | Refuse
        if isinstance(view, Refuse):
            shown = self._found(view)
            response.close(self._came.body)
        else:
            began = time.perf_counter_ns()
            data = _tried(self.environ, response.joined, self._came.body)
            self.case.nova_ns += time.perf_counter_ns() - began
            # What nova, or the way to it, failed in is not of this layer.
            shown = data if isinstance(data, Refuse) else self.at(view, data)
        if isinstance(shown, Refuse):
            self.case.status = shown.status
            return refusals.answer(self.environ, shown)
        return shown

    def at(self, view: View | Refuse, data: bytes) -> Answer | Refuse:
        """Return the answer, of body *data*, and keep what was taken."""
        if isinstance(view, Refuse):
            return self._found(view)
        began = time.perf_counter_ns()
        redacted = _tried(
            self.environ,
            response.redact,
            self._came,
            data,
            view,
            self._viewer.can,
            self._due,
        )
        self.case.guard_ns += time.perf_counter_ns() - began
        if isinstance(redacted, Refuse):
            return self._found(redacted)
        self.case.taken = redacted.taken
        self.case.servers = redacted.servers
        return redacted.answer

    def _found(self, refuse: Refuse) -> Refuse:
        self.case.add(Finding((RESPONSE_REDACTION,), refuse))
        return refuse


class _Watched:
    """A body as it comes, which is looked into when all of it has come."""

    def __init__(
        self,
        body: Iterable[bytes],
        looking: _Looking,
        view: View | Refuse,
        decided: Decided,
    ) -> None:
        self._body = body
        self._chunks = iter(body)
        self._looking = looking
        self._view = view
        self._decided = decided
        self._kept: list[bytes] = []
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._end(whole=True)
            raise
        except BaseException:
            self._end(whole=False)
            raise
        self._kept.append(chunk)
        return chunk

    def close(self) -> None:
        """Close the body, as whoever sent it on must."""
        try:
            response.close(self._body)
        finally:
            # Of an answer whose length it knows, a server may ask no further.
            length = sum(map(len, self._kept))
            self._end(length == self._looking.length)

    def _end(self, whole: bool) -> None:
        """Look into the body, of which nothing can be told if it is torn."""
        if self._is_open:
            self._is_open = False
            if whole:
                self._looking.at(self._view, b''.join(self._kept))
            self._decided(self._looking.environ, self._looking.case)


def _tried(
    environ: WSGIEnvironment, ask: Callable[..., T], *arguments: Any
) -> T | Refuse:
    """Return what *ask* does, or the fault of nova, or of our own."""
    try:
        return ask(*arguments)
    except NovaFailedError as error:
        return error.refusal
    except Exception as error:
        fault = error
    return refusals.own_fault(environ, fault)
