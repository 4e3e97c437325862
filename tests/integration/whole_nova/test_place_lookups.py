"""Behind nova's own router, a place's rule is asked with the server."""

from collections.abc import Callable

import pytest

from tests.whole_nova.client import ADMIN, NEWEST, Client, Reply, Request
from tests.whole_nova.servers import Servers

SHOW = 'update_guard:server:show:'
ACTIVE = "'ACTIVE':%(server.status)s"
ACTIONS = '/servers/{}/os-instance-actions'


@pytest.fixture(scope='module')
def client(guarded: Callable[..., Client]) -> Client:
    """nova behind a guard that shows some values of active servers only."""
    hidden = ('user_id', 'name', 'addresses', 'OS-EXT-STS:vm_state')
    return guarded({SHOW + name: ACTIVE for name in hidden})


def get(client: Client, path: str, minor: int = NEWEST) -> Reply:
    return client.send(Request('GET', path), ADMIN, minor)


@pytest.mark.parametrize('minor', [1, NEWEST])
def test_actions_of_a_server_are_shown_by_its_own_values(
    client: Client, seeded: Servers, minor: int
) -> None:
    for server, is_shown in ((seeded.active, True), (seeded.failed, False)):
        reply = get(client, ACTIONS.format(server), minor)

        users = {each['user_id'] for each in reply.json['instanceActions']}
        assert (users != {None}) == is_shown


def test_a_usage_shows_the_names_of_active_servers_alone(
    client: Client, seeded: Servers
) -> None:
    path = '/os-simple-tenant-usage?detailed=1&start=2020-01-01T00:00:00'

    reply = get(client, path)

    names = {
        each['instance_id']: each['name']
        for usage in reply.json['tenant_usages']
        for each in usage['server_usages']
    }
    assert names[seeded.active] != ''
    assert names[seeded.failed] == ''


def test_a_place_that_shows_one_attribute_is_open_for_active_servers(
    client: Client, seeded: Servers
) -> None:
    statuses = [
        get(client, f'/servers/{server}/ips').status
        for server in (seeded.active, seeded.failed)
    ]

    assert statuses == [200, 403]
