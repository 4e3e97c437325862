"""The Paste filter: read, check and forward requests, redact responses."""

import time
from collections.abc import Iterable

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.routes import Route
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers import list_query
from nova_update_guard.layers.modes import (
    LAYERS,
    RESPONSE_REDACTION,
    enforced,
)
from nova_update_guard.middleware import (
    identity,
    kinds,
    list_request,
    lookup,
    places,
    refusals,
    responses,
)
from nova_update_guard.middleware.body_request import Violations
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.kinds import Kind
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.middleware.response_redaction import (
    Decided,
    ResponseRedactor,
)
from nova_update_guard.middleware.responses import Response
from nova_update_guard.middleware.views import Views
from nova_update_guard.policy.enforcer import Caller, Rules
from nova_update_guard.policy.reloader import Reloader
from nova_update_guard.wsgi_types import (
    StartResponse,
    WSGIApplication,
    WSGIEnvironment,
)

# A health check's list, to which each guard adds whether a layer is enforced.
# No client can set it.
ENFORCED = 'nova_update_guard.enforced'

_METHOD = Refusal(
    400, 'The query must not contain _method', 'a method in the query'
)
_STRANGER = Refusal(
    401, 'The request carries no verified identity', 'no verified identity'
)


class Guard:
    """Checks updates of servers, and redacts servers in responses.

    *settings* say which of the layers apply, and in which mode.
    *decided* is called with each request and the decision on it.
    """

    def __init__(
        self,
        app: WSGIApplication,
        settings: Settings,
        policy: Reloader[Rules],
        decided: Decided,
    ) -> None:
        self._app = app
        self._policy = policy
        self._decided = decided
        views = Views(settings.hash_host_id, settings.extra_attributes)
        self._redactor = ResponseRedactor(app, decided, views)
        self._listed_by = list_query.rules(settings.extra_attributes)
        self._overridden = Kind('other', settings.modes)
        self._kinds = kinds.of(app, settings)
        self._is_enforced = enforced(settings.modes)

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        request = GuardedRequest(environ)
        kind = self._kind(request.route)
        if (
            not kind.modes
            or lookup.MARK in environ
            or (request.route.place and self._is_open(kind, request))
        ):
            if ENFORCED in environ:
                environ[ENFORCED].append(self._is_enforced)
            return self._app(environ, start)
        began = time.perf_counter_ns()
        decision = Decision(kind.operation, kind.modes)
        refusal = self._refusal(kind, request, decision)
        decision.guard_ns = time.perf_counter_ns() - began - decision.nova_ns
        if refusal:
            self._decided(request, decision)
            response = refusals.response(request, refusal)
        elif decision.response:
            self._decided(request, decision)
            response = decision.response
        else:
            response = self._call_nova(request, decision)
            response = self._redactor.apply(request, response, decision)
        start(response.status, response.headers)
        return response.body

    def _is_open(self, kind: Kind, request: GuardedRequest) -> bool:
        """Return whether everybody sees everything at the request's place."""
        place = request.route.place
        if place is None or place.tells_by_errors or kind is self._overridden:
            return False
        return place.rules <= self._policy.current().unrestricted

    def _kind(self, route: Route) -> Kind:
        if route.overrides_method:
            return self._overridden
        return self._kinds[route.operation]

    def _refusal(
        self, kind: Kind, request: GuardedRequest, decision: Decision
    ) -> Refusal | None:
        """Return the refusal of the request, or None to forward it.

        An exception is a violation of all layers.
        """
        caught = None
        try:
            for violation in self._violations(kind, request, decision):
                if decision.add(violation):
                    break
        except Exception as error:
            caught = error
        if caught:
            refusal = refusals.of_exception(request.environ, caught)
            decision.add(Violation(LAYERS, refusal))
        return decision.refused.refusal if decision.refused else None

    def _violations(
        self, kind: Kind, request: GuardedRequest, decision: Decision
    ) -> Violations:
        # First, so that the record names the caller in any case.
        decision.identity = request.identity
        if kind is self._overridden:
            yield Violation(LAYERS, _METHOD)
            return
        if decision.identity is None:
            yield Violation(LAYERS, _unidentified(request))
            return
        rules = self._policy.current()
        *_, creds, key = decision.identity
        caller = rules.caller(creds, key)
        decision.revision = rules.revision
        if kind.check:
            yield from kind.check(request, caller, decision)
        if RESPONSE_REDACTION in kind.modes:
            yield from list_request.check(
                request, caller, decision, self._listed_by
            )
            yield from self._at_place(request, caller, decision)
        decision.caller = caller

    def _at_place(
        self, request: GuardedRequest, caller: Caller, decision: Decision
    ) -> Violations:
        """Yield the violation of a request for nothing but what is hidden."""
        place = request.route.place
        if place and place.whole:
            shown = places.ShownAt(self._app, request, caller, decision)
            for refusal in places.check(place, shown):
                yield Violation((RESPONSE_REDACTION,), refusal)

    def _call_nova(
        self, request: GuardedRequest, decision: Decision
    ) -> Response:
        """Return nova's response.

        An exception of nova's passes through, to its own FaultWrapper.
        """
        began = time.perf_counter_ns()
        if decision.caller and decision.acts(RESPONSE_REDACTION):
            places.ask_in_english(request, decision.caller)
        try:
            response = responses.of(self._app, request.environ)
        except BaseException:
            self._decided(request, decision)
            raise
        finally:
            decision.nova_ns += time.perf_counter_ns() - began
        decision.status = int(response.status[:3])
        return response


def _unidentified(request: GuardedRequest) -> Refusal:
    """Return the refusal of a request without a verified identity."""
    if identity.KEYSTONE_UNAVAILABLE in request.environ:
        return refusals.KEYSTONE_UNAVAILABLE
    if not identity.auth_token_ran(request.environ):
        refusals.warn_of_place()
    return _STRANGER
