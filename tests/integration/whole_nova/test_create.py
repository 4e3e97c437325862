"""The response to the creation of servers."""

from collections.abc import Callable

import pytest
from nova.tests.fixtures import ConfPatcher

from tests.whole_nova.client import LEGACY, MEMBER, NEWEST, Client, Reply
from tests.whole_nova.requests import create

Guarded = Callable[..., Client]

VERSIONS = (LEGACY, NEWEST)
HIDE = 'update_guard:server:show:'
PASSWORD = 'adminPass'  # a key of nova's answers, not a password


def created(client: Client, minor: int, **more: object) -> Reply:
    reply = client.send(create(minor, **more), MEMBER, minor)
    assert reply.status == 202, reply
    return reply


@pytest.mark.parametrize('minor', VERSIONS)
def test_a_member_sees_all_five_attributes(
    guarded: Guarded, minor: int
) -> None:
    server = created(guarded(), minor).json['server']

    assert server.keys() == {
        'id',
        'links',
        'OS-DCF:diskConfig',
        'security_groups',
        PASSWORD,
    }


@pytest.mark.parametrize('minor', VERSIONS)
def test_a_rule_hides_the_password(guarded: Guarded, minor: int) -> None:
    reply = created(guarded({HIDE + PASSWORD: '!'}), minor)

    assert PASSWORD not in reply.json['server']
    assert reply.json['server'].keys() >= {'id', 'links', 'security_groups'}


@pytest.mark.parametrize('minor', VERSIONS)
def test_no_security_group_is_named_when_a_rule_hides_them(
    guarded: Guarded, minor: int
) -> None:
    reply = created(guarded({f'{HIDE}security_groups': '!'}), minor)

    assert 'security_groups' not in reply.json['server']
    assert reply.json['server'][PASSWORD]


def test_without_instance_passwords_there_is_none_to_see(
    guarded: Guarded,
) -> None:
    with ConfPatcher(group='api', enable_instance_password=False):
        reply = created(guarded(), NEWEST)

    assert PASSWORD not in reply.json['server']
    assert (reply.status, reply.body) == (202, reply.nova and reply.nova[2])


@pytest.mark.parametrize('minor', VERSIONS)
def test_a_reservation_passes_unchanged_under_any_policy(
    guarded: Guarded, minor: int
) -> None:
    client = guarded({HIDE + PASSWORD: '!', f'{HIDE}unlisted': '!'})

    reply = created(client, minor, return_reservation_id=True)

    assert reply.nova
    assert reply.body == reply.nova[2]
    assert reply.json.keys() == {'reservation_id'}
