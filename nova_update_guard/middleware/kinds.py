"""The kinds of requests: which layers check them, and how."""

from collections.abc import Callable
from typing import NamedTuple

from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers.modes import (
    ACTION,
    CREATE,
    ENFORCE,
    RESPONSE_REDACTION,
    UPDATE,
    Modes,
    only,
)
from nova_update_guard.middleware.body_request import Violations
from nova_update_guard.middleware.create_request import CreateRequest
from nova_update_guard.middleware.decision import Decision
from nova_update_guard.middleware.permissions import Permissions
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.middleware.update_request import UpdateRequest
from nova_update_guard.policy.enforcer import Caller
from nova_update_guard.wsgi_types import WSGIApplication


class Kind(NamedTuple):
    """An operation, the modes of its layers, and the check of its requests."""

    operation: str
    modes: Modes
    check: Callable[[GuardedRequest, Caller, Decision], Violations] | None = (
        None
    )


def of(app: WSGIApplication, settings: Settings) -> dict[str, Kind]:
    """Return the kinds of requests, by the operation of their route."""
    return _kinds(app, settings) | _own_kinds(app, settings)


def _kinds(app: WSGIApplication, settings: Settings) -> dict[str, Kind]:
    """Return the kinds of requests, by the operation of their route."""
    updates = UpdateRequest(app, settings)
    creates = CreateRequest(app, settings)
    redaction = only(settings.modes, RESPONSE_REDACTION)
    checked = {
        'update': (UPDATE, updates.update),
        'action': (ACTION if settings.checks_actions else (), updates.action),
        'create': (CREATE if settings.checks_create else (), creates.create),
    }
    kinds = {
        '': Kind('', {}),
        'read': Kind('read', redaction),
        'other': Kind('other', redaction),
    }
    for operation, (layers, check) in checked.items():
        modes = only(settings.modes, *layers) if layers else {}
        kinds[operation] = Kind(
            operation, {**modes, **redaction}, check if modes else None
        )
    return kinds


def _own_kinds(app: WSGIApplication, settings: Settings) -> dict[str, Kind]:
    """Return the kinds of requests for the guard's own resource.

    Where it is off, they go to nova, which has no such path.
    """
    if not settings.os_update_guard:
        redaction = only(settings.modes, RESPONSE_REDACTION)
        read, other = Kind('read', redaction), Kind('other', redaction)
    else:
        # In each mode: nova must not get the request.
        enforced = dict.fromkeys(settings.modes, ENFORCE)
        own = Permissions(app, settings)
        read = Kind('read', enforced, own.read)
        other = Kind('other', enforced, own.refuse)
    return {'permissions/read': read, 'permissions/other': other}
