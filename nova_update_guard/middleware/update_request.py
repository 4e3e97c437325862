"""Check updates and actions: read, validate, count, ask the policy."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication

from nova_update_guard.compute_api import action_fields, microversions
from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import (
    Field,
    fields_at,
)
from nova_update_guard.compute_api.version import Version
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers import (
    changes,
    constraints,
    field_policy,
    field_validation,
    modes,
    one_parameter,
)
from nova_update_guard.layers.modes import (
    ACTION,
    COUNTING,
    FIELD_POLICY,
    FIELD_VALIDATION,
    ONE_PARAMETER,
    UPDATE,
)
from nova_update_guard.middleware import request_body
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.lookup import Lookup
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.policy.enforcer import Caller

Update = dict[str, object]
Fields = Mapping[str, Field]
Violations = Iterator[Violation]

_TOO_DEEP = Refusal(400, 'The body is nested too deeply', 'unreadable body')


class UpdateContext(NamedTuple):
    """A request to change *server*, and its caller."""

    request: GuardedRequest
    caller: Caller
    server: Lookup

    @property
    def authorize(self) -> Callable[[str], bool]:
        """The check of a rule for this caller and server.

        It raises NovaFailedError if the rule needs the server and the lookup
        fails.
        """
        return functools.partial(self.caller.authorize, server=self.server)


class UpdateRequest:
    """Checks updates and actions by *settings*; lookups go to *app*.

    Yields violations in the order of the layers. The guard stops at the one
    that refuses the request. After the last one, the body for nova is
    replaced by the document that was checked, if any layer enforces.
    """

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._modes = settings.modes
        self._compares = settings.counts_changed and bool(
            modes.only(self._modes, *COUNTING)
        )
        self._read = functools.partial(
            request_body.read,
            max_bytes=settings.max_body_bytes,
            seconds=settings.body_timeout,
        )
        # For the guard: each takes a request, its caller and the decision.
        self.update = functools.partial(self._readable, self._update)
        self.action = functools.partial(self._readable, self._action)
        self._acts_on_update = modes.enforced(self._modes, *UPDATE)
        self._acts_on_action = modes.enforced(self._modes, *ACTION)
        self._acts_on_counted = modes.enforced(self._modes, *COUNTING)

    def _readable(
        self,
        check: Callable[[UpdateContext, Decision], Violations],
        request: GuardedRequest,
        caller: Caller,
        decision: Decision,
    ) -> Violations:
        """Yield the violations that *check* finds, or that of a bad request.

        A bad request has a malformed microversion, or an unreadable body.
        """
        server = Lookup(self._app, request.environ)
        try:
            yield from check(UpdateContext(request, caller, server), decision)
        except microversions.BadVersionError as error:
            refusal = Refusal(400, str(error), 'malformed microversion')
        except request_body.UnreadableError as error:
            refusal = error.refusal
        except RecursionError:
            refusal = _TOO_DEEP
        else:
            return
        finally:
            decision.before = server.document
            decision.nova_ns += server.nanoseconds
        yield Violation(UPDATE, refusal)

    def _update(
        self, context: UpdateContext, decision: Decision
    ) -> Violations:
        version = context.request.version
        decision.version = str(version)
        document = self._read(context.request.environ)
        problem = self._problem(document, version)
        if problem:
            yield problem
            if problem.layers is UPDATE:
                return
        sent = field_validation.known(document['server'], version)
        counted, failure = self._effective_changes(sent, context)
        decision.changes = counted
        if failure:
            yield failure
        fields = fields_at(version)
        allow_empty = bool(sent) and self._compares
        yield from self._check_count(counted, fields, allow_empty)
        yield from self._by_policy(counted, fields, context, not problem)
        if self._acts_on_update:
            forwarded = counted if self._acts_on_counted else sent
            document = {'server': forwarded}
            request_body.replace(context.request.environ, document)

    def _action(
        self, context: UpdateContext, decision: Decision
    ) -> Violations:
        version = context.request.version
        decision.version = str(version)
        document = self._read(context.request.environ)
        if document is None:
            # There is no body: nova responds to that.
            return
        refusal = None
        if FIELD_VALIDATION in self._modes:
            refusal = field_validation.check_action(document, version)
        if refusal:
            yield Violation((FIELD_VALIDATION,), refusal)
        carried = action_fields.fields_set_by(document, version)
        decision.changes, failure = self._effective_changes(carried, context)
        if failure:
            yield failure
        yield from self._by_policy(
            decision.changes, fields_at(MAX), context, not refusal
        )
        if self._acts_on_action:
            request_body.replace(context.request.environ, document)

    def _problem(self, document: Any, version: Version) -> Violation | None:
        """Return the violation of *document*, None if it is valid.

        A document that is no update at all violates all layers of UPDATE.
        """
        validates = FIELD_VALIDATION in self._modes
        refusal = (
            field_validation.check(document, version) if validates else None
        )
        if validates and not refusal:
            return None
        shapeless = field_validation.check_shape(document, version)
        if shapeless:
            # With the message of field_validation, if that layer is on.
            return Violation(UPDATE, refusal or shapeless)
        return Violation((FIELD_VALIDATION,), refusal) if refusal else None

    def _effective_changes(
        self, sent: Update, context: UpdateContext
    ) -> tuple[Update, Violation | None]:
        """Return the counted fields of *sent*; all if the lookup fails.

        With the violation for a failed lookup, or None. A field that the
        caller may not see always counts: the result must not reveal its value.
        """
        if not self._compares or not sent:
            return sent, None
        try:
            hidden = {
                field
                for field in sent
                if field not in changes.RULES
                or not context.authorize(changes.RULES[field])
            }
            return changes.changed(sent, context.server(), hidden), None
        except NovaFailedError as error:
            return sent, Violation(COUNTING, error.refusal)

    def _check_count(
        self, update: Update, fields: Fields, allow_empty: bool
    ) -> Violations:
        """Yield a violation for more than one field, or for none.

        With *allow_empty*, an update without a counted field is allowed: its
        values are as they were, and nova responds to it.
        """
        if ONE_PARAMETER in self._modes:
            allow_empty = allow_empty or self._settings.allow_empty
            sets = self._settings.allowed_field_sets
            refusal = one_parameter.check(update, fields, allow_empty, sets)
            if refusal:
                yield Violation((ONE_PARAMETER,), refusal)

    def _by_policy(
        self,
        update: Mapping[str, object],
        fields: Fields,
        context: UpdateContext,
        is_valid: bool,
    ) -> Violations:
        """Yield the violations of field policy, and then of constraints.

        An operator's constraints apply only to a valid update, which nova
        would accept.
        """
        if FIELD_POLICY in self._modes:
            denied = field_policy.check(update, fields, context.authorize)
            yield from each(FIELD_POLICY, denied)
        wanted = context.caller.constraints
        if wanted and FIELD_VALIDATION in self._modes and is_valid:
            unwanted = constraints.check(update, wanted, context.authorize)
            yield from each(FIELD_VALIDATION, unwanted)


def each(layer: str, refuses: Iterator[Refusal]) -> Violations:
    """Yield each refusal as a violation of *layer*, or a failed lookup."""
    try:
        for refusal in refuses:
            yield Violation((layer,), refusal)
    except NovaFailedError as error:
        yield Violation((layer,), error.refusal)
