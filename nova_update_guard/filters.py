"""The Paste filter: read, judge, forward, redact."""

from collections.abc import Callable, Iterable
from typing import Any

import webob

from nova_update_guard import (
    answers,
    bodies,
    callers,
    field_policy,
    field_validation,
    microversion,
    one_parameter,
    refusals,
    routes,
)
from nova_update_guard.answers import Answer
from nova_update_guard.conf import Settings
from nova_update_guard.editable import editable_at
from nova_update_guard.enforcer import Caller, Rules
from nova_update_guard.faults import NovaFailedError, Refuse
from nova_update_guard.microversion import Version
from nova_update_guard.watch import Watch

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]
Update = dict[str, object]

# The parsed update and the body made of it, for the next of our filters.
_JUDGED = 'nova_update_guard.judged'

_METHOD = Refuse(
    400, 'The query must not hold _method', 'a method in the query'
)
_STRANGER = Refuse(
    401, 'The request carries no verified identity', 'no verified identity'
)
_TOO_DEEP = Refuse(400, 'The body is nested too deeply', 'unreadable body')


class Guard:
    """Judges updates of servers, and redacts servers in answers.

    Which of the four layers it has, the settings say.
    """

    def __init__(
        self, app: App, settings: Settings, policy: Watch[Rules]
    ) -> None:
        self._app = app
        self._settings = settings
        self._policy = policy
        self._redacts = 'response_redaction' in settings.layers
        self._judges = bool(settings.layers - {'response_redaction'})
        self._shape = (
            field_validation.judge
            if 'field_validation' in settings.layers
            else field_validation.judge_shape
        )
        counting = {
            'one_parameter': self._one_parameter,
            'field_policy': self._field_policy,
        }
        self._counting = [
            judge
            for layer, judge in counting.items()
            if layer in settings.layers
        ]

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        method = environ['REQUEST_METHOD']
        path = environ.get('PATH_INFO', '')
        if routes.overrides_method(environ.get('QUERY_STRING', '')):
            return _sent(start, refusals.answer(environ, _METHOD))
        update = self._judges and routes.is_update(method, path)
        answer = self._redacts and routes.is_concerned(path)
        if not update and not answer:
            return self._app(environ, start)
        caller = self._admitted(environ, update)
        if isinstance(caller, Refuse):
            return _sent(start, refusals.answer(environ, caller))
        if not answer:
            return self._app(environ, start)
        # Before nova, which may write to the environ.
        due = routes.is_document_due(method, path)
        # What nova raises is nova's, to be caught by its own FaultWrapper.
        came = Answer(*webob.Request(environ).call_application(self._app))
        return _sent(start, _redacted(environ, came, caller, due))

    def _admitted(self, environ: Environ, update: bool) -> Caller | Refuse:
        """Return the caller if nova may have the request."""
        try:
            identity = callers.read(environ)
            if identity is None:
                if not callers.is_looked_at(environ):
                    refusals.warn_of_place()
                return _STRANGER
            caller = self._policy.current().caller(identity.creds)
            refuse = update and self._judge(webob.Request(environ), caller)
            return refuse or caller
        except Exception as error:
            fault = error
        return refusals.own_fault(environ, fault)

    def _judge(self, req: webob.Request, caller: Caller) -> Refuse | None:
        """Judge an update, and leave in *req* just what was judged."""
        try:
            version = answers.version_asked(req.environ)
            document = self._document(req)
            refuse = self._shape(document, version)
        except microversion.BadVersionError as error:
            return Refuse(400, str(error), 'malformed microversion')
        except bodies.UnreadableError as error:
            return error.refusal
        except RecursionError:
            return _TOO_DEEP
        if refuse:
            return refuse
        update = field_validation.known(document['server'], version)
        for judge in self._counting:
            refuse = judge(update, version, caller)
            if refuse:
                return refuse
        _forward(req, {'server': update})
        return None

    def _one_parameter(
        self, update: Update, version: Version, _caller: Caller
    ) -> Refuse | None:
        return one_parameter.judge(
            update, editable_at(version), self._settings.allow_empty
        )

    def _field_policy(
        self, update: Update, version: Version, caller: Caller
    ) -> Refuse | None:
        return field_policy.judge(update, editable_at(version), caller.can)

    def _document(self, req: webob.Request) -> Any:
        """Return the update, which an earlier filter may have read."""
        document, body = req.environ.get(_JUDGED, (None, None))
        if body is not None and body is req.body_file_raw:
            return document
        return bodies.read(req, self._settings.max_body_bytes)


def _forward(req: webob.Request, document: Any) -> None:
    """Send what was judged, not the bytes that it was parsed from."""
    bodies.replace(req, document)
    req.environ[_JUDGED] = document, req.body_file_raw


def _redacted(
    environ: Environ, answer: Answer, caller: Caller, due: bool
) -> Answer:
    """Return the answer for this caller, or a fault: never nova's as it is."""
    shown: Answer | Refuse
    fault = None
    try:
        shown = answers.redact(answer, caller, due)
    except NovaFailedError as error:
        shown = error.refusal
    except Exception as error:
        fault = error
    if fault:
        shown = refusals.own_fault(environ, fault)
    if isinstance(shown, Refuse):
        shown = refusals.answer(environ, shown)
    return shown


def _sent(start: Any, answer: Answer) -> Iterable[bytes]:
    start(answer.status, answer.headers)
    return answer.body
