"""An operator hides an attribute by one line of policy.

nova's own answers, of every kind, at the oldest and the newest version that
have an attribute, go through the guard again for each attribute.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from tests.whole_nova import nova_schemas
from tests.whole_nova.answers import Recorded
from tests.whole_nova.asking import ADMIN, MEMBER, NEWEST, Client
from tests.whole_nova.documents import values, without

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
    def ask(attribute: str) -> Pairs:
        client = guarded({f'update_guard:server:show:{attribute}': '!'})
        having = [one for one in recorded if values(attribute, one.json)]
        return [
            (answer, answer.through(client, ADMIN).json)
            for answer in oldest_and_newest(having)
        ]

    return ask


def oldest_and_newest(found: list[Recorded]) -> list[Recorded]:
    """Return the ends of each kind of answer, in the order of versions."""
    kinds: dict[tuple[str, bool, str], list[Recorded]] = {}
    for answer in found:
        kind = (answer.answer, answer.down, answer.request.path)
        kinds.setdefault(kind, []).append(answer)
    return [
        answer for kind in kinds.values() for answer in (kind[0], kind[-1])
    ]


@pytest.fixture
def hidden(attribute: str, hide: Callable[[str], Pairs]) -> Pairs:
    return hide(attribute)


def test_what_policy_hides_is_in_no_answer(
    attribute: str, hidden: Pairs
) -> None:
    assert [
        str(answer)
        for answer, document in hidden
        if any(map(is_telling, values(attribute, document)))
    ] == []


def test_nova_has_shown_what_is_hidden_here(
    attribute: str, hidden: Pairs
) -> None:
    assert any(
        is_telling(value)
        for answer, _ in hidden
        for value in values(attribute, answer.json)
    )


def test_nothing_else_is_touched(attribute: str, hidden: Pairs) -> None:
    assert [
        str(answer)
        for answer, document in hidden
        if without(attribute, document) != without(attribute, answer.json)
    ] == []


def test_an_answer_with_nothing_in_its_place_is_valid_for_nova(
    attribute: str, hidden: Pairs
) -> None:
    assert [
        str(answer)
        for answer, document in hidden
        if answer.may_lack(attribute) and not answer.allows(document)
    ] == []


def test_a_rule_that_names_administrators_hides_from_members_alone(
    attribute: str, guarded: Callable[..., Client], recorded: list[Recorded]
) -> None:
    client = guarded({f'update_guard:server:show:{attribute}': 'role:admin'})

    for answer in recorded:
        if answer.minor == NEWEST and values(attribute, answer.json):
            theirs = answer.through(client, ADMIN)
            ours = answer.through(client, MEMBER)
            assert theirs.body == answer.nova[2], str(answer)
            assert not any(map(is_telling, values(attribute, ours.json)))


def is_telling(value: object) -> bool:
    return value not in nova_schemas.EMPTY
