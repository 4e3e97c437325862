"""The Paste filter: read, judge, forward, redact."""

from collections.abc import Callable, Iterable
from typing import Any

import webob

from nova_update_guard import (
    answers,
    callers,
    list_keys,
    lookup,
    microversion,
    refusals,
    routes,
)
from nova_update_guard.answers import Answer
from nova_update_guard.conf import Settings
from nova_update_guard.enforcer import Caller, Rules
from nova_update_guard.faults import NovaFailedError, Refuse
from nova_update_guard.updates import Judge, Judgement
from nova_update_guard.watch import Watch

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]

_METHOD = Refuse(
    400, 'The query must not hold _method', 'a method in the query'
)
_QUERY = Refuse(400, 'The query is not UTF-8', 'a query that is not UTF-8')
_STRANGER = Refuse(
    401, 'The request carries no verified identity', 'no verified identity'
)


class Guard:
    """Judges updates of servers, and redacts servers in answers.

    Which of the four layers it has, the settings say.
    """

    def __init__(
        self, app: App, settings: Settings, policy: Watch[Rules]
    ) -> None:
        self._app = app
        self._policy = policy
        self._judge = Judge(app, settings)
        self._redacts = 'response_redaction' in settings.layers

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        method = environ['REQUEST_METHOD']
        path = environ.get('PATH_INFO', '')
        if routes.overrides_method(environ.get('QUERY_STRING', '')):
            return _sent(start, refusals.answer(environ, _METHOD))
        judge = self._judge.finds(method, path)
        answer = self._redacts and routes.is_concerned(path)
        if not (judge or answer) or lookup.MARK in environ:
            return self._app(environ, start)
        caller = self._admitted(environ, judge)
        if isinstance(caller, Refuse):
            return _sent(start, refusals.answer(environ, caller))
        if not answer:
            return self._app(environ, start)
        # Before nova, which may write to the environ.
        due = routes.is_document_due(method, path)
        # What nova raises is nova's, to be caught by its own FaultWrapper.
        came = Answer(*webob.Request(environ).call_application(self._app))
        return _sent(start, _redacted(environ, came, caller, due))

    def _admitted(
        self, environ: Environ, judge: Judgement | None
    ) -> Caller | Refuse:
        """Return the caller if nova may have the request."""
        try:
            identity = callers.read(environ)
            if identity is None:
                if not callers.is_looked_at(environ):
                    refusals.warn_of_place()
                return _STRANGER
            caller = self._policy.current().caller(identity.creds)
            refuse = judge and judge(webob.Request(environ), caller)
            return refuse or _listed(environ, caller) or caller
        except Exception as error:
            fault = error
        return refusals.own_fault(environ, fault)


def _listed(environ: Environ, caller: Caller) -> Refuse | None:
    """Refuse a list whose filters or sort keys tell what is hidden."""
    query = environ.get('QUERY_STRING')
    path = environ.get('PATH_INFO', '')
    method = environ['REQUEST_METHOD']
    if not (query and routes.is_list(method, path)):
        return None
    try:
        version = answers.version_asked(environ)
    except microversion.BadVersionError:
        # nova refuses it; until then nothing is said of what it strips.
        version = microversion.MAX
    try:
        # Read by what nova reads it by, with all its oddities.
        keys = webob.Request({'QUERY_STRING': query}).GET.items()
    except UnicodeDecodeError:
        return _QUERY
    return list_keys.judge(keys, version, caller.verdict)


def _redacted(
    environ: Environ, answer: Answer, caller: Caller, due: bool
) -> Answer:
    """Return the answer for this caller, or a fault: never nova's as it is."""
    shown: Answer | Refuse
    fault = None
    try:
        redacted = answers.redact(answer, caller, due)
        shown = redacted if isinstance(redacted, Refuse) else redacted.answer
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
