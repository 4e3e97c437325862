"""What may I edit? On the real cloud: the filter, the proxy, `openstack`."""

import dataclasses
import json
import re
import sys

import pytest

from tests.cloud.clients import Clients
from tests.cloud.cloud import Cloud
from tests.cloud.people import ADMIN, MEMBER, READER, STRANGER
from tests.cloud.ports import FREE
from tests.cloud.processes import ROOT
from tests.cloud.servers import RENAMED, made_up
from tests.cloud.settings import UWSGI
from tests.integration.cloud_requests import (
    ID,
    NAME,
    NEWEST,
    SPELLINGS,
    keys,
    message,
    put,
    raw,
    visible,
)
from tests.integration.cloud_settings import AT_DEBUG, DEFAULTS
from tests.integration.received import received
from tests.permissions import checked, field

PATH = f'/servers/{ID}/os-update-guard'
HEADERS = ('OpenStack-API-Version', 'X-OpenStack-Nova-API-Version', 'Vary')
PAGE = (ROOT / 'doc/source/policy/os-update-guard.md').read_text()
POLICY, CONSTRAINTS = re.findall(r'```yaml\n(.*?)```', PAGE, re.DOTALL)
(EXAMPLE,) = re.findall(r'```json\n(.*?)```', PAGE, re.DOTALL)
COMMAND, TABLE = re.search(
    r'```console\n\$ openstack server (.*?)\n(.*?)```', PAGE, re.DOTALL
).groups()
OWNER = f'{NAME}: user_id:%(user_id)s'
SHOW = ('update', 'guard', 'show')
AS_READER = ('--os-username', READER.name, '--os-password', READER.password)


@pytest.fixture(scope='module', params=[(), (UWSGI,)], ids=['filter', 'proxy'])
def serving(request, seed, tmp_path_factory):
    """A cloud whose guard, in nova or before it, has the option on."""
    folder = seed(tmp_path_factory.mktemp('permissions'))
    constraints = tmp_path_factory.mktemp('etc') / 'constraints.yaml'
    constraints.write_text(CONSTRAINTS)
    settings = dataclasses.replace(
        AT_DEBUG,
        proxies=request.param,
        guard_conf='os_update_guard = true\n'
        'allowed_field_sets = accessIPv4+accessIPv6\n'
        f'constraints_file = {constraints}\n',
    )
    with Cloud(sys.executable, folder, FREE, settings) as cloud:
        yield cloud


@pytest.fixture
def cloud(serving):
    """The cloud with the default policy."""
    if serving.policy_file.read_text() != DEFAULTS:
        serving.write_policy(DEFAULTS)
    return serving


@pytest.fixture(scope='module')
def clients(serving):
    with Clients(serving) as clients:
        yield clients


@pytest.fixture
def by_name(cloud):
    """The server with its first name, whatever other tests called it."""
    assert put(cloud, {'name': RENAMED.name}).status == 200


def get(cloud, caller=MEMBER, path=PATH, version=NEWEST, method='GET'):
    return cloud.send(caller, method, path, version=version)


def shown(cloud, caller=MEMBER, version=NEWEST):
    response = get(cloud, caller, version=version)
    assert response.status == 200, response.body
    return checked(response.json)


def server(cloud, caller, version):
    return cloud.send(caller, 'GET', f'/servers/{ID}', version=version)


def names(response, header):
    """Return the names or values in all fields called *header*."""
    fields = response.headers.get_all(header, [])
    return sorted(
        name.strip() for field in fields for name in field.split(',')
    )


@pytest.mark.parametrize('version', ['2.1', '2.19', '2.90', NEWEST])
def test_an_update_of_a_field_alone_gets_what_was_told(cloud, version):
    cloud.write_policy(f'{OWNER}\nupdate_guard:server:update:hostname: "!"')
    values = {
        'accessIPv4': '192.0.2.4',
        'accessIPv6': '2001:db8::4',
        'OS-DCF:diskConfig': 'AUTO',
        'pinned_availability_zone': None,
    }

    for caller in (MEMBER, READER):
        for row in shown(cloud, caller, version)['fields']:
            value = values.get(row['name'], 'told')
            response = put(
                cloud, {row['name']: value}, caller, version=version
            )
            guarded = response.status == 403 and row['rule'] in message(
                response
            )
            assert guarded is not row['may_change'], row


@pytest.mark.parametrize('version', ['2.1', '2.16', '2.47', '2.90', NEWEST])
def test_hidden_is_what_the_response_to_a_get_does_not_have(cloud, version):
    for caller in (MEMBER, READER, ADMIN):
        (document,) = visible(cloud, caller, f'/servers/{ID}', version)
        (whole,) = visible(cloud, ADMIN, f'/servers/{ID}', version)
        told = set(shown(cloud, caller, version)['hidden_attributes'])

        missing = {*keys(whole)} - {*keys(document)}
        # This nova shows the hostname to administrators only, before 2.90.
        assert missing - told == set()
        assert told & {*keys(document)} == set()


def test_it_costs_nova_one_request(cloud):
    cloud.write_policy(OWNER)

    with received(cloud) as calls:
        shown(cloud)

    assert calls.methods == ['show']


@pytest.mark.parametrize('version', ['2.1', '2.90', 'latest', NEWEST])
def test_the_headers_are_those_of_the_server(cloud, version):
    own, novas = get(cloud, version=version), server(cloud, MEMBER, version)

    assert own.headers['Content-Type'] == novas.headers['Content-Type']
    for header in HEADERS:
        assert names(own, header) == names(novas, header)
    (request_id,) = own.headers.get_all('x-openstack-request-id')
    assert request_id.startswith('req-')


