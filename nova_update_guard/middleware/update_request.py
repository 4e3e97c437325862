"""Check updates and actions: read, validate, count, ask the policy."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

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
Editables = Mapping[str, Field]
Violations = Iterator[Violation]

# The parsed update and the body made of it, for the next of our filters.
_JUDGED = 'nova_update_guard.judged'

_TOO_DEEP = Refusal(400, 'The body is nested too deeply', 'unreadable body')


class UpdateContext(NamedTuple):
    """A request to change a server, its caller, and the lookup of *server*."""

    request: GuardedRequest
    caller: Caller
    server: Lookup

    @property
    def may(self) -> Callable[[str], bool]:
        """The check of a rule for this caller and server.

        It raises NovaFailedError.
        """
        return functools.partial(self.caller.may, server=self.server)


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
        # For the guard: each takes a request, its caller and the decision.
        self.update = functools.partial(self._readable, self._update)
        self.action = functools.partial(self._readable, self._action)
        self._acts_on_update = modes.enforced(self._modes, *UPDATE)
        self._acts_on_action = modes.enforced(self._modes, *ACTION)
        self._acts_on_counted = modes.enforced(self._modes, *COUNTING)

    def _readable(
        self,
        judge: Callable[[UpdateContext, Decision], Violations],
        request: GuardedRequest,
        caller: Caller,
        decision: Decision,
    ) -> Violations:
        """Yield the violations that *judge* finds, or that of a bad request.

        A bad request has a malformed microversion, or an unreadable body.
        """
        server = Lookup(self._app, request.environ)
        try:
            yield from judge(UpdateContext(request, caller, server), decision)
        except microversions.BadVersionError as error:
            refusal = Refusal(400, str(error), 'malformed microversion')
        except request_body.UnreadableError as error:
            refusal = error.refusal
        except RecursionError:
            refusal = _TOO_DEEP
        else:
            return
        finally:
            decision.before = server.shown
            decision.nova_ns += server.nanoseconds
        yield Violation(UPDATE, refusal)

    def _update(self, asked: UpdateContext, decision: Decision) -> Violations:
        version = self._version(asked, decision)
        document = self._document(asked.request.environ)
        problem = self._problem(document, version)
        if problem:
            yield problem
            if problem.layers is UPDATE:
                return
        sent = field_validation.known(document['server'], version)
        counted, failure = self._effective_changes(sent, asked)
        decision.changes = counted
        if failure:
            yield failure
        editable = fields_at(version)
        yield from self._too_many(
            counted, editable, bool(sent) and self._compares
        )
        yield from self._by_policy(counted, editable, asked, not problem)
        if self._acts_on_update:
            forwarded = counted if self._acts_on_counted else sent
            _forward(asked.request.environ, {'server': forwarded})

    def _action(self, asked: UpdateContext, decision: Decision) -> Violations:
        version = self._version(asked, decision)
        document = self._document(asked.request.environ)
        if document is None:
            # There is no body: nova responds to that.
            return
        refusal = None
        if FIELD_VALIDATION in self._modes:
            refusal = field_validation.judge_action(document, version)
        if refusal:
            yield Violation((FIELD_VALIDATION,), refusal)
        carried = action_fields.fields_set_by(document, version)
        decision.changes, failure = self._effective_changes(carried, asked)
        if failure:
            yield failure
        yield from self._by_policy(
            decision.changes, fields_at(MAX), asked, not refusal
        )
        if self._acts_on_action:
            _forward(asked.request.environ, document)

    def _version(self, asked: UpdateContext, decision: Decision) -> Version:
        version = asked.request.version
        decision.version = str(version)
        return version

    def _problem(self, document: Any, version: Version) -> Violation | None:
        """Return the violation of *document*, None if it is valid.

        A document that is no update at all violates all layers of UPDATE.
        """
        validates = FIELD_VALIDATION in self._modes
        refusal = (
            field_validation.judge(document, version) if validates else None
        )
        if validates and not refusal:
            return None
        shapeless = field_validation.judge_shape(document, version)
        if shapeless:
            # With the message of field_validation, if that layer is on.
            return Violation(UPDATE, refusal or shapeless)
        return Violation((FIELD_VALIDATION,), refusal) if refusal else None

    def _effective_changes(
        self, sent: Update, asked: UpdateContext
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
                or not asked.may(changes.RULES[field])
            }
            return changes.changed(sent, asked.server(), hidden), None
        except NovaFailedError as error:
            return sent, Violation(COUNTING, error.refusal)

    def _too_many(
        self, update: Update, editable: Editables, changes_nothing: bool
    ) -> Violations:
        """Yield a violation for more than one field, or for none.

        With *changes_nothing*, an update without a counted field is allowed:
        its values are as they were, and nova responds to it.
        """
        if ONE_PARAMETER in self._modes:
            allow_empty = self._settings.allow_empty or changes_nothing
            sets = self._settings.allowed_field_sets
            refusal = one_parameter.judge(update, editable, allow_empty, sets)
            if refusal:
                yield Violation((ONE_PARAMETER,), refusal)

    def _by_policy(
        self,
        update: Mapping[str, object],
        editable: Editables,
        asked: UpdateContext,
        is_valid: bool,
    ) -> Violations:
        """Yield the violations of field policy, and then of constraints.

        An operator's constraints apply only to a valid update, which nova
        would accept.
        """
        if FIELD_POLICY in self._modes:
            denied = field_policy.judge(update, editable, asked.may)
            yield from _each(FIELD_POLICY, denied)
        wanted = asked.caller.constraints
        if wanted and FIELD_VALIDATION in self._modes and is_valid:
            unwanted = constraints.judge(update, wanted, asked.may)
            yield from _each(FIELD_VALIDATION, unwanted)

    def _document(self, environ: WSGIEnvironment) -> Any:
        """Return the parsed body, from an earlier filter if it read it."""
        document, body = environ.get(_JUDGED, (None, None))
        if body is not None and body is environ['wsgi.input']:
            return document
        settings = self._settings
        return request_body.read(
            environ, settings.max_body_bytes, settings.body_timeout
        )


def _each(layer: str, refuses: Iterator[Refusal]) -> Violations:
    """Yield each refusal as a violation of *layer*, or a failed lookup."""
    try:
        for refusal in refuses:
            yield Violation((layer,), refusal)
    except NovaFailedError as error:
        yield Violation((layer,), error.refusal)


def _forward(environ: WSGIEnvironment, document: Any) -> None:
    """Replace the body by the document that was checked.

    nova then parses nothing else than the guard did.
    """
    request_body.replace(environ, document)
    environ[_JUDGED] = document, environ['wsgi.input']
