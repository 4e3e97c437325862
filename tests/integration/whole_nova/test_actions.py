"""Responses to actions: rebuild has a server, most have no body."""

from collections.abc import Callable, Iterator

import pytest
from nova.tests.fixtures import ConfPatcher

from tests.whole_nova.client import LEGACY, MEMBER, NEWEST, Client, Request
from tests.whole_nova.requests import USER_DATA, create, rebuild
from tests.whole_nova.servers import Servers

Guarded = Callable[..., Client]

HIDE = 'update_guard:server:show:'
PASSWORD = 'adminPass'  # a key of nova's answers, not a password
# rebuild shows user data from here on.
USER_DATA_VISIBLE = 57

# In this order nova takes each, but for those it does not know.
ACTIONS = (
    {'lock': None},
    {'unlock': None},
    {'pause': None},
    {'unpause': None},
    {'reboot': {'type': 'HARD'}},
    {'os-getConsoleOutput': {}},
    {'createImage': {'name': 'an image'}},
    {'changePassword': {'adminPass': 'secret'}},
    {'rescue': {}},
    {'unrescue': None},
    {'resize': {'flavorRef': '2'}},
    {'no-such-action': None},
    {'os-stop': None},
)


@pytest.mark.parametrize('minor', [LEGACY, USER_DATA_VISIBLE - 1])
def test_rebuild_shows_the_password_to_the_caller(
    guarded: Guarded, seeded: Servers, minor: int
) -> None:
    reply = guarded().send(rebuild(minor, seeded.active), MEMBER, minor)

    assert reply.json['server'][PASSWORD]
    assert 'user_data' not in reply.json['server']


@pytest.mark.parametrize('minor', [USER_DATA_VISIBLE, NEWEST])
def test_rebuild_shows_user_data_to_the_caller_since_2_57(
    guarded: Guarded, seeded: Servers, minor: int
) -> None:
    reply = guarded().send(rebuild(minor, seeded.active), MEMBER, minor)

    assert reply.json['server'][PASSWORD]
    assert reply.json['server']['user_data'] == USER_DATA


@pytest.mark.parametrize('hidden', [PASSWORD, 'user_data'])
@pytest.mark.parametrize('minor', [USER_DATA_VISIBLE, NEWEST])
def test_one_line_of_policy_hides_either_from_rebuild(
    guarded: Guarded, seeded: Servers, minor: int, hidden: str
) -> None:
    client = guarded({HIDE + hidden: '!'})

    reply = client.send(rebuild(minor, seeded.active), MEMBER, minor)

    server = reply.json['server']
    assert server.pop(hidden, None) is None
    assert server.keys() & {PASSWORD, 'user_data'} == (
        {PASSWORD, 'user_data'} - {hidden}
    )


def test_without_instance_passwords_rebuild_shows_none(
    guarded: Guarded, seeded: Servers
) -> None:
    with ConfPatcher(group='api', enable_instance_password=False):
        reply = guarded().send(rebuild(NEWEST, seeded.active))

    assert PASSWORD not in reply.json['server']


@pytest.mark.parametrize('minor', [LEGACY, NEWEST])
def test_other_documents_than_servers_pass_unchanged(
    blind: Client, own: str, minor: int
) -> None:
    for action in ACTIONS:
        reply = blind.send(act(own, action), MEMBER, minor)
        assert reply.nova, action
        status, _, body = reply.nova
        # What rescue shows is a hidden password.
        expected = b'{}' if 'rescue' in action else body
        assert (reply.status, reply.body) == (int(status[:3]), expected)


@pytest.mark.parametrize('minor', [LEGACY, NEWEST])
def test_an_action_without_a_response_body_is_done(
    blind: Client, own: str, minor: int
) -> None:
    reply = blind.send(act(own, {'os-stop': None}), MEMBER, minor)

    assert (reply.status, reply.body) == (202, b'')
    visible = blind.send(Request('GET', f'/servers/{own}'), MEMBER, minor)
    assert visible.json['server']['status'] == 'SHUTOFF'


@pytest.fixture(scope='module')
def blind(guarded: Guarded) -> Client:
    """nova-api behind a guard that shows no password and nothing unknown."""
    return guarded({f'{HIDE}unlisted': '!', HIDE + PASSWORD: '!'})


@pytest.fixture
def own(raw: Client) -> Iterator[str]:
    """A server of the test's own."""
    server_id = raw.send(create(NEWEST)).json['server']['id']
    yield server_id
    raw.send(Request('DELETE', f'/servers/{server_id}'))


def act(server_id: str, action: dict[str, object]) -> Request:
    return Request('POST', f'/servers/{server_id}/action', action)
