"""The guard in the pipeline of a real nova-api, with keystone's tokens."""

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.microversions import MAX, Version
from tests.cloud import web
from tests.cloud.errors import CloudError
from tests.cloud.people import ADMIN, MEMBER, READER, STRANGER
from tests.cloud.servers import (
    BUILDING,
    CANARY,
    CRASHED,
    LOCKED,
    MARKED,
    RENAMED,
    SERVERS,
    THEIRS,
)
from tests.cloud.settings import RIGHT_PLACES, V2, V21, Settings
from tests.integration.cloud_requests import (
    EXTENDED,
    FORGED,
    ID,
    NAME,
    NEWEST,
    SPELLINGS,
    keys,
    message,
    name_of,
    put,
    raw,
    said_since,
    visible,
)


def test_the_example_of_the_reference_gets_the_response_of_the_reference(
    cloud,
):
    response = put(cloud, {'name': 'vm1-renamed'}, version='2.1')

    assert response.status == 200
    assert response.json['server']['name'] == 'vm1-renamed'
    assert response.json['server'].keys() == {
        *('accessIPv4', 'accessIPv6', 'addresses', 'created', 'flavor'),
        *('hostId', 'id', 'image', 'links', 'metadata', 'name', 'progress'),
        *('status', 'tenant_id', 'updated', 'user_id', 'OS-DCF:diskConfig'),
    }


@pytest.mark.parametrize(
    ('update', 'version'),
    [
        ({'accessIPv4': '192.0.2.7'}, '2.1'),
        ({'accessIPv6': '2001:db8::7'}, '2.1'),
        ({'OS-DCF:diskConfig': 'MANUAL'}, '2.1'),
        ({'description': 'a text'}, '2.19'),
        ({'description': None}, '2.19'),
        ({'description': ''}, NEWEST),
        ({'hostname': 'new-host'}, '2.90'),
        ({'hostname': 'new.host.example'}, '2.94'),
        ({'pinned_availability_zone': None}, '2.104'),
    ],
)
def test_every_parameter_alone_reaches_nova(cloud, update, version):
    response = put(cloud, update, version=version)

    assert response.status == 200, response.body


