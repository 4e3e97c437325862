"""Redaction of nova's response: enforced, or only recorded."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar
from wsgiref.types import WSGIEnvironment

from nova_update_guard.compute_api import documents, server_attributes
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.layers.modes import ENFORCE, RESPONSE_REDACTION
from nova_update_guard.layers.redaction import Authorize, Taken, View
from nova_update_guard.middleware import refusals, responses
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.middleware.responses import Response
from nova_update_guard.middleware.views import Views
from nova_update_guard.policy.enforcer import Caller

Decided = Callable[[GuardedRequest, Decision], object]

T = TypeVar('T')

_PARTIAL_CONTENT = '206'
_NO_DOCUMENT = Refusal(
    502,
    'nova returned no valid server document',
    'the response is no valid server document',
)


class ResponseRedactor:
    """Redacts nova's responses; *decided* is called with each decision.

    *views* make the views of callers.
    """

    def __init__(self, decided: Decided, views: Views) -> None:
        self._decided = decided
        self._views = views

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
        caller = decision.caller
        if not caller or RESPONSE_REDACTION not in decision.modes:
            self._decided(request, decision)
            return response
        began = time.perf_counter_ns()
        view = _call(request.environ, self._views.of, response, caller)
        decision.guard_ns += time.perf_counter_ns() - began
        if view is None:
            self._decided(request, decision)
            return response
        redaction = _Redaction(request, response, decision, caller, view)
        if decision.modes[RESPONSE_REDACTION] != ENFORCE:
            body = _TeeBody(response.body, redaction, self._decided)
            return response._replace(body=body)
        redacted = redaction.redacted()
        self._decided(request, decision)
        return redacted


class _Redaction:
    """The redaction of one *response* by the *view* of its *caller*.

    *view* is a refusal if there is none, because of a fault of the guard.
    """

    def __init__(
        self,
        request: GuardedRequest,
        response: Response,
        decision: Decision,
        caller: Caller,
        view: View | Refusal,
    ) -> None:
        self.request = request
        self.response = response
        self.decision = decision
        self._caller = caller
        self._view = view

    def redacted(self) -> Response:
        """Return the redacted response, or a refusal as a response."""
        began = time.perf_counter_ns()
        data = _call(
            self.request.environ, responses.joined, self.response.body
        )
        self.decision.nova_ns += time.perf_counter_ns() - began
        # A failure of nova, or on the way to it, is no violation.
        redacted = (
            data if isinstance(data, Refusal) else self.redact_body(data)
        )
        if isinstance(redacted, Refusal):
            self.decision.status = redacted.status
            return refusals.response(self.request, redacted)
        return redacted

    def redact_body(self, data: bytes) -> Response | Refusal:
        """Return the response with its body *data* redacted.

        Record in the decision the attributes taken out, or the refusal.
        """
        began = time.perf_counter_ns()
        redacted = _call(self.request.environ, self._redact, data)
        self.decision.guard_ns += time.perf_counter_ns() - began
        if isinstance(redacted, Refusal):
            violation = Violation((RESPONSE_REDACTION,), redacted)
            self.decision.add(violation)
            return redacted
        self.decision.taken = redacted.taken
        self.decision.servers = redacted.servers
        return redacted.response

    def _redact(self, data: bytes) -> 'Redacted | Refusal':
        if isinstance(self._view, Refusal):
            return self._view
        authorize = self._caller.authorize
        due = self.request.route.is_document_due
        return redact(self.response, data, self._view, authorize, due)


class _TeeBody:
    """Passes a body through unchanged; inspects a copy of it at the end."""

    def __init__(
        self, body: Iterable[bytes], redaction: _Redaction, decided: Decided
    ) -> None:
        self._body = body
        self._chunks = iter(body)
        self._redaction = redaction
        self._decided = decided
        self._kept: list[bytes] = []
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._end(is_whole=True)
            raise
        except BaseException:
            self._end(is_whole=False)
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
            self._end(length == self._redaction.response.length)

    def _end(self, is_whole: bool) -> None:
        """Inspect the body, if it *is_whole*, and record the decision."""
        if self._is_open:
            self._is_open = False
            if is_whole:
                self._redaction.redact_body(b''.join(self._kept))
            self._decided(self._redaction.request, self._redaction.decision)


def _call(
    environ: WSGIEnvironment, function: Callable[..., T], *arguments: Any
) -> T | Refusal:
    """Call *function*; return its result, or an exception as a refusal."""
    try:
        return function(*arguments)
    except Exception as error:
        caught = error
    return refusals.of_exception(environ, caught)


class Redacted(NamedTuple):
    """A redacted *response*, attributes *taken* out, and number of *servers*.

    For an instance action, *servers* is the number of its events.
    """

    response: Response
    taken: Taken
    servers: int


def redact(
    response: Response,
    data: bytes,
    view: View,
    authorize: Authorize,
    due: bool,
) -> Redacted | Refusal:
    """Return *response* redacted by *view*; *data* is its body.

    Redacts servers, and hosts in the events of instance actions. A body that
    cannot be read cannot be redacted: a response that is not JSON, or a part
    of a document, is refused; where a server document is *due*, so is any
    other document.
    """
    if response.status.startswith(_PARTIAL_CONTENT):
        return _NO_DOCUMENT
    try:
        found = documents.read(data) if data else documents.NOTHING
    except ValueError:
        return _NO_DOCUMENT
    if found.servers is None and due:
        return _NO_DOCUMENT
    taken = view.redact(found.servers or (), authorize)
    events = sum(map(view.redact_event, found.events))
    if events:
        taken[server_attributes.HOST_ID] = events
    if not taken:
        return Redacted(response._replace(body=[data]), taken, found.number)
    redacted = response.with_body(documents.written(found.whole))
    return Redacted(redacted, taken, found.number)
