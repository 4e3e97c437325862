"""Actions that set fields of an update, and constraints, on the real cloud."""

import pytest

from tests.cloud.people import ADMIN, MEMBER
from tests.cloud.servers import IMAGE, RENAMED
from tests.integration.cloud_requests import NAME, NEWEST, message, put
from tests.integration.received import received

PIN = 'update_guard:server:update:pinned_availability_zone'
DISK = 'update_guard:server:update:OS-DCF:diskConfig'
HOSTNAME = 'update_guard:server:update:hostname'
UNSHELVE = {'unshelve': {'availability_zone': 'zone-east'}}
CONSTRAINTS = """
name:
  - schema: {pattern: '^de-[a-z0-9-]+$'}
    unless: role:admin
    message: Names begin with de- here.
"""


def act(cloud, action, caller=MEMBER, version=NEWEST):
    path = f'/servers/{RENAMED.id}/action'
    return cloud.send(caller, 'POST', path, action, version)


def rebuild(**fields):
    return {'rebuild': {'imageRef': IMAGE['id'], **fields}}


@pytest.fixture
def constrained(cloud):
    """The cloud with a file of constraints, which nova finds as it runs."""
    file = cloud.policy_file.with_name('update-guard-constraints.yaml')
    file.write_text(CONSTRAINTS)
    # The policy is read together with it, and anew.
    cloud.write_policy('# Beside constraints.')
    yield cloud
    file.unlink()
    cloud.write_policy('# Without constraints.')


@pytest.mark.parametrize(
    ('rule', 'action'),
    [
        (NAME, rebuild(name='rebuilt')),
        (HOSTNAME, rebuild(hostname='rebuilt')),
        (DISK, {'resize': {'flavorRef': '100', 'OS-DCF:diskConfig': 'AUTO'}}),
        (PIN, UNSHELVE),
    ],
)
def test_an_action_with_a_denied_field_gets_403_and_does_not_reach_nova(
    cloud, rule, action
):
    cloud.write_policy(f'{rule}: role:admin')

    with received(cloud) as calls:
        response = act(cloud, action)

    assert response.status == 403
    assert rule in message(response)
    assert calls == []


def test_a_rebuild_without_the_denied_field_reaches_nova_as_it_is(cloud):
    cloud.write_policy(f'{NAME}: "!"')
    action = rebuild(description='rebuilt', metadata={'a': 'b'})

    with received(cloud) as calls:
        act(cloud, action)

    # What becomes of it is another matter: the stand-in is no glance.
    assert calls[0].method == '_rebuild'
    assert calls[0].body == action


def test_the_zone_of_an_unshelve_is_the_pin_from_its_version_on(cloud):
    cloud.write_policy(f'{PIN}: "!"')

    statuses = {
        version: act(cloud, UNSHELVE, version=version).status
        for version in ('2.76', '2.77', NEWEST)
    }

    # nova's own words: it is not shelved.
    assert statuses == {'2.76': 409, '2.77': 403, NEWEST: 403}
    assert act(cloud, {'unshelve': None}).status == 409


def test_actions_that_set_no_field_work_as_without_the_guard(cloud):
    cloud.write_policy(f'{NAME}: "!"\n{PIN}: "!"\n"{DISK}": "!"')

    for action in ('lock', 'unlock'):
        assert act(cloud, {action: None}).status == 202
    assert act(cloud, {'lock': {'locked_reason': 'a'}}).status == 202
    assert act(cloud, {'unlock': None}).status == 202
    assert act(cloud, {'no-such-action': None}).status == 400


def test_a_constraint_holds_for_updates_and_actions_with_its_message(
    constrained,
):
    for response in (
        put(constrained, {'name': 'vm'}),
        act(constrained, rebuild(name='vm')),
    ):
        assert response.status == 400
        assert message(response) == 'Names begin with de- here.'
    assert put(constrained, {'name': 'de-vm'}).status == 200


def test_a_constraint_does_not_apply_to_exempted_callers(constrained):
    assert put(constrained, {'name': 'vm'}, ADMIN).status == 200
