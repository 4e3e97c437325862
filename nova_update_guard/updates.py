"""Updates and actions, judged: read, validated, counted, allowed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import webob

from nova_update_guard import (
    answers,
    bodies,
    changes,
    constraints,
    doors,
    field_policy,
    field_validation,
    lookup,
    microversion,
    one_parameter,
    routes,
)
from nova_update_guard.conf import Settings
from nova_update_guard.editable import Editable, editable_at
from nova_update_guard.enforcer import Caller
from nova_update_guard.faults import NovaFailedError, Refuse
from nova_update_guard.microversion import MAX

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]
Update = dict[str, object]
Editables = Mapping[str, Editable]
Shown = Callable[[], dict[str, Any]]
Judgement = Callable[[webob.Request, Caller], Refuse | None]

# The parsed update and the body made of it, for the next of our filters.
_JUDGED = 'nova_update_guard.judged'

_TOO_DEEP = Refuse(400, 'The body is nested too deeply', 'unreadable body')


class Judge:
    """Judges updates and actions by *settings*; *app* shows servers."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        layers = settings.layers
        self._validates = 'field_validation' in layers
        self._limits = 'one_parameter' in layers
        self._asks = 'field_policy' in layers
        self._shape = (
            field_validation.judge
            if self._validates
            else field_validation.judge_shape
        )
        self._compares = settings.counts_changed and (
            self._limits or self._asks
        )
        self._judges = bool(layers - {'response_redaction'})
        self._judges_actions = settings.judges_actions and (
            self._validates or self._asks
        )

    def finds(self, method: str, path: str) -> Judgement | None:
        """Return what judges such a request, if it is to be judged."""
        if self._judges and routes.is_update(method, path):
            return self.update
        if self._judges_actions and routes.is_action(method, path):
            return self.action
        return None

    def update(self, req: webob.Request, caller: Caller) -> Refuse | None:
        """Judge an update, and leave in *req* just what was judged."""
        return _readable(self._update, req, caller)

    def action(self, req: webob.Request, caller: Caller) -> Refuse | None:
        """Judge the fields that an action changes, in the same way."""
        return _readable(self._action, req, caller)

    def _update(self, req: webob.Request, caller: Caller) -> Refuse | None:
        version = answers.version_asked(req.environ)
        document = self._document(req)
        refuse = self._shape(document, version)
        if refuse:
            return refuse
        sent = field_validation.known(document['server'], version)
        server = lookup.once(self._app, req.environ)
        update = self._counted(sent, caller, server)
        editable = editable_at(version)
        refuse = self._too_many(
            update, editable, bool(sent) and self._compares
        ) or self._by_policy(update, editable, caller, server)
        if not refuse:
            _forward(req, {'server': update})
        return refuse

    def _action(self, req: webob.Request, caller: Caller) -> Refuse | None:
        version = answers.version_asked(req.environ)
        document = self._document(req)
        if document is None:
            # There is no body: nova's to answer.
            return None
        server = lookup.once(self._app, req.environ)
        fields = self._counted(
            doors.carried(document, version), caller, server
        )
        refuse = self._by_policy(fields, editable_at(MAX), caller, server)
        if not refuse:
            _forward(req, document)
        return refuse

    def _counted(self, sent: Update, caller: Caller, server: Shown) -> Update:
        """Return what counts of *sent*: for an update, what nova gets."""
        if not self._compares or not sent:
            return sent
        hidden = {
            field
            for field in sent
            if field not in changes.RULES
            or not caller.may(changes.RULES[field], server)
        }
        return changes.changed(sent, server(), hidden)

    def _too_many(
        self, update: Update, editable: Editables, changes_nothing: bool
    ) -> Refuse | None:
        """Refuse more than one; what changes nothing is nova's to answer."""
        if not self._limits:
            return None
        allow_empty = self._settings.allow_empty or changes_nothing
        together = self._settings.together
        return one_parameter.judge(update, editable, allow_empty, together)

    def _by_policy(
        self,
        update: Update,
        editable: Editables,
        caller: Caller,
        server: Shown,
    ) -> Refuse | None:
        """Ask who may change it, and then what the operator wants of it."""

        def can(rule: str) -> bool:
            return caller.may(rule, server)

        refuse = None
        if self._asks:
            refuse = field_policy.judge(update, editable, can)
        if self._validates and not refuse:
            refuse = constraints.judge(update, caller.constraints, can)
        return refuse

    def _document(self, req: webob.Request) -> Any:
        """Return the update, which an earlier filter may have read."""
        document, body = req.environ.get(_JUDGED, (None, None))
        if body is not None and body is req.body_file_raw:
            return document
        return bodies.read(req, self._settings.max_body_bytes)


def _readable(
    judge: Judgement, req: webob.Request, caller: Caller
) -> Refuse | None:
    """Return *judge*'s answer, or why the request cannot be read."""
    try:
        return judge(req, caller)
    except microversion.BadVersionError as error:
        return Refuse(400, str(error), 'malformed microversion')
    except bodies.UnreadableError as error:
        return error.refusal
    except RecursionError:
        return _TOO_DEEP
    except NovaFailedError as error:
        return error.refusal


def _forward(req: webob.Request, document: Any) -> None:
    """Send what was judged, not the bytes that it was parsed from."""
    bodies.replace(req, document)
    req.environ[_JUDGED] = document, req.body_file_raw
