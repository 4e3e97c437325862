"""Update rules that name the server, on the real cloud."""

from contextlib import contextmanager

import pytest

from tests.cloud import web
from tests.cloud.people import ADMIN, MEMBER, OURS, STRANGER, Person
from tests.cloud.servers import LOCKED, RENAMED, made_up
from tests.cloud.settings import Settings
from tests.integration.cloud_requests import (
    NAME,
    NEWEST,
    message,
    name_of,
    put,
)
from tests.integration.received import received

OWNER = f'{NAME}: user_id:%(user_id)s'
ANYWAY = f'{NAME}: role:admin or user_id:%(user_id)s'
UNLOCKED = f'{NAME}: "\'False\':%(server.locked)s"'
UNPROTECTED = f'{NAME}: "not \'true\':%(server.metadata.protected)s"'
ADDRESS = 'update_guard:server:update:accessIPv4'
NETWORKER = Person('networker', 'of-the-tests', OURS, ('member', 'network'))
PATH = f'/servers/{RENAMED.id}'


@pytest.fixture(scope='module')
def networker(running_cloud):
    """A user with the role network, which the demo does not have."""
    headers = {'X-Auth-Token': running_cloud.token(ADMIN).id}

    def keystone(method, path, body=None):
        url = f'{running_cloud.keystone_url}/{path}'
        response = web.send(method, url, body, headers)
        assert response.status < 300, response.body
        return response.json

    def found(kind, name):
        (one,) = keystone('GET', f'{kind}?name={name}')[kind]
        return one['id']

    user = {'name': NETWORKER.name, 'password': NETWORKER.password}
    keystone('POST', 'users', {'user': user})
    keystone('POST', 'roles', {'role': {'name': 'network'}})
    caller = f'users/{found("users", NETWORKER.name)}'
    where = f'projects/{found("projects", NETWORKER.project)}'
    for role in NETWORKER.roles:
        keystone('PUT', f'{where}/{caller}/roles/{found("roles", role)}')
    return NETWORKER


@contextmanager
def within(cloud, begin, end):
    """Ask for *begin* before the block, and for *end* after it."""
    for step in (begin, end):
        response = cloud.send(MEMBER, *step)
        assert response.status < 300, response.body
        if step is begin:
            yield


def test_only_the_owner_renames(cloud):
    cloud.write_policy(OWNER)
    before = name_of(cloud)

    with received(cloud) as calls:
        denied = put(cloud, {'name': 'by-another'}, ADMIN)
    kept = name_of(cloud)
    allowed = put(cloud, {'name': 'by-its-owner'})

    assert (denied.status, allowed.status) == (403, 200)
    assert NAME in message(denied)
    assert calls.methods == ['show']
    assert (kept, name_of(cloud)) == (before, 'by-its-owner')


def test_a_locked_server_cannot_be_renamed(cloud):
    cloud.write_policy(UNLOCKED)
    lock, unlock = (
        ('POST', f'{PATH}/action', {action: None})
        for action in ('lock', 'unlock')
    )

    with within(cloud, lock, unlock):
        assert put(cloud, {'name': 'locked'}).status == 403
        assert put(cloud, {'name': 'locked'}, ADMIN).status == 403
    assert put(cloud, {'name': 'unlocked'}).status == 200
    assert put(cloud, {'name': 'locked'}, server=LOCKED).status == 403


def test_a_server_protected_by_metadata_cannot_be_renamed(cloud):
    cloud.write_policy(UNPROTECTED)
    protect = ('POST', f'{PATH}/metadata', {'metadata': {'protected': 'true'}})
    release = ('DELETE', f'{PATH}/metadata/protected')

    with within(cloud, protect, release):
        assert put(cloud, {'name': 'protected'}).status == 403
    assert put(cloud, {'name': 'released'}).status == 200


def test_access_addresses_are_the_network_roles_without_a_lookup(
    cloud, networker
):
    cloud.write_policy(f'{ADDRESS}: role:network')

    with received(cloud) as calls:
        denied = put(cloud, {'accessIPv4': '192.0.2.9'})
        allowed = put(cloud, {'accessIPv4': '192.0.2.9'}, networker)

    assert (denied.status, allowed.status) == (403, 200)
    assert ADDRESS in message(denied)
    assert calls.methods == ['update']


@pytest.mark.parametrize('policy', ['# The defaults.', OWNER, UNLOCKED])
def test_a_stranger_learns_from_a_404_no_more_than_of_no_server(cloud, policy):
    cloud.write_policy(policy)
    nowhere = made_up('no such server')

    response = put(cloud, {'name': 'a'}, STRANGER)
    other = cloud.send(
        STRANGER, 'PUT', f'/servers/{nowhere}', {'server': {'name': 'a'}}
    )

    assert (response.status, other.status) == (404, 404)
    assert message(response) == message(other).replace(nowhere, RENAMED.id)


def test_a_refused_lookup_is_the_response_that_nova_sends_the_client(
    running_cloud, tmp_path
):
    """Byte for byte, and at the microversion that the client asks for."""
    file = tmp_path / 'policy.yaml'
    file.write_text('os_compute_api:servers:show: role:admin')
    conf = f'[DEFAULT]\ndebug = true\n[oslo_policy]\npolicy_file = {file}\n'
    running_cloud.restart_nova(Settings(nova_conf=conf, policy=OWNER))

    for caller, status in ((STRANGER, 404), (MEMBER, 403)):
        for version in ('2.1', '2.19', NEWEST):
            with received(running_cloud) as calls:
                refused = put(
                    running_cloud, {'name': 'a'}, caller, version=version
                )
            visible = running_cloud.send(caller, 'GET', PATH, version=version)

            assert (refused.status, visible.status) == (status, status)
            assert refused.body == visible.body
            for name in ('OpenStack-API-Version', 'Content-Type', 'Vary'):
                assert refused.headers.get_all(
                    name
                ) == visible.headers.get_all(name)
            assert calls.methods == ['show']


@pytest.mark.parametrize(
    ('policy', 'caller', 'update', 'status', 'methods'),
    [
        ('# The defaults.', MEMBER, {'name': 'a'}, 200, ['update']),
        (OWNER, MEMBER, {'name': 'a'}, 200, ['show', 'update']),
        (OWNER, MEMBER, {'description': 'a'}, 200, ['update']),
        (OWNER, MEMBER, {'name': ''}, 400, []),
        (OWNER, MEMBER, {'name': 'a', 'description': 'a'}, 400, []),
        (ANYWAY, ADMIN, {'name': 'a'}, 200, ['update']),
        (f'{OWNER} or role:admin', ADMIN, {'name': 'a'}, 200, ['update']),
        (ANYWAY, MEMBER, {'name': 'a'}, 200, ['show', 'update']),
        (f'{NAME}: "!"', MEMBER, {'name': 'a'}, 403, []),
    ],
)
def test_there_is_a_lookup_only_if_the_decision_depends_on_it(
    cloud, policy, caller, update, status, methods
):
    cloud.write_policy(policy)

    with received(cloud) as calls:
        response = put(cloud, update, caller)

    assert response.status == status, response.body
    assert calls.methods == methods
