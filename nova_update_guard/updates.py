"""An update, judged: read, validated, counted, and asked policy about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import webob

from nova_update_guard import (
    answers,
    bodies,
    changes,
    field_policy,
    field_validation,
    lookup,
    microversion,
    one_parameter,
)
from nova_update_guard.conf import Settings
from nova_update_guard.editable import Editable, editable_at
from nova_update_guard.enforcer import Caller
from nova_update_guard.faults import Refuse
from nova_update_guard.microversion import Version

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]
Update = dict[str, object]
Editables = Mapping[str, Editable]
Server = dict[str, Any]

# The parsed update and the body made of it, for the next of our filters.
_JUDGED = 'nova_update_guard.judged'

_TOO_DEEP = Refuse(400, 'The body is nested too deeply', 'unreadable body')


class Judge:
    """Judges updates by the layers of *settings*; *app* shows servers."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._limits = 'one_parameter' in settings.layers
        self._asks = 'field_policy' in settings.layers
        self._shape = (
            field_validation.judge
            if 'field_validation' in settings.layers
            else field_validation.judge_shape
        )
        self._compares = settings.counts_changed and (
            self._limits or self._asks
        )

    def judge(self, req: webob.Request, caller: Caller) -> Refuse | None:
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
        sent = field_validation.known(document['server'], version)
        update = self._counted(req.environ, sent, version, caller)
        if isinstance(update, Refuse):
            return update
        _forward(req, {'server': update})
        return None

    def _counted(
        self, environ: Environ, sent: Update, version: Version, caller: Caller
    ) -> Update | Refuse:
        """Return what counts of *sent*, which nova gets, or why it may not."""
        editable = editable_at(version)
        server, update = None, sent
        if self._compares and sent:
            shown = lookup.server(self._app, environ)
            if isinstance(shown, Refuse):
                return shown
            server = shown
            update = changes.changed(sent, server, _hidden(caller, server))
        # An update that changes nothing is nova's to answer.
        allow_empty = self._settings.allow_empty or server is not None
        return (
            self._too_many(update, editable, allow_empty)
            or self._by_policy(environ, update, editable, caller, server)
            or update
        )

    def _too_many(
        self, update: Update, editable: Editables, allow_empty: bool
    ) -> Refuse | None:
        if not self._limits:
            return None
        together = self._settings.together
        return one_parameter.judge(update, editable, allow_empty, together)

    def _by_policy(
        self,
        environ: Environ,
        update: Update,
        editable: Editables,
        caller: Caller,
        server: Server | None,
    ) -> Refuse | None:
        """Ask policy, which may have to see the server first."""
        if not self._asks:
            return None
        rules = [editable[name].rule for name in update if name in editable]
        if server is None and None in map(caller.verdict, rules):
            shown = lookup.server(self._app, environ)
            if isinstance(shown, Refuse):
                return shown
            server = shown
        return field_policy.judge(
            update, editable, lambda rule: caller.may(rule, server or {})
        )

    def _document(self, req: webob.Request) -> Any:
        """Return the update, which an earlier filter may have read."""
        document, body = req.environ.get(_JUDGED, (None, None))
        if body is not None and body is req.body_file_raw:
            return document
        return bodies.read(req, self._settings.max_body_bytes)


def _hidden(caller: Caller, server: Server) -> set[str]:
    """Return the fields that *caller* may not see of *server*."""
    return {
        field
        for field, rule in changes.RULES.items()
        if not caller.may(rule, server)
    }


def _forward(req: webob.Request, document: Any) -> None:
    """Send what was judged, not the bytes that it was parsed from."""
    bodies.replace(req, document)
    req.environ[_JUDGED] = document, req.body_file_raw
