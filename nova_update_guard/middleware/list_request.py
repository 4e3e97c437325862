"""Lists: refuse filters that reveal hidden attributes, take out sort keys."""

import datetime
from collections.abc import Iterator

import webob

from nova_update_guard.compute_api import microversions
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.version import Version
from nova_update_guard.layers import list_query, place_query, sort_keys
from nova_update_guard.layers.list_query import KeyRules
from nova_update_guard.layers.modes import RESPONSE_REDACTION
from nova_update_guard.middleware.decision import (
    Decision,
    Identity,
    Violation,
)
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.policy.enforcer import Caller

_QUERY = Refusal(400, 'The query is not UTF-8', 'a query that is not UTF-8')


def check(
    request: GuardedRequest,
    caller: Caller,
    decision: Decision,
    key_rules: KeyRules,
) -> Iterator[Violation]:
    """Yield the violation of a list by its filters; take out its sort keys.

    Those that reveal hidden attributes are recorded in *decision*. nova gets
    the query without them, except in the mode ``audit``. A list of servers is
    meant, or a place whose query has filters: it has no sort keys.
    """
    route = request.route
    place = route.place.route if route.place else ''
    if not (request.query and (route.is_list or place in place_query.ROUTES)):
        return
    try:
        # Parsed by webob, as in nova, so that both read the same keys.
        query = webob.Request({'QUERY_STRING': request.query}).GET
        pairs = [*query.items()]
    except UnicodeDecodeError:
        yield Violation((RESPONSE_REDACTION,), _QUERY)
        return
    given = (pairs, _version(request), caller.authorize)
    own = _own_values(decision.identity)
    if place:
        now = datetime.datetime.now(datetime.timezone.utc)
        refusal = place_query.check(*given, place, own, now)
    else:
        refusal = list_query.check(*given, key_rules, own)
    if refusal:
        yield Violation((RESPONSE_REDACTION,), refusal)
    if route.is_list:
        decision.sort_keys = sort_keys.hidden(*given, key_rules)
    if decision.sort_keys and decision.acts(RESPONSE_REDACTION):
        request.environ['QUERY_STRING'] = sort_keys.without(
            request.query, decision.sort_keys
        )


def _version(request: GuardedRequest) -> Version | None:
    """Return the version of *request*, None if it is not known.

    nova refuses a bad one; its newest, "latest", may be newer than the tables.
    """
    try:
        version = request.version
    except microversions.BadVersionError:
        return None
    return None if microversions.is_latest(request.environ) else version


def _own_values(identity: Identity | None) -> dict[str, str | None]:
    """Return the filters' values that are the caller's own, by key."""
    if identity is None:
        return {}
    return {
        'project_id': identity.project_id,
        'tenant_id': identity.project_id,
        'user_id': identity.user_id,
    }