@pytest.mark.parametrize('version', ['2.105', '2.200', '3.0', '2.x', '0'])
@pytest.mark.parametrize('path', [ID, made_up('no such server')])
def test_a_version_that_nova_does_not_have_gets_novas_response(
    cloud, version, path
):
    own, novas = (
        get(cloud, path=f'/servers/{path}{below}', version=version)
        for below in ('/os-update-guard', '')
    )

    assert own.status == novas.status in (400, 406)
    assert own.json == novas.json
    for header in HEADERS:
        assert names(own, header) == names(novas, header)


def test_a_version_before_the_first_gets_novas_message(cloud):
    own = get(cloud, version='2.0')

    assert own.status == 406
    assert own.json == server(cloud, MEMBER, '2.0').json


@pytest.mark.parametrize('path', [ID, made_up('no such server'), 'x'])
def test_a_server_that_is_not_shown_is_novas_404(cloud, path):
    own = get(cloud, STRANGER, f'/servers/{path}/os-update-guard')
    novas = get(cloud, STRANGER, f'/servers/{path}')

    assert own.status == novas.status == 404
    assert own.body == novas.body
    for header in (*HEADERS, 'Content-Type'):
        assert names(own, header) == names(novas, header)


def test_a_project_that_is_not_the_callers_is_novas_400(cloud):
    paths = [
        f'/{"0" * 32}/servers/{ID}{end}' for end in ('', '/os-update-guard')
    ]
    novas, own = (get(cloud, path=path) for path in paths)

    assert own.status == novas.status == 400
    assert own.json == novas.json


def test_without_a_token_there_is_401(cloud):
    status, _ = raw(cloud, 'GET', f'/v2.1{PATH}', X_Auth_Token='')

    assert status == 401


def test_the_legacy_api_and_the_projects_path_serve_it_too(cloud):
    project = cloud.token(MEMBER).project_id
    for above in ('/v2.1', '/v2', f'/v2.1/{project}', f'/v2/{project}'):
        status, body = raw(cloud, 'GET', above + PATH)

        assert status == 200, body
        assert field(checked(json.loads(body)), 'name')['may_change']


def test_other_methods_get_405(cloud):
    head = get(cloud, method='HEAD')
    delete = get(cloud, method='DELETE')

    assert (head.status, head.body) == (200, b'')
    assert (delete.status, delete.headers['Allow']) == (405, 'GET, HEAD')


@pytest.mark.parametrize('spelling', SPELLINGS)
def test_no_spelling_lets_an_update_by(cloud, spelling):
    project = cloud.token(MEMBER).project_id
    path, mark, query = spelling.format(project=project).partition('?')
    two = b'{"server": {"name": "past", "accessIPv4": "192.0.2.66"}}'

    for end in (
        '/os-update-guard',
        '/./os-update-guard/..',
        '%2Fos-update-guard',
    ):
        target = f'{path}{end}{mark}{query}'
        status, body = raw(cloud, 'PUT', target, two)

        assert status >= 300, body
    (found,) = visible(cloud, ADMIN, f'/servers/{ID}')
    assert found['name'] != 'past'


def test_openstack_shows_a_table_of_the_fields(cloud, by_name, clients):
    cloud.write_policy(f'{NAME}: "!"')

    for known in (ID, RENAMED.name):
        reported = clients.run('openstack_server', *SHOW, known)
        assert reported.content, reported.words
        rows = [
            [cell.strip() for cell in line.split('|')[1:-1]]
            for line in reported.words.splitlines()
            if '|' in line
        ]
        assert rows[0] == ['Field', 'May Change', 'Rule', 'Constraints']
        assert rows[1] == ['name', 'False', NAME, '']
        assert rows[2][:2] == ['OS-DCF:diskConfig', 'True']
        assert rows[-1][:2] == ['pinned_availability_zone', 'True']


def test_openstack_sends_its_version_and_writes_json(cloud, clients):
    given = ('-f', 'json', '--os-compute-api-version')
    told = {
        version: json.loads(
            clients.run('openstack_server', *SHOW, ID, *given, version).words
        )
        # Of the last, as without any, only the major version is taken.
        for version in ('2.1', '2.90', '2')
    }

    assert [len(rows) for rows in told.values()] == [4, 6, 7]
    assert told['2.1'][0] == {
        'Field': 'name',
        'May Change': True,
        'Rule': NAME,
        'Constraints': ['Names begin with a small letter.'],
    }


def test_openstack_tells_another_user_otherwise(cloud, clients):
    reported = clients.run(
        'openstack_server', *SHOW, ID, '-f', 'json', *AS_READER
    )

    rows = json.loads(reported.words)
    assert {row['May Change'] for row in rows} == {False}


def test_the_examples_of_the_reference_are_real(cloud, by_name, clients):
    cloud.write_policy(POLICY)

    reported = clients.run('openstack_server', *COMMAND.split())

    assert get(cloud, version='2.1').json == json.loads(EXAMPLE)
    assert reported.words == TABLE


def test_openstack_says_that_there_is_no_such_server(cloud, clients):
    reported = clients.run('openstack_server', *SHOW, 'nobody')

    assert not reported.content
    assert 'No Server found for nobody' in reported.words


def test_openstack_says_that_the_cloud_has_no_guard_or_it_is_off(
    running_cloud,
):
    off = dataclasses.replace(AT_DEBUG)
    if running_cloud.settings != off:
        running_cloud.restart_nova(off)
    with Clients(running_cloud) as clients:
        reported = clients.run('openstack_server', *SHOW, ID)

    assert get(running_cloud).status == 404
    assert not reported.content
    assert 'has no update guard, or its option os_update_guard is off' in (
        reported.words
    )
