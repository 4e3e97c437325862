"""The Paste filter: read, judge, forward, redact."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob

from nova_update_guard.compute_api import microversions, routes
from nova_update_guard.compute_api.faults import Refuse
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers import list_query
from nova_update_guard.layers.modes import (
    LAYERS,
    RESPONSE_REDACTION,
    Modes,
    only,
)
from nova_update_guard.middleware import (
    identity,
    lookup,
    refusals,
    response,
    update_request,
)
from nova_update_guard.middleware.decision import Case, Finding
from nova_update_guard.middleware.response import Answer
from nova_update_guard.middleware.response_redaction import Answering, Decided
from nova_update_guard.middleware.update_request import Findings, Judge
from nova_update_guard.policy.enforcer import Caller, Rules
from nova_update_guard.policy.reloader import Watch

_METHOD = Refuse(
    400, 'The query must not hold _method', 'a method in the query'
)
_QUERY = Refuse(400, 'The query is not UTF-8', 'a query that is not UTF-8')
_STRANGER = Refuse(
    401, 'The request carries no verified identity', 'no verified identity'
)
_NOT_ASKED = Refuse(
    503,
    'The identity service could not be asked who is calling',
    'keystone could not be asked',
)


class _Kind(NamedTuple):
    """What a request is, the layers that apply to it, and its judge."""

    operation: str
    modes: Modes
    judge: Callable[[WSGIEnvironment, Caller, Case], Findings] | None = None


class Guard:
    """Judges updates of servers, and redacts servers in answers.

    Which of the four layers it has, and whether each acts, the settings say.
    *decided* is told of each request that was judged.
    """

    def __init__(
        self,
        app: WSGIApplication,
        settings: Settings,
        policy: Watch[Rules],
        decided: Decided,
    ) -> None:
        self._app = app
        self._policy = policy
        self._decided = decided
        self._answering = Answering(decided)
        judge = Judge(app, settings)
        modes = settings.modes
        shown = only(modes, RESPONSE_REDACTION)
        update = only(modes, *update_request.UPDATE)
        action = only(modes, *update_request.ACTION)
        action = action if settings.judges_actions else {}
        self._overridden = _Kind('other', modes)
        self._read = _Kind('read', shown)
        self._other = _Kind('other', shown)
        self._update = _Kind(
            'update', {**update, **shown}, judge.update if update else None
        )
        self._action = _Kind(
            'action', {**action, **shown}, judge.action if action else None
        )

    def __call__(
        self, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        kind = self._kind(environ)
        if not kind.modes or lookup.MARK in environ:
            return self._app(environ, start)
        began = time.perf_counter_ns()
        case = Case(kind.operation, kind.modes)
        refuse = self._refusal(kind, environ, case)
        case.guard_ns = time.perf_counter_ns() - began - case.nova_ns
        if refuse:
            self._decided(environ, case)
            return _sent(start, refusals.answer(environ, refuse))
        # Before nova, which may write to the environ.
        due = routes.is_document_due(
            environ['REQUEST_METHOD'], environ.get('PATH_INFO', '')
        )
        came = self._asked(environ, case)
        return _sent(start, self._answering.shown(environ, came, case, due))

    def _kind(self, environ: WSGIEnvironment) -> _Kind:
        method = environ['REQUEST_METHOD']
        path = environ.get('PATH_INFO', '')
        if routes.overrides_method(environ.get('QUERY_STRING', '')):
            return self._overridden
        if routes.is_update(method, path):
            return self._update
        if routes.is_action(method, path):
            return self._action
        if not routes.is_concerned(path):
            return _NOT_OURS
        return self._read if method in ('GET', 'HEAD') else self._other

    def _refusal(
        self, kind: _Kind, environ: WSGIEnvironment, case: Case
    ) -> Refuse | None:
        """Return what nova must not have the request for, if anything."""
        for finding in self._findings(kind, environ, case):
            if case.add(finding):
                return finding.refuse
        return None

    def _findings(
        self, kind: _Kind, environ: WSGIEnvironment, case: Case
    ) -> Iterator[Finding]:
        """Yield what speaks against a request."""
        fault = None
        try:
            if kind is self._overridden:
                # The record is to say who tried it.
                case.identity = identity.read(environ)
                yield Finding(LAYERS, _METHOD)
            else:
                yield from self._judged(kind, environ, case)
        except Exception as error:
            fault = error
        if fault:
            yield Finding(LAYERS, refusals.own_fault(environ, fault))

    def _judged(
        self, kind: _Kind, environ: WSGIEnvironment, case: Case
    ) -> Iterator[Finding]:
        case.identity = identity.read(environ)
        if case.identity is None and identity.NOT_ASKED in environ:
            yield Finding(LAYERS, _NOT_ASKED)
            return
        if case.identity is None:
            if not identity.is_looked_at(environ):
                refusals.warn_of_place()
            yield Finding(LAYERS, _STRANGER)
            return
        rules = self._policy.current()
        caller = rules.caller(case.identity.creds)
        case.revision = rules.revision
        if kind.judge:
            yield from kind.judge(environ, caller, case)
        if RESPONSE_REDACTION in kind.modes:
            refuse = _listed(environ, caller)
            if refuse:
                yield Finding((RESPONSE_REDACTION,), refuse)
        case.viewer = caller

    def _asked(self, environ: WSGIEnvironment, case: Case) -> Answer:
        """Return nova's answer.

        What nova raises is nova's, to be caught by its own FaultWrapper.
        """
        began = time.perf_counter_ns()
        try:
            came = Answer(*webob.Request(environ).call_application(self._app))
        except BaseException:
            self._decided(environ, case)
            raise
        finally:
            case.nova_ns += time.perf_counter_ns() - began
        case.status = int(came.status[:3])
        return came


_NOT_OURS = _Kind('', {})


def _listed(environ: WSGIEnvironment, caller: Caller) -> Refuse | None:
    """Refuse a list whose filters or sort keys tell what is hidden."""
    query = environ.get('QUERY_STRING')
    path = environ.get('PATH_INFO', '')
    method = environ['REQUEST_METHOD']
    if not (query and routes.is_list(method, path)):
        return None
    try:
        version = response.version_asked(environ)
    except microversions.BadVersionError:
        # nova refuses it; until then nothing is said of what it strips.
        version = microversions.MAX
    try:
        # Read by what nova reads it by, with all its oddities.
        keys = webob.Request({'QUERY_STRING': query}).GET.items()
    except UnicodeDecodeError:
        return _QUERY
    return list_query.judge(keys, version, caller.verdict)


def _sent(start: StartResponse, answer: Answer) -> Iterable[bytes]:
    start(answer.status, answer.headers)
    return answer.body
