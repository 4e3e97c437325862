"""Updates and actions, judged: read, validated, counted, allowed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication, WSGIEnvironment

from nova_update_guard.compute_api import action_fields, microversions
from nova_update_guard.compute_api.faults import NovaFailedError, Refuse
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import Editable, editable_at
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
    FIELD_POLICY,
    FIELD_VALIDATION,
    ONE_PARAMETER,
)
from nova_update_guard.middleware import request_body, response
from nova_update_guard.middleware.decision import Case, Finding
from nova_update_guard.middleware.lookup import Lookup
from nova_update_guard.policy.enforcer import Caller

Update = dict[str, object]
Editables = Mapping[str, Editable]
Findings = Iterator[Finding]

# The parsed update and the body made of it, for the next of our filters.
_JUDGED = 'nova_update_guard.judged'

_TOO_DEEP = Refuse(400, 'The body is nested too deeply', 'unreadable body')
# The layers that look at an update; at an action all but the first.
UPDATE = (ONE_PARAMETER, FIELD_VALIDATION, FIELD_POLICY)
ACTION = (FIELD_VALIDATION, FIELD_POLICY)
# Those to whom it matters what the server is like, with count = changed.
_COUNTING = (ONE_PARAMETER, FIELD_POLICY)


class Asked(NamedTuple):
    """A request to change a server: by whom, and the server as it is."""

    environ: WSGIEnvironment
    caller: Caller
    server: Lookup

    def may(self, rule: str) -> bool:
        """Return *rule*'s answer; raises NovaFailedError."""
        return self.caller.may(rule, self.server)


class Judge:
    """Judges updates and actions by *settings*; *app* shows servers.

    What it finds comes in the order of the layers. Whoever takes it stops at
    what refuses the request; after the last of it, what goes on to nova is
    just what was judged, if any layer acts.
    """

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._modes = settings.modes
        self._compares = settings.counts_changed and bool(
            modes.only(self._modes, *_COUNTING)
        )

    def update(
        self, environ: WSGIEnvironment, caller: Caller, case: Case
    ) -> Findings:
        """Judge an update."""
        return self._readable(self._update, environ, caller, case)

    def action(
        self, environ: WSGIEnvironment, caller: Caller, case: Case
    ) -> Findings:
        """Judge the fields that an action changes, in the same way."""
        return self._readable(self._action, environ, caller, case)

    def _readable(
        self,
        judge: Callable[[Asked, Case], Findings],
        environ: WSGIEnvironment,
        caller: Caller,
        case: Case,
    ) -> Findings:
        """Yield what *judge* does, and why a request cannot be read."""
        server = Lookup(self._app, environ)
        try:
            yield from judge(Asked(environ, caller, server), case)
        except microversions.BadVersionError as error:
            refuse = Refuse(400, str(error), 'malformed microversion')
        except request_body.UnreadableError as error:
            refuse = error.refusal
        except RecursionError:
            refuse = _TOO_DEEP
        else:
            return
        finally:
            case.before = server.shown
            case.nova_ns += server.nanoseconds
        yield Finding(UPDATE, refuse)

    def _update(self, asked: Asked, case: Case) -> Findings:
        version = self._version(asked, case)
        document = self._document(asked.environ)
        problem = self._problem(document, version)
        if problem:
            yield problem
            if problem.layers is UPDATE:
                return
        sent = field_validation.known(document['server'], version)
        counted, failure = self._counted(sent, asked)
        case.changes = counted
        if failure:
            yield failure
        editable = editable_at(version)
        yield from self._too_many(
            counted, editable, bool(sent) and self._compares
        )
        yield from self._by_policy(counted, editable, asked, not problem)
        if self._acts(*UPDATE):
            counts = self._acts(*_COUNTING)
            _forward(asked.environ, {'server': counted if counts else sent})

    def _action(self, asked: Asked, case: Case) -> Findings:
        version = self._version(asked, case)
        document = self._document(asked.environ)
        if document is None:
            # There is no body: nova's to answer.
            return
        refuse = None
        if FIELD_VALIDATION in self._modes:
            refuse = field_validation.judge_action(document, version)
        if refuse:
            yield Finding((FIELD_VALIDATION,), refuse)
        carried = action_fields.carried(document, version)
        case.changes, failure = self._counted(carried, asked)
        if failure:
            yield failure
        yield from self._by_policy(
            case.changes, editable_at(MAX), asked, not refuse
        )
        if self._acts(*ACTION):
            _forward(asked.environ, document)

    def _version(self, asked: Asked, case: Case) -> microversions.Version:
        version = response.version_asked(asked.environ)
        case.version = str(version)
        return version

    def _problem(
        self, document: Any, version: microversions.Version
    ) -> Finding | None:
        """Return what is wrong with *document*, and whose business that is.

        What is no update at all is no single layer's.
        """
        validates = FIELD_VALIDATION in self._modes
        refuse = (
            field_validation.judge(document, version) if validates else None
        )
        if validates and not refuse:
            return None
        shapeless = field_validation.judge_shape(document, version)
        if shapeless:
            # In the words of the layer that would have come first.
            return Finding(UPDATE, refuse or shapeless)
        return Finding((FIELD_VALIDATION,), refuse) if refuse else None

    def _counted(
        self, sent: Update, asked: Asked
    ) -> tuple[Update, Finding | None]:
        """Return what counts of *sent*; all of it where nova tells nothing."""
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
            return sent, Finding(_COUNTING, error.refusal)

    def _too_many(
        self, update: Update, editable: Editables, changes_nothing: bool
    ) -> Findings:
        """Refuse more than one; what changes nothing is nova's to answer."""
        if ONE_PARAMETER in self._modes:
            allow_empty = self._settings.allow_empty or changes_nothing
            together = self._settings.together
            refuse = one_parameter.judge(
                update, editable, allow_empty, together
            )
            if refuse:
                yield Finding((ONE_PARAMETER,), refuse)

    def _by_policy(
        self,
        update: Mapping[str, object],
        editable: Editables,
        asked: Asked,
        is_valid: bool,
    ) -> Findings:
        """Ask who may change it, and then what the operator wants of it.

        The operator wants something of what nova would take, and no more.
        """
        if FIELD_POLICY in self._modes:
            denied = field_policy.judge(update, editable, asked.may)
            yield from _each(FIELD_POLICY, denied)
        if FIELD_VALIDATION in self._modes and is_valid:
            wanted = asked.caller.constraints
            unwanted = constraints.judge(update, wanted, asked.may)
            yield from _each(FIELD_VALIDATION, unwanted)

    def _acts(self, *named: str) -> bool:
        return modes.enforced(self._modes, *named)

    def _document(self, environ: WSGIEnvironment) -> Any:
        """Return the update, which an earlier filter may have read."""
        document, body = environ.get(_JUDGED, (None, None))
        if body is not None and body is environ['wsgi.input']:
            return document
        settings = self._settings
        return request_body.read(
            environ, settings.max_body_bytes, settings.body_timeout
        )


def _each(layer: str, refuses: Iterator[Refuse]) -> Findings:
    """Yield what *layer* refuses for, or why it cannot see the server."""
    try:
        for refuse in refuses:
            yield Finding((layer,), refuse)
    except NovaFailedError as error:
        yield Finding((layer,), error.refusal)


def _forward(environ: WSGIEnvironment, document: Any) -> None:
    """Send what was judged, not the bytes that it was parsed from."""
    request_body.replace(environ, document)
    environ[_JUDGED] = document, environ['wsgi.input']