@pytest.mark.parametrize(
    ('body', 'status', 'words'),
    [
        (b'{"server": {"name": "a"}, "server": {}}', 400, 'duplicate key'),
        (b'{"server": {"name": NaN}}', 400, 'NaN'),
        (b'{"server": {"name": "\xff"}}', 400, 'Malformed request body'),
        (b'[' * 100000, 400, 'too deeply'),
        (b'[]', 400, "is not of type 'object'"),
        ({}, 400, 'one of: name, OS-DCF:diskConfig, accessIPv4'),
        ({'name': 'a', 'accessIPv4': '::1'}, 400, 'accessIPv4'),
        ({'name': 'a', 'description': 'b'}, 400, 'name, description'),
        ({'nothing': 1}, 400, "('nothing' was unexpected)"),
        ({'accessIPv4': 'x'}, 400, "'x' is not a 'ipv4'"),
        ({'name': ' '}, 400, "An invalid 'name' value was provided"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_refusal_has_the_fault_shape_of_nova_and_changes_nothing(
    cloud, body, status, words
):
    before = name_of(cloud)

    response = put(cloud, body)

    assert response.status == status
    assert words in message(response)
    assert response.headers['OpenStack-API-Version'] == f'compute {NEWEST}'
    assert response.headers['x-openstack-request-id'].startswith('req-')
    assert name_of(cloud) == before


def test_a_parameter_is_unknown_before_its_version(cloud):
    response = put(cloud, {'description': 'a'}, version='2.18')

    assert response.status == 400
    assert "('description' was unexpected)" in message(response)


@pytest.mark.parametrize(
    ('version', 'status'), [('2.x', 400), ('2.9999', 406), ('1.0', 406)]
)
def test_malformed_and_unsupported_versions_are_refused(
    cloud, version, status
):
    response = put(cloud, {'name': 'a'}, version=version)

    assert response.status == status
    assert message(response)


def test_latest_is_the_newest_version_of_nova(cloud):
    response = put(cloud, {'pinned_availability_zone': None}, version='latest')

    assert response.status == 200
    assert response.headers['OpenStack-API-Version'] == f'compute {NEWEST}'


def test_too_large_a_body_gets_413_and_a_wrong_type_415(cloud):
    big = b'{"server": {"name": "%s"}}' % (b'a' * 114688)

    assert put(cloud, big).status == 413
    assert put(cloud, {'name': 'a'}, Content_Type='text/xml').status == 415


@pytest.mark.parametrize(
    'caller', [READER, MEMBER, ADMIN], ids=lambda p: p.name
)
def test_readers_change_nothing(cloud, caller):
    response = put(cloud, {'name': 'by-role'}, caller)

    if caller is READER:
        assert response.status == 403
        assert NAME in message(response)
    else:
        assert response.status == 200


def test_the_operators_policy_counts_without_a_restart(cloud):
    cloud.write_policy(f'{NAME}: rule:context_is_admin')
    denied = put(cloud, {'name': 'a'})
    cloud.write_policy('# The defaults.')
    allowed = put(cloud, {'name': 'a'})

    assert (denied.status, allowed.status) == (403, 200)
    assert NAME in message(denied)


def test_a_server_of_another_project_is_the_404_of_nova(cloud):
    response = put(cloud, {'name': 'a'}, STRANGER)

    assert response.status == 404
    assert response.json['itemNotFound']['code'] == 404


def test_a_missing_server_is_the_404_of_nova(cloud):
    url = f'{cloud.nova_url}/servers/no-such-server'
    headers = {'X-Auth-Token': cloud.token(MEMBER).id}

    response = web.send('PUT', url, {'server': {'name': 'a'}}, headers)

    assert response.status == 404


def test_no_token_or_a_false_one_gets_401(cloud):
    for headers in ({}, {'X-Auth-Token': 'false'}):
        url = f'{cloud.nova_url}/servers/{RENAMED.id}'

        response = web.send('PUT', url, {'server': {'name': 'a'}}, headers)

        assert response.status == 401


def test_forged_identity_headers_change_nothing(cloud):
    path = f'/servers/{RENAMED.id}'
    plain = cloud.send(MEMBER, 'GET', path, version=NEWEST)
    forged = cloud.send(MEMBER, 'GET', path, version=NEWEST, headers=FORGED)

    assert forged.json == plain.json
    assert put(cloud, {'name': 'a'}, READER, **FORGED).status == 403
    assert (
        web.send('GET', f'{cloud.nova_url}{path}', headers=FORGED).status
        == 401
    )


def test_no_spelling_brings_two_parameters_past_the_guard(cloud):
    before = name_of(cloud)
    update = {'name': 'past-the-guard', 'accessIPv4': '192.0.2.66'}
    body = json.dumps({'server': update}).encode()
    project = cloud.token(MEMBER).project_id

    statuses = {
        target: raw(cloud, 'PUT', target.format(project=project), body)[0]
        for target in SPELLINGS
    }

    assert set(statuses.values()) <= {400, 404, 300}, statuses
    assert name_of(cloud) == before


@pytest.mark.parametrize('method', ['POST', 'GET', 'DELETE'])
@pytest.mark.parametrize(
    'query', ['_method=PUT', '%5Fmethod=put', 'x=_method&_met%FFhod=PUT']
)
def test_no_method_override_reaches_nova(cloud, method, query):
    before = name_of(cloud)
    body = json.dumps({'server': {'name': 'overridden'}}).encode()

    status, _ = raw(cloud, method, f'/v2.1/servers/{ID}?{query}', body)

    assert status == 400
    assert name_of(cloud) == before


@pytest.mark.parametrize('target', ['/servers/{id}', '/v2.1/flavors'])
@pytest.mark.parametrize(
    'kind',
    [
        'application/json;version=2.1',
        'application/json;version=2.1/x',
        'application/x-www-form-urlencoded',
    ],
)
def test_a_version_in_the_content_type_is_no_bypass(cloud, target, kind):
    before = name_of(cloud)
    update = {'name': 'past-the-guard', 'accessIPv4': '192.0.2.66'}
    body = json.dumps({'server': update}).encode()
    if 'form' in kind:
        body = b'_method=PUT&' + body

    status, response = raw(
        cloud,
        'POST' if 'form' in kind else 'PUT',
        target.format(id=ID),
        body,
        Content_Type=kind,
    )

    # nova's list of versions answers 200 to whatever it is asked.
    assert status >= 300 or b'"version' in response
    assert name_of(cloud) == before


def test_under_v2_the_name_is_laxer_and_unknown_ones_are_dropped(cloud):
    url = f'{cloud.nova_v2_url}/servers/{RENAMED.id}'
    headers = {
        'X-Auth-Token': cloud.token(MEMBER).id,
        'OpenStack-API-Version': 'compute 2.90',
    }

    def send(update):
        return web.send('PUT', url, {'server': update}, headers)

    response = send({'name': ' by-v2 ', 'description': 'x', 'nothing': 1})

    assert response.json['server']['name'] == 'by-v2'
    assert 'description' not in response.json['server']
    assert 'OpenStack-API-Version' not in response.headers
    assert send({'name': 'a', 'accessIPv4': '192.0.2.1'}).status == 400
    assert send({'nothing': 1}).status == 400


# One of each after which the same attributes are in force.
VERSIONS = sorted(
    {
        f'{server_attributes.effective_version(Version(2, minor))}'
        for minor in range(1, MAX.minor + 1)
    }
)
RESPONSES = [
    '/servers',
    '/servers/detail',
    *(f'/servers/{s.id}' for s in SERVERS if s is not THEIRS),
]


@pytest.mark.parametrize('version', VERSIONS)
def test_a_member_sees_the_attributes_of_the_reference_at_every_version(
    cloud, version
):
    for path in ('/servers', '/servers/detail', f'/servers/{CRASHED.id}'):
        for server in visible(cloud, MEMBER, path, version):
            hidden = EXTENDED | {'host_status'}
            if Version(2, int(version[2:])) < (2, 90):
                hidden |= {'OS-EXT-SRV-ATTR:hostname'}
            if server.get('fault', {}).get('code') == 500:
                hidden |= {'fault.details'}
            assert set(keys(server)) & hidden == set()


ROWS = sorted(
    {row.rule for row in server_attributes.SERVER_ATTRIBUTES}
    | {server_attributes.UNLISTED}
)


@pytest.mark.parametrize('version', ['2.1', '2.46', '2.75', NEWEST])
def test_no_hidden_attribute_is_in_any_response(cloud, version):
    rows = server_attributes.attributes_at(Version(2, int(version[2:])))
    before = {
        path: visible(cloud, MEMBER, path, version) for path in RESPONSES
    }
    cloud.write_policy(
        '\n'.join(f'"{rule}": rule:context_is_admin' for rule in ROWS)
    )
    seen = set()
    for path in RESPONSES:
        after = visible(cloud, MEMBER, path, version)
        for was, now in zip(before[path], after, strict=True):
            assert now['id'] == was['id']
            for name in set(was) - set(server_attributes.UNRULED):
                seen.add(name)
                instead = rows[name].hidden
                assert now.get(name, server_attributes.DROP) == instead
            assert now.keys() <= was.keys()
    assert seen
    response = put(cloud, {'name': 'hidden'}, version=version)
    assert response.json['server'].get('name') == ''


@pytest.mark.parametrize('path', ['', '/detail', f'/{ID}'])
def test_servers_by_their_other_name_are_redacted_too(cloud, path):
    cloud.write_policy('update_guard:server:show:name: role:admin')
    path = f'/os-volumes_boot{path}'

    servers = visible(cloud, MEMBER, path, '2.90')

    assert {server['name'] for server in servers} == {''}


def test_administrators_see_everything(cloud):
    (server,) = visible(cloud, ADMIN, f'/servers/{CRASHED.id}')

    assert EXTENDED | {'host_status'} <= server.keys()
    assert 'Traceback' in server['fault']['details']


def test_an_operator_hides_an_attribute_by_one_line(cloud):
    cloud.write_policy('update_guard:server:show:hostId: role:admin')

    (mine,) = visible(cloud, MEMBER, f'/servers/{RENAMED.id}')
    (theirs,) = visible(cloud, ADMIN, f'/servers/{RENAMED.id}')

    assert mine['hostId'] == ''
    assert theirs['hostId']


def test_a_rule_names_the_servers_own_values(cloud):
    cloud.write_policy(
        'update_guard:server:show:metadata: "True:%(server.locked)s"\n'
        'update_guard:server:show:key_name: '
        '"not \'BUILD\':%(server.status)s"\n'
    )
    servers = {
        server['id']: server
        for server in visible(cloud, MEMBER, '/servers/detail')
    }

    locked, building = servers[LOCKED.id], servers[BUILDING.id]
    assert all(
        not server['metadata']
        for server in servers.values()
        if not server['locked']
    )
    assert locked['locked']
    assert building['key_name'] is None
    assert servers[RENAMED.id]['key_name']


def test_other_requests_work_as_without_the_guard(cloud):
    for path in ('/flavors', '/limits', f'/servers/{RENAMED.id}/metadata'):
        assert cloud.send(MEMBER, 'GET', path, version='2.56').status == 200
    lock = cloud.send(
        MEMBER, 'POST', f'/servers/{RENAMED.id}/action', {'lock': None}
    )
    unlock = cloud.send(
        MEMBER, 'POST', f'/servers/{RENAMED.id}/action', {'unlock': None}
    )
    assert (lock.status, unlock.status) == (202, 202)
    assert web.send('GET', cloud.nova_url.removesuffix('v2.1')).status == 200


def test_no_token_no_user_data_and_no_body_is_in_a_log(cloud):
    log = cloud.log('nova')
    start = log.stat().st_size
    body = 'canary-of-a-body'
    for caller in (MEMBER, ADMIN, READER):
        visible(cloud, caller, f'/servers/{MARKED.id}')
        visible(cloud, caller, '/servers/detail')
        put(cloud, {'name': 'marked'}, caller, MARKED)
        put(cloud, {'name': body, 'accessIPv4': body}, caller, MARKED)
        put(cloud, f'{{"server": {{"{body}": 1'.encode(), caller, MARKED)
        put(cloud, {body: 1}, caller, MARKED)
    (marked,) = visible(cloud, ADMIN, f'/servers/{MARKED.id}')
    user_data = marked['OS-EXT-SRV-ATTR:user_data']
    said = said_since(log, start)

    assert CANARY in base64.b64decode(user_data).decode()
    assert said.count('nova_update_guard.refusals') >= 10
    for secret in (
        CANARY,
        user_data,
        *(cloud.token(caller).id for caller in (MEMBER, ADMIN, READER)),
    ):
        assert secret not in said
    # nova itself logs bodies at DEBUG; the guard does not.
    ours = [line for line in said.splitlines() if 'update_guard' in line]
    assert [line for line in ours if body in line] == []


@pytest.mark.parametrize(('guarded', 'other'), [(V21, V2), (V2, V21)])
def test_the_start_warns_of_the_other_pipeline_without_the_guard(
    running_cloud, guarded, other
):
    start = running_cloud.log('nova').stat().st_size

    running_cloud.restart_nova(
        Settings(guard_after={guarded: RIGHT_PLACES[guarded]})
    )

    warnings = [
        line
        for line in said_since(running_cloud.log('nova'), start).splitlines()
        # Another is about clients.
        if 'WARNING nova_update_guard' in line and 'clients' not in line
    ]
    assert len(warnings) == 1
    assert f'[composite:{other}]' in warnings[0]


def test_a_guard_before_authentication_refuses_with_401_and_logs_why_once(
    running_cloud,
):
    start = running_cloud.log('nova').stat().st_size

    running_cloud.restart_nova(
        Settings(guard_after={V21: 'sizelimit', V2: 'sizelimit'})
    )

    for _ in range(2):
        assert put(running_cloud, {'name': 'a'}).status == 401
        response = running_cloud.send(ADMIN, 'GET', '/servers', headers=FORGED)
        assert response.status == 401
    assert running_cloud.send(MEMBER, 'GET', '/flavors').status == 200
    said = said_since(running_cloud.log('nova'), start)
    assert said.count('after keystonecontext in nova') == 1


@pytest.mark.parametrize(
    ('settings', 'words'),
    [
        (
            Settings(guard_conf='allowed_field_sets = name+no\n'),
            "no field 'no'",
        ),
        (Settings(filter_lines='one_paramter = off\n'), 'one_paramter'),
        (Settings(policy='a: ['), r'policy\.yaml:1: '),
    ],
)
def test_a_wrong_setting_stops_the_start_of_nova_and_is_named(
    running_cloud, settings, words
):
    with pytest.raises(CloudError, match=words):
        running_cloud.restart_nova(settings)


def test_the_openstack_client_renames_and_prints_the_refusal(
    cloud,
):
    environ = {
        'PATH': os.environ['PATH'],
        'OS_AUTH_URL': cloud.keystone_url,
        'OS_USERNAME': MEMBER.name,
        'OS_PASSWORD': MEMBER.password,
        'OS_PROJECT_NAME': MEMBER.project,
        'OS_USER_DOMAIN_NAME': 'Default',
        'OS_PROJECT_DOMAIN_NAME': 'Default',
        'OS_IDENTITY_API_VERSION': '3',
        'OS_COMPUTE_API_VERSION': NEWEST,
        'OS_REGION_NAME': 'RegionOne',
    }

    def openstack(*arguments):
        return subprocess.run(
            [Path(cloud.python).with_name('openstack'), *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    one = openstack('server', 'set', '--name', 'by-openstack', RENAMED.id)
    two = openstack(
        *('server', 'set', '--name', 'a', '--description', 'b', RENAMED.id)
    )

    assert one.returncode == 0, one.stderr
    assert two.returncode != 0
    assert '2 were given' in two.stderr
    assert name_of(cloud) == 'by-openstack'
