"""Redaction of nova's response: enforced, or only recorded."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.layers.modes import ENFORCE, RESPONSE_REDACTION
from nova_update_guard.layers.redaction import View, Viewer
from nova_update_guard.middleware import refusals, responses
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.middleware.responses import Response

Decided = Callable[[GuardedRequest, Decision], object]
T = TypeVar('T')


class ResponseRedactor:
    """Redacts nova's responses; *decided* is called with each decision."""

    def __init__(self, decided: Decided) -> None:
        self._decided = decided

    def apply(
        self,
        request: GuardedRequest,
        response: Response,
        decision: Decision,
    ) -> Response:
        """Return *response* as the caller of *decision* may see it.

        In the mode ``enforce``, a response that cannot be redacted becomes a
        refusal. In the mode ``audit``, it is nova's, byte for byte.
        """
        if not decision.viewer or RESPONSE_REDACTION not in decision.modes:
            self._decided(request, decision)
            return response
        began = time.perf_counter_ns()
        view = _call(request, responses.view_of, response, decision.viewer)
        decision.guard_ns += time.perf_counter_ns() - began
        looking = _Redaction(request, response, decision, decision.viewer)
        if view and decision.modes[RESPONSE_REDACTION] != ENFORCE:
            return response._replace(
                body=_TeeBody(response.body, looking, view, self._decided)
            )
        shown = looking.redacted(view) if view else response
        self._decided(request, decision)
        return shown


class _Redaction:
    """The redaction of one *response* for its *viewer*."""

    def __init__(
        self,
        request: GuardedRequest,
        response: Response,
        decision: Decision,
        viewer: Viewer,
    ) -> None:
        self.request = request
        self.decision = decision
        self._response = response
        self._viewer = viewer

    @property
    def length(self) -> int | None:
        """The length of the response's body, None if nova does not send it."""
        return responses.length(self._response)

    def redacted(self, view: View | Refusal) -> Response:
        """Return the redacted response, or a refusal as a response."""
        shown: Response | Refusal
        if isinstance(view, Refusal):
            shown = self._found(view)
            responses.close(self._response.body)
        else:
            began = time.perf_counter_ns()
            data = _call(self.request, responses.joined, self._response.body)
            self.decision.nova_ns += time.perf_counter_ns() - began
            # A failure of nova, or on the way to it, is no violation.
            shown = (
                data
                if isinstance(data, Refusal)
                else self.redact_body(view, data)
            )
        if isinstance(shown, Refusal):
            self.decision.status = shown.status
            return refusals.response(self.request, shown)
        return shown

    def redact_body(
        self, view: View | Refusal, data: bytes
    ) -> Response | Refusal:
        """Return the response redacted by *view*; *data* is its body.

        Record in the decision the attributes taken out, or the refusal.
        """
        if isinstance(view, Refusal):
            return self._found(view)
        began = time.perf_counter_ns()
        redacted = _call(
            self.request,
            responses.redact,
            self._response,
            data,
            view,
            self._viewer.can,
            self.request.route.is_document_due,
        )
        self.decision.guard_ns += time.perf_counter_ns() - began
        if isinstance(redacted, Refusal):
            return self._found(redacted)
        self.decision.taken = redacted.taken
        self.decision.servers = redacted.servers
        return redacted.response

    def _found(self, refusal: Refusal) -> Refusal:
        self.decision.add(Violation((RESPONSE_REDACTION,), refusal))
        return refusal


class _TeeBody:
    """Passes a body through unchanged; inspects a copy of it at the end."""

    def __init__(
        self,
        body: Iterable[bytes],
        looking: _Redaction,
        view: View | Refusal,
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
        """Close the body, as PEP 3333 demands."""
        try:
            responses.close(self._body)
        finally:
            # A server that knows the length may not iterate to the end.
            length = sum(map(len, self._kept))
            self._end(length == self._looking.length)

    def _end(self, whole: bool) -> None:
        """Inspect the body, if it is *whole*, and record the decision."""
        if self._is_open:
            self._is_open = False
            if whole:
                self._looking.redact_body(self._view, b''.join(self._kept))
            self._decided(self._looking.request, self._looking.decision)


def _call(
    request: GuardedRequest, ask: Callable[..., T], *arguments: Any
) -> T | Refusal:
    """Call *ask*; return its result, or an exception as a refusal."""
    try:
        return ask(*arguments)
    except NovaFailedError as error:
        return error.refusal
    except Exception as error:
        fault = error
    return refusals.own_fault(request, fault)
