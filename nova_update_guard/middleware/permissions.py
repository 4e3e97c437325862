"""The guard's own resource: what a caller may change of a server.

Only what is in force is shown, and nothing that a GET of the server or an
update by the same caller would not tell.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from nova_update_guard.compute_api import documents, faults, microversions
from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.compute_api.routes import PERMISSIONS
from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    attributes_at,
    declared,
)
from nova_update_guard.compute_api.update_fields import Field, fields_at
from nova_update_guard.compute_api.version import LEGACY_V2, Version
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers.modes import (
    ENFORCE,
    FIELD_POLICY,
    FIELD_VALIDATION,
    LAYERS,
    OFF,
    RESPONSE_REDACTION,
)
from nova_update_guard.layers.redaction import view_at
from nova_update_guard.middleware.decision import Decision, Violation
from nova_update_guard.middleware.lookup import Document, Lookup
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.policy.enforcer import Caller
from nova_update_guard.wsgi_types import WSGIApplication

_NO_METHOD = Refusal(
    405,
    'The method is not allowed for this resource.',
    'no method of this resource',
    headers=(('Allow', 'GET, HEAD'),),
)


class Permissions:
    """Serves the resource, by *settings*; its one lookup goes to *app*."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._enforced = {
            layer for layer, mode in settings.modes.items() if mode == ENFORCE
        }

    def read(
        self, request: GuardedRequest, caller: Caller, decision: Decision
    ) -> Iterator[Violation]:
        """Put the response into *decision*, or yield the violation."""
        server = Lookup(self._app, request.environ)
        try:
            version = _version(request, server)
            decision.version = str(version)
            shown = self._document(request, version, caller, server())
        except microversions.BadVersionError as error:
            refusal = Refusal(error.status, str(error), 'bad microversion')
        except NovaFailedError as error:
            refusal = error.refusal
        else:
            body = json.dumps({PERMISSIONS: shown}).encode()
            headers = _headers(version)
            decision.response = request.respond(200, headers, body)
            decision.status = 200
            return
        finally:
            decision.nova_ns += server.nanoseconds
        yield Violation(LAYERS, refusal)

    def refuse(
        self, _request: GuardedRequest, _caller: Caller, _decision: Decision
    ) -> Iterator[Violation]:
        """Yield the violation of any other method."""
        yield Violation(LAYERS, _NO_METHOD)

    def _document(
        self,
        request: GuardedRequest,
        version: Version,
        caller: Caller,
        server: Document,
    ) -> Document:
        """Return what holds for *caller* and *server* at *version*."""
        settings = self._settings
        fields = fields_at(version)
        sets = [
            [name for name in fields if name in names]
            for names in settings.allowed_field_sets
        ]
        redacts = RESPONSE_REDACTION in self._enforced
        return {
            'server_id': request.server_id,
            'modes': {name: settings.modes.get(name, OFF) for name in LAYERS},
            'fields': [
                self._field(row, caller, server) for row in fields.values()
            ],
            'counted_fields': 'changed' if settings.counts_changed else 'sent',
            'allowed_field_sets': [names for names in sets if len(names) > 1],
            'empty_update': 'allow' if settings.allow_empty else 'refuse',
            'hidden_attributes': [
                *_hidden(version, caller, server, settings.extra_attributes)
            ]
            if redacts
            else [],
        }

    def _field(
        self, row: Field, caller: Caller, server: Document
    ) -> dict[str, object]:
        may_change = FIELD_POLICY not in self._enforced or caller.authorize(
            row.rule, server
        )
        # Of a field that may not be changed, an update would not tell them.
        constrains = may_change and FIELD_VALIDATION in self._enforced
        messages = [
            constraint.message
            for constraint in caller.constraints
            if constrains
            and constraint.field == row.name
            and not caller.authorize(constraint.rule, server)
        ]
        is_ruled = FIELD_POLICY in self._settings.modes
        return {
            'name': row.name,
            'may_change': may_change,
            'rule': row.rule if is_ruled else None,
            'schema': row.schema,
            'constraints': [*dict.fromkeys(messages)],
        }


def _version(request: GuardedRequest, server: Lookup) -> Version:
    """Return the microversion by which nova would serve *request*.

    Raises BadVersionError, and NovaFailedError if nova does not show the
    *server*. Before, as in nova, comes a version that is malformed or that
    nova does not have.
    """
    microversions.requested(request.environ)
    failure = None
    try:
        server()
    except NovaFailedError as error:
        failure = error
    response = failure.refusal.response if failure else None
    headers = response.headers if response else server.headers
    version = microversions.served(request.environ, headers)
    # "latest" is nova's newest, also in the headers of a refusal.
    request.version = version
    if failure:
        raise failure
    return version


def _headers(version: Version) -> faults.Headers:
    """Return the headers that nova sends with a document at *version*."""
    named = faults.headers(version if version > LEGACY_V2 else None)
    return [('Content-Type', 'application/json'), *named[1:]]


def _hidden(
    version: Version, caller: Caller, server: Document, extra: tuple[str, ...]
) -> Iterator[str]:
    """Yield the attributes at *version* that *caller* may not see.

    Of those that the tables do not know, only *extra*, which have rules.
    Those that depend on the server only if it has them: a GET would not tell
    the others. Nested ones only if what they are in is shown.
    """
    rows = attributes_at(version) | declared(extra)
    shown = _at(rows, server)
    found = documents.read(json.dumps({'server': shown}).encode())
    view = view_at(version, caller.authorize, extra_attributes=extra)
    hidden = set(view.redact(found.servers or (), caller.authorize)) | {
        name
        for name, row in rows.items()
        if caller.authorize(row.rule) is False
    }
    for name in rows:
        if name in hidden and name.partition('.')[0] not in hidden - {name}:
            yield name


def _at(names: Mapping[str, object], server: Document) -> dict[str, Any]:
    """Return *server* with only those attributes of the table in *names*."""
    shown = dict(server)
    for row in SERVER_ATTRIBUTES:
        above, _, inside = row.name.partition('.')
        if row.name in names or above not in shown:
            continue
        if not inside:
            del shown[above]
        elif isinstance(shown[above], dict):
            shown[above] = {
                key: value
                for key, value in shown[above].items()
                if key != inside
            }
    return shown
