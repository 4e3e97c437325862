"""With the documented defaults everybody sees just what nova shows them."""

from collections.abc import Callable

import pytest

from nova_update_guard.compute_api import server_attributes, update_fields
from nova_update_guard.compute_api.microversions import Version
from tests.whole_nova import nova_schemas
from tests.whole_nova.asking import (
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


@pytest.mark.parametrize('who', EVERYBODY, ids=lambda who: who.name)
@pytest.mark.parametrize('answer', ['show', 'list', 'detail', 'update'])
def test_what_nova_answers_passes_byte_for_byte_at_every_version(
    guard: Client, raw: Client, seeded: Servers, answer: str, who: Person
) -> None:
    assert [
        minor
        for minor in effective_minors(answer)
        if is_changed(guard, raw, answer, minor, who, seeded.failed)
    ] == []


@pytest.mark.parametrize('answer', ['rebuild', 'create'])
def test_what_nova_answers_to_actions_passes_byte_for_byte(
    guard: Client, raw: Client, seeded: Servers, answer: str
) -> None:
    asked = [
        *((MEMBER, minor) for minor in (LEGACY, *nova_schemas.edges(answer))),
        *((who, NEWEST) for who in EVERYBODY),
    ]
    assert [
        (who.name, minor)
        for who, minor in asked
        if is_changed(guard, raw, answer, minor, who, seeded.active)
    ] == []


@pytest.mark.parametrize('who', EVERYBODY, ids=lambda who: who.name)
@pytest.mark.parametrize('answer', ['show', 'list', 'detail', 'update'])
def test_the_same_keys_are_there_with_the_guard_and_without(
    guard: Client, raw: Client, seeded: Servers, answer: str, who: Person
) -> None:
    for minor in (LEGACY, 1, NEWEST):
        request = REQUESTS[answer](minor, seeded.failed)
        with_guard = guard.ask(request, who, minor)
        without = raw.ask(request, who, minor)
        assert with_guard.status == without.status
        if without.status == 200:
            assert shape(with_guard.json) == shape(without.json), minor


def effective_minors(answer: str) -> list[int]:
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
    return sorted({LEGACY, *nova_schemas.edges(answer), *rows})


def is_changed(
    guard: Client,
    raw: Client,
    answer: str,
    minor: int,
    who: Person,
    server_id: str,
) -> bool:
    """Tell whether the client got anything else than nova gave."""
    request = REQUESTS[answer](minor, server_id)
    reply = guard.ask(request, who, minor)
    if reply.nova is None:
        # The guard refused: so must nova.
        return reply.status != raw.ask(request, who, minor).status
    status, _, body = reply.nova
    return (reply.status, reply.body) != (int(status[:3]), body)


@pytest.mark.parametrize('kind', ['show', 'update'])
def test_a_rule_can_be_novas_own_check_of_administrators(
    guarded: Callable[..., Client], seeded: Servers, kind: str
) -> None:
    rule = f'update_guard:server:{kind}:accessIPv4'
    client = guarded({rule: 'is_admin:True'})
    request = REQUESTS[kind](NEWEST, seeded.active)

    replies = [client.ask(request, who) for who in (ADMIN, MEMBER)]

    assert [is_denied(reply) for reply in replies] == [False, True]


def is_denied(reply: Reply) -> bool:
    """Tell whether the guard has refused it, or hidden the address."""
    if reply.status == 403:
        return True
    assert reply.status == 200, reply
    return not reply.json['server']['accessIPv4']
