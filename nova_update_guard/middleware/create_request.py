"""Check creates: read, validate, ask the policy."""

import functools
from typing import Any

from nova_update_guard.compute_api import create_fields
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers import (
    constraints,
    field_policy,
    field_validation,
    modes,
)
from nova_update_guard.layers.modes import (
    CREATE,
    FIELD_POLICY,
    FIELD_VALIDATION,
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


class CreateRequest(BodyRequest):
    """Checks creates; the rest of a document is left to nova."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        super().__init__(app, settings)
        self.create = functools.partial(self._readable, self._create)
        self._acts_on_create = modes.enforced(self._modes, *CREATE)

    def _create(
        self, context: UpdateContext, decision: Decision
    ) -> Violations:
        check = field_validation.check_create
        document, refusal = self._validated(context, decision, check)
        if document is None:
            # There is no body: nova responds to that.
            return
        if refusal:
            yield Violation((FIELD_VALIDATION,), refusal)
        version = context.request.version
        sent = create_fields.fields_sent(document, version)
        decision.changes = sent
        authorize = functools.partial(
            context.caller.authorize, server=_owner(decision)
        )
        if FIELD_POLICY in self._modes:
            rows = create_fields.create_fields_at(version).values()
            fields = {row.field: row for row in rows}
            denied = field_policy.check(sent, fields, authorize)
            yield from each(FIELD_POLICY, denied)
        wanted = context.caller.constraints
        if wanted and FIELD_VALIDATION in self._modes and not refusal:
            values = create_fields.fields_set(sent, version)
            unwanted = constraints.check(values, wanted, authorize)
            yield from each(FIELD_VALIDATION, unwanted)
        if self._acts_on_create:
            request_body.replace(context.request.environ, document)


def _owner(decision: Decision) -> dict[str, Any]:
    """Return all that is known of the new server: its owner, the caller.

    nova's own rules of create have the same target.
    """
    identity = decision.identity
    if identity is None:
        return {}
    return {'tenant_id': identity.project_id, 'user_id': identity.user_id}
