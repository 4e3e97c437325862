"""Check updates and actions: read, validate, count, ask the policy."""

import functools
from collections.abc import Mapping
from typing import Any

from nova_update_guard.compute_api import action_fields
from nova_update_guard.compute_api.faults import NovaFailedError
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
from nova_update_guard.middleware.body_request import (
    BodyRequest,
    UpdateContext,
    Violations,
    each,
)
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.wsgi_types import WSGIApplication

Update = dict[str, object]
Fields = Mapping[str, Field]


class UpdateRequest(BodyRequest):
    """Checks updates and actions."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        super().__init__(app, settings)
        self._settings = settings
        self._compares = settings.counts_changed and bool(
            modes.only(self._modes, *COUNTING)
        )
        # For the guard: each takes a request, its caller and the decision.
        self.update = functools.partial(self._readable, self._update)
        self.action = functools.partial(self._readable, self._action)
        self._acts_on_update = modes.enforced(self._modes, *UPDATE)
        self._acts_on_action = modes.enforced(self._modes, *ACTION)
        self._acts_on_counted = modes.enforced(self._modes, *COUNTING)

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
        check = field_validation.check_action
        document, refusal = self._validated(context, decision, check)
        if document is None:
            # There is no body: nova responds to that.
            return
        if refusal:
            yield Violation((FIELD_VALIDATION,), refusal)
        version = context.request.version
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
