"""Do guard and nova route alike? One request, sent twice."""

import functools
from typing import Any, NamedTuple

from nova_update_guard.compute_api import routes
from tests.equivalence import differences, guards, model
from tests.equivalence.model import SERVERS, Call, Received
from tests.equivalence.route_requests import Request
from tests.equivalence.wire import Response

SECRET = 'a secret'
ACTIONS = ('rebuild', 'resize')
# What a document holds that nobody may see, in each of nova's answers.
SERVER = {'id': 'a', 'name': SECRET}
LIST, ONE = {'servers': [SERVER]}, {'server': SERVER}
DOCUMENTS: dict[str, Any] = {
    'index': LIST,
    'detail': LIST,
    'show': ONE,
    'update': ONE,
    'create': ONE,
    'rebuild': ONE,
}


class Outcome(NamedTuple):
    """The outcome of a request; *calls* are as ``Controller.method``."""

    response: Response
    calls: list[str]
    received: Received | None

    @property
    def is_update(self) -> bool:
        """Tell whether nova reached its update of a server."""
        return f'{SERVERS}.update' in self.calls

    @property
    def is_open(self) -> bool:
        """Tell whether nova reached an action that changes a field."""
        return any(f'{SERVERS}.{name}' in self.calls for name in ACTIONS)

    @property
    def is_list(self) -> bool:
        """Tell whether nova reached a list of servers."""
        return bool({f'{SERVERS}.index', f'{SERVERS}.detail'} & {*self.calls})

    @property
    def has_secret(self) -> bool:
        """Return whether the client gets the secret."""
        return SECRET.encode() in self.response.body


class Requested(NamedTuple):
    """One request's outcomes without the guard and with it."""

    request: Request
    alone: Outcome
    guarded: Outcome


def send(request: Request) -> Requested:
    """Ask nova alone and nova behind a guard that refuses everything."""
    nova, guard = _nova()
    outcomes = []
    for place in (None, guard):
        response = nova.send(request.environ(), place)
        calls = [f'{call.controller}.{call.method}' for call in nova.calls]
        outcomes.append(Outcome(response, calls, nova.received))
    return Requested(request, *outcomes)


def disagreement(requested: Requested) -> str | None:
    """Return the problem in a few words, or None."""
    _, alone, guarded = requested
    if guarded.is_update:
        return 'an update that the guard does not see'
    if guarded.is_open and requested.request.changes_a_field:
        return 'an action that the guard does not see'
    if guarded.is_list and not _is_list(guarded.received):
        return 'a list that the guard does not see'
    if guarded.has_secret:
        return 'a server document that the guard does not look at'
    row = differences.of_route(requested)
    if row is not None:
        return row.problem(guarded.response)
    if alone.is_update or (
        alone.is_open and requested.request.changes_a_field
    ):
        # All updates are refused; some have no body that is one.
        return _unless(guarded.response.status in (400, 403), guarded)
    if f'{SERVERS}.create' in alone.calls and requested.request.has_server:
        return _unless(guarded.response.status in (400, 403), guarded)
    found = _recognised(alone.received)
    if found and (found.operation == 'create' or _shows_one(found)):
        # The guard refuses before nova looks at the request.
        statuses = (400, 403, 413, 415, alone.response.status)
        return _unless(guarded.response.status in statuses, guarded)
    return _unless(guarded.response.status == alone.response.status, guarded)


def _shows_one(route: routes.Route) -> bool:
    return bool(route.place and route.place.whole)


def _recognised(received: Received | None) -> routes.Route | None:
    if received is None:
        return None
    return routes.recognise(received.method, received.path, '')


def _is_list(received: Received | None) -> bool:
    return (
        received is not None
        and routes.recognise(received.method, received.path, '').is_list
    )


def _unless(expected: bool, guarded: Outcome) -> str | None:
    return None if expected else f'the guard answers {guarded.response.status}'


@functools.cache
def _nova() -> tuple[model.Nova, model.App]:
    nova = model.Nova(_response)
    return nova, guards.that_refuses_all(nova.beyond)


def _response(call: Call) -> Any:
    if call.controller == SERVERS:
        return DOCUMENTS.get(call.method, {})
    return {}
