"""Redaction of nova's response: enforced, or only recorded."""

import functools
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from nova_update_guard.compute_api.faults import (
    NO_DOCUMENT,
    NovaFailedError,
    Refusal,
)
from nova_update_guard.layers.modes import ENFORCE, RESPONSE_REDACTION
from nova_update_guard.middleware import redacted_bodies, refusals, responses
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.places import ShownAt
from nova_update_guard.middleware.redacted_bodies import Redacted, Work
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.middleware.responses import Response
from nova_update_guard.middleware.views import Views
from nova_update_guard.policy.enforcer import Caller
from nova_update_guard.wsgi_types import WSGIApplication, WSGIEnvironment

Decided = Callable[[GuardedRequest, Decision], object]

T = TypeVar('T')


class ResponseRedactor:
    """Redacts nova's responses; *decided* is called with each decision.

    *views* make the views of callers; lookups are sent to *app*.
    """

    def __init__(
        self, app: WSGIApplication, decided: Decided, views: Views
    ) -> None:
        self._app = app
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
        shown = ShownAt(self._app, request, caller, decision)
        work = _call(
            request.environ, self._work, request, response, caller, shown
        )
        decision.guard_ns += time.perf_counter_ns() - began
        if work is None:
            self._decided(request, decision)
            return response
        redaction = _Redaction(request, response, decision, work)
        if decision.modes[RESPONSE_REDACTION] != ENFORCE:
            body = _TeeBody(response.body, redaction, self._decided)
            return response._replace(body=body)
        redacted = redaction.redacted()
        self._decided(request, decision)
        return redacted

    def _work(
        self,
        request: GuardedRequest,
        response: Response,
        caller: Caller,
        shown: ShownAt,
    ) -> Work | None:
        """Return how the body of *response* is redacted; None for nothing."""
        if response.status[:1] in ('4', '5'):
            return functools.partial(
                redacted_bodies.redact_error, response, shown
            )
        if not response.status.startswith('2'):
            return None
        place = request.route.place
        on_servers = None
        # The response of an action may be a server, too.
        if place is None or request.route.operation == 'action':
            on_servers = self._work_on_servers(request, response, caller)
        if place is None or all(map(caller.authorize, place.rules)):
            return on_servers
        at_place = functools.partial(
            redacted_bodies.redact_place,
            place=place,
            shown=shown,
            hash_host_id=self._views.hash_host_id,
        )
        if on_servers is None:
            return functools.partial(at_place, response)
        return functools.partial(
            redacted_bodies.redact_both, on_servers, at_place
        )

    def _work_on_servers(
        self, request: GuardedRequest, response: Response, caller: Caller
    ) -> Work | None:
        view = self._views.of(response, caller)
        if view is None:
            return None
        authorize = caller.authorize
        due = request.route.is_due
        return lambda data: redacted_bodies.redact(
            response, data, view, authorize, due
        )


class _Redaction:
    """The redaction of one *response* by *work*.

    *work* is a refusal if there is none, because of a fault of the guard.
    """

    def __init__(
        self,
        request: GuardedRequest,
        response: Response,
        decision: Decision,
        work: Work | Refusal,
    ) -> None:
        self.request = request
        self.response = response
        self.decision = decision
        self._work = work

    def redacted(self) -> Response:
        """Return the redacted response, or a refusal as a response."""
        began = time.perf_counter_ns()
        data = _call(
            self.request.environ,
            *(responses.joined, self.response.body, NO_DOCUMENT),
        )
        self.decision.nova_ns += time.perf_counter_ns() - began
        if data is NO_DOCUMENT:
            self.add_broken()
        # A failure on the way to nova is no violation.
        redacted = (
            data if isinstance(data, Refusal) else self.redact_body(data)
        )
        if isinstance(redacted, Refusal):
            self.decision.status = redacted.status
            return refusals.response(self.request, redacted)
        return redacted

    def add_broken(self) -> None:
        """Record that nova's response broke off, so is no document."""
        self.decision.add(Violation((RESPONSE_REDACTION,), NO_DOCUMENT))

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

    def _redact(self, data: bytes) -> Redacted | Refusal:
        if isinstance(self._work, Refusal):
            return self._work
        return self._work(data)


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
        except BaseException as error:
            # The proxy has counted a NovaFailedError.
            if isinstance(error, Exception) and not isinstance(
                error, NovaFailedError
            ):
                self._redaction.add_broken()
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
