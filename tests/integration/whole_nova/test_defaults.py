"""With the documented defaults responses are those of nova."""

from collections.abc import Callable

import pytest

from nova_update_guard.compute_api import server_attributes, update_fields
from nova_update_guard.compute_api.microversions import Version
from tests.whole_nova import nova_schemas
from tests.whole_nova.client import (
    ADMIN,
    EVERYBODY,
    LEGACY,
    MEMBER,
    NEWEST,
    Client,
    Person,
    Reply,
)
from tests.whole_nova.documents import shape
from tests.whole_nova.requests import REQUESTS
from tests.whole_nova.servers import Servers


@pytest.fixture(scope='module')
def guard(guarded: Callable[..., Client]) -> Client:
    return guarded()


@pytest.mark.parametrize('caller', EVERYBODY, ids=lambda caller: caller.name)
@pytest.mark.parametrize('response', ['show', 'list', 'detail', 'update'])
def test_responses_of_nova_pass_byte_for_byte_at_every_version(
    guard: Client, raw: Client, seeded: Servers, response: str, caller: Person
) -> None:
    assert [
        minor
        for minor in effective_minors(response)
        if is_changed(guard, raw, response, minor, caller, seeded.failed)
    ] == []


@pytest.mark.parametrize('response', ['rebuild', 'create'])
def test_responses_to_actions_pass_byte_for_byte(
    guard: Client, raw: Client, seeded: Servers, response: str
) -> None:
    minors = (LEGACY, *nova_schemas.edges(response))
    sent = [
        *((MEMBER, minor) for minor in minors),
        *((caller, NEWEST) for caller in EVERYBODY),
    ]
    assert [
        (caller.name, minor)
        for caller, minor in sent
        if is_changed(guard, raw, response, minor, caller, seeded.active)
    ] == []


@pytest.mark.parametrize('caller', EVERYBODY, ids=lambda caller: caller.name)
@pytest.mark.parametrize('response', ['show', 'list', 'detail', 'update'])
def test_the_same_keys_are_there_with_the_guard_and_without(
    guard: Client, raw: Client, seeded: Servers, response: str, caller: Person
) -> None:
    for minor in (LEGACY, 1, NEWEST):
        request = REQUESTS[response](minor, seeded.failed)
        with_guard = guard.send(request, caller, minor)
        without = raw.send(request, caller, minor)
        assert with_guard.status == without.status
        if without.status == 200:
            assert shape(with_guard.json) == shape(without.json), minor


def effective_minors(response: str) -> list[int]:
    """Return each minor at which nova's schema or the guard's rows change.

    Between two of them the same schema and the same rows are in force.
    """
    rows = {
        effective_version(Version(2, minor)).minor
        for effective_version in (
            server_attributes.effective_version,
            update_fields.effective_version,
        )
        for minor in range(1, NEWEST + 1)
    }
    return sorted({LEGACY, *nova_schemas.edges(response), *rows})


def is_changed(
    guard: Client,
    raw: Client,
    response: str,
    minor: int,
    caller: Person,
    server_id: str,
) -> bool:
    """Tell whether the client got anything else than nova gave."""
    request = REQUESTS[response](minor, server_id)
    reply = guard.send(request, caller, minor)
    if reply.nova is None:
        # The guard refused: so must nova.
        return reply.status != raw.send(request, caller, minor).status
    status, _, body = reply.nova
    return (reply.status, reply.body) != (int(status[:3]), body)


@pytest.mark.parametrize('kind', ['show', 'update'])
def test_a_rule_can_be_the_administrator_check_of_nova(
    guarded: Callable[..., Client], seeded: Servers, kind: str
) -> None:
    rule = f'update_guard:server:{kind}:accessIPv4'
    client = guarded({rule: 'is_admin:True'})
    request = REQUESTS[kind](NEWEST, seeded.active)

    replies = [client.send(request, caller) for caller in (ADMIN, MEMBER)]

    assert [is_denied(reply) for reply in replies] == [False, True]


def is_denied(reply: Reply) -> bool:
    """Tell whether the guard has refused it, or hidden the address."""
    if reply.status == 403:
        return True
    assert reply.status == 200, reply
    return not reply.json['server']['accessIPv4']
