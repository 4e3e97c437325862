"""An operator hides an attribute by one line of policy.

nova's own answers, of every kind, at the oldest and the newest version that
have an attribute, go through the guard again for each attribute.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from nova_update_guard.compute_api import server_attributes
from tests.whole_nova import nova_schemas
from tests.whole_nova.client import ADMIN, MEMBER, NEWEST, Client
from tests.whole_nova.documents import values, without
from tests.whole_nova.recordings import Recorded

# Without a rule: a client that lost them could not go on.
ALWAYS = {'id', 'links'}
# With a rule of their own.
NESTED = (
    'addresses.OS-EXT-IPS-MAC:mac_addr',
    'fault.details',
    'fault.message',
    'flavor.extra_specs',
    'image.properties',
)
ATTRIBUTES = [*sorted(nova_schemas.attributes() - ALWAYS), *NESTED]

# Left out of every response, since some servers lack it; nova's schema of one
# response requires it.
INVALID = {'progress': {'rebuild'}, 'security_groups': {'create'}}

# A recorded answer, and what the guard made of it.
Pairs = list[tuple[Recorded, Any]]


@pytest.fixture(params=ATTRIBUTES)
def attribute(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope='module')
def hide(
    guarded: Callable[..., Client], recorded: list[Recorded]
) -> Callable[[str], Pairs]:
    """Ask for answers that have an attribute which nobody may see."""

    @functools.cache
    def send(attribute: str) -> Pairs:
        client = guarded({f'update_guard:server:show:{attribute}': '!'})
        having = [one for one in recorded if values(attribute, one.json)]
        return [
            (response, response.through(client, ADMIN).json)
            for response in oldest_and_newest(having)
        ]

    return send


def oldest_and_newest(found: list[Recorded]) -> list[Recorded]:
    """Return the ends of each kind of response, in the order of versions."""
    kinds: dict[tuple[str, bool, str], list[Recorded]] = {}
    for one in found:
        kind = (one.response, one.down, one.request.path)
        kinds.setdefault(kind, []).append(one)
    return [one for kind in kinds.values() for one in (kind[0], kind[-1])]


@pytest.fixture
def hidden(attribute: str, hide: Callable[[str], Pairs]) -> Pairs:
    return hide(attribute)


def test_no_hidden_attribute_is_in_any_response(
    attribute: str, hidden: Pairs
) -> None:
    assert [
        str(response)
        for response, document in hidden
        if any(map(is_telling, values(attribute, document)))
    ] == []


def test_nova_sends_every_attribute_that_is_hidden_here(
    attribute: str, hidden: Pairs
) -> None:
    assert any(
        is_telling(value)
        for response, _ in hidden
        for value in values(attribute, response.json)
    )


def test_nothing_else_is_touched(attribute: str, hidden: Pairs) -> None:
    assert [
        str(response)
        for response, document in hidden
        if without(attribute, document) != without(attribute, response.json)
    ] == []


def test_a_redacted_response_is_valid_under_the_schemas_of_nova(
    attribute: str, hidden: Pairs
) -> None:
    assert {
        response.response
        for response, document in hidden
        if response.may_lack(attribute) and not response.allows(document)
    } == INVALID.get(attribute, set())


def test_a_rule_that_names_administrators_hides_from_members_alone(
    attribute: str, guarded: Callable[..., Client], recorded: list[Recorded]
) -> None:
    client = guarded({f'update_guard:server:show:{attribute}': 'role:admin'})

    for response in recorded:
        if response.minor == NEWEST and values(attribute, response.json):
            theirs = response.through(client, ADMIN)
            ours = response.through(client, MEMBER)
            assert theirs.body == response.nova[2], str(response)
            assert not any(map(is_telling, values(attribute, ours.json)))


def is_telling(value: object) -> bool:
    rows = server_attributes.SERVER_ATTRIBUTES
    return value not in (*nova_schemas.EMPTY, *(row.hidden for row in rows))
