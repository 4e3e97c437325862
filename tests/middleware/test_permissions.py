"""GET /servers/{id}/os-update-guard: what may I edit?"""

import json

import pytest
import webob.exc

from nova_update_guard.compute_api import schemas
from nova_update_guard.deploy import filters
from nova_update_guard.layers.modes import LAYERS
from tests.permissions import field, shown
from tests.standin import ADMIN, MEMBER, READER, SERVER, as_
from tests.updates import message, put

PATH = '/servers/s1/os-update-guard'
NAME = 'update_guard:server:update:name'
NEWEST = {'OpenStack_API_Version': 'compute 2.104'}
ON_HOST = "'host1':%(server.OS-EXT-SRV-ATTR:host)s"


@pytest.fixture
def nova(nova):
    nova.respond({'server': SERVER}, **NEWEST)
    return nova


@pytest.fixture
def guard(guarded):
    return guarded(os_update_guard='true')


def get(guard, environ=MEMBER, path=PATH, status=None, **headers):
    return put(guard, b'', environ, status, path, 'GET', **headers)


def requested(nova):
    return [(method, path) for method, path, _ in nova.requests]


def constraints_file(tmp_path, text):
    file = tmp_path / 'constraints.yaml'
    file.write_text(text)
    return str(file)


# Off, and other paths: as without it.


@pytest.mark.parametrize('method', ['GET', 'PUT', 'POST', 'DELETE'])
def test_off_the_request_goes_to_nova_and_its_404_to_the_client(
    guarded, nova, method
):
    nova.respond({'itemNotFound': {}}, status=404)

    response = put(guarded(), b'', path=PATH, method=method, status=404)

    assert requested(nova) == [(method, PATH)]
    assert response.body == nova.body


@pytest.mark.parametrize(
    'layer', ['one_parameter', 'field_policy', 'response_redaction']
)
def test_a_filter_of_one_layer_does_not_serve_it(guarded, nova, layer):
    guard = guarded(factory=getattr(filters, layer), os_update_guard='true')

    get(guard, ADMIN)

    assert requested(nova) == [('GET', PATH)]


@pytest.mark.parametrize(
    'path',
    [
        f'{PATH}/',
        f'{PATH}/x',
        f'{PATH}.json',
        f'{PATH}%0A',
        '/servers//s1/os-update-guard',
        '//servers/s1/os-update-guard',
        '/servers/s1//os-update-guard',
        '/servers/./os-update-guard',
        '/servers/../os-update-guard',
        '/servers/s1/../os-update-guard',
        '/servers/s1%0A/os-update-guard',
        '/servers/os-update-guard',
        '/servers/detail/os-update-guard',
        '/servers/servers/os-update-guard',
        '/servers/os-volumes_boot/os-update-guard',
        '/servers/action/x/os-update-guard',
        '/os-volumes_boot/s1/os-update-guard',
        '/not-a-project/servers/s1/os-update-guard',
        '/v3/servers/s1/os-update-guard',
        '/v2.1/servers/s1/OS-UPDATE-GUARD',
        '/x/../v2.1/servers/s1/os-update-guard',
    ],
)
@pytest.mark.parametrize('method', ['GET', 'PUT', 'POST', 'DELETE'])
def test_any_other_path_is_treated_as_without_it(guarded, nova, path, method):
    nova.respond({'server': SERVER}, status=200)

    def sent(guard):
        del nova.requests[:]
        response = put(guard, {'server': {}}, MEMBER, '*', path, method)
        return response.status, response.body, requested(nova)

    assert sent(guarded(os_update_guard='true')) == sent(guarded())


def test_a_server_is_still_redacted_and_an_update_still_refused(guard, nova):
    two = {'server': {'name': 'a', 'accessIPv4': '192.0.2.1'}}

    put(guard, two, path='/servers/os-update-guard', status=400)
    response = get(guard, path='/servers/os-update-guard', status=200)

    assert 'OS-EXT-SRV-ATTR:host' not in response.json['server']


# Served.


@pytest.mark.parametrize(
    ('path', 'looked_up'),
    [
        (PATH, '/servers/s1'),
        (f'/0af-9{PATH}', '/0af-9/servers/s1'),
        (f'/v2.1{PATH}', '/v2.1/servers/s1'),
        (f'/v2.1/0af9{PATH}', '/v2.1/0af9/servers/s1'),
        (f'/v2{PATH}', '/v2.1/servers/s1'),
        (f'/compute/v2.1{PATH}', '/compute/v2.1/servers/s1'),
    ],
)
def test_it_costs_one_lookup_however_many_rules_name_the_server(
    guarded, nova, path, looked_up
):
    guard = guarded(
        f'{NAME}: "{ON_HOST}"\n'
        f'update_guard:server:show:name: "{ON_HOST}"\n'
        'update_guard:server:update:accessIPv4: user_id:%(user_id)s\n',
        os_update_guard='true',
    )

    shown(guard, path=path.removesuffix('/os-update-guard'))

    assert requested(nova) == [('GET', looked_up)]
    assert nova.closed == 1


def test_head_is_get_without_a_body(guard, nova):
    whole = get(guard, status=200)
    head = put(guard, b'', path=PATH, method='HEAD', status=200)

    assert head.body == b''
    assert head.headers == whole.headers
    assert requested(nova)[1] == ('GET', '/servers/s1')


def test_head_of_a_server_that_nova_does_not_show_has_no_body(guard, nova):
    nova.respond({'itemNotFound': {}}, status=404)

    head = put(guard, b'', path=PATH, method='HEAD', status=404)

    assert head.body == b''
    assert head.headers['Content-Length'] == str(len(nova.body))


@pytest.mark.parametrize(
    'method', ['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']
)
def test_another_method_gets_405_and_nova_no_request(guard, nova, method):
    response = put(guard, b'{', path=PATH, method=method, status=405)

    assert response.headers['Allow'] == 'GET, HEAD'
    assert response.json['badMethod']['code'] == 405
    assert response.headers['x-openstack-request-id'] == 'req-1'
    assert requested(nova) == []


def test_a_method_in_the_query_is_refused(guard, nova):
    assert get(guard, path=f'{PATH}?_method=PUT', status=400)
    assert requested(nova) == []


def test_the_headers_are_those_of_a_server(guard):
    headers = get(
        guard, status=200, OpenStack_API_Version='compute 2.90'
    ).headers

    assert headers['Content-Type'] == 'application/json'
    assert headers['OpenStack-API-Version'] == 'compute 2.90'
    assert headers['X-OpenStack-Nova-API-Version'] == '2.90'
    assert headers.getall('Vary') == [
        'OpenStack-API-Version',
        'X-OpenStack-Nova-API-Version',
    ]
    assert headers['x-openstack-request-id'] == 'req-1'


def test_the_legacy_api_has_its_own_schemas_and_no_version(guard):
    legacy = MEMBER | {'openstack.legacy_v2': True}
    response = get(
        guard, legacy, status=200, OpenStack_API_Version='compute 2.90'
    )

    assert 'OpenStack-API-Version' not in response.headers
    assert 'Vary' not in response.headers
    fields = response.json['os-update-guard']['fields']
    assert [row['name'] for row in fields][-1] == 'accessIPv6'
    assert fields[0]['schema'] == schemas.NAME_WITH_SPACES


# Versions.


@pytest.mark.parametrize(
    ('newest', 'asked', 'status', 'served'),
    [
        ('2.96', 'latest', 200, '2.96'),
        ('2.96', '2.96', 200, '2.96'),
        ('2.96', '2.97', 406, '2.97'),
        ('2.96', '2.104', 406, '2.104'),
        ('2.104', '2.105', 406, '2.105'),
        ('2.104', '3.0', 406, '3.0'),
        ('2.104', '1.9', 406, None),
        ('2.104', '2.0', 406, None),
        ('2.200', '2.150', 200, '2.150'),
        ('2.200', 'latest', 200, '2.200'),
    ],
)
def test_the_range_of_versions_is_that_of_nova(
    guard, nova, newest, asked, status, served
):
    nova.respond({'server': SERVER}, OpenStack_API_Version=f'compute {newest}')

    response = get(
        guard, status=status, OpenStack_API_Version=f'compute {asked}'
    )

    if served:
        named = response.headers['OpenStack-API-Version']
        assert named == f'compute {served}'
    if status == 406:
        assert message(response) == (
            f'Version {asked} is not supported by the API. Minimum is 2.1 '
            f'and maximum is {newest}.'
        )
    assert requested(nova) == [('GET', '/servers/s1')]


def test_a_version_out_of_range_comes_before_a_missing_server(guard, nova):
    nova.respond({'itemNotFound': {}}, status=404, **NEWEST)

    get(guard, status=406, OpenStack_API_Version='compute 2.105')
    get(guard, status=404, OpenStack_API_Version='compute 2.104')


def test_a_malformed_version_gets_novas_400_without_a_lookup(guard, nova):
    response = get(guard, status=400, OpenStack_API_Version='compute 2.x')

    assert message(response) == (
        'API Version String 2.x is of invalid format. Must be of format '
        'MajorNum.MinorNum.'
    )
    assert 'OpenStack-API-Version' not in response.headers
    assert requested(nova) == []


@pytest.mark.parametrize(
    ('version', 'last'),
    [
        ('2.18', 'accessIPv6'),
        ('2.19', 'description'),
        ('2.90', 'hostname'),
        ('2.104', 'pinned_availability_zone'),
    ],
)
def test_fields_and_schemas_are_those_of_the_version(guard, version, last):
    assert shown(guard, version=version)['fields'][-1]['name'] == last


def test_the_schema_is_novas(guard):
    old, new = (shown(guard, version=each) for each in ('2.90', '2.94'))

    assert field(old, 'hostname')['schema'] == schemas.HOST_NAME
    assert field(new, 'hostname')['schema'] == schemas.HOST_FQDN


# Who asks, and for what.


@pytest.mark.parametrize('mode', ['enforce', 'audit'])
def test_without_a_verified_identity_there_is_no_response(guarded, nova, mode):
    guard = guarded(os_update_guard='true', **dict.fromkeys(LAYERS, mode))
    forged = {'HTTP_X_ROLES': 'admin', 'HTTP_X_USER_ID': 'u1'}

    get(guard, forged, status=401)
    get(guard, {'nova_update_guard.keystone_not_asked': True}, status=503)

    assert requested(nova) == []


@pytest.mark.parametrize('mode', ['enforce', 'audit'])
@pytest.mark.parametrize(
    ('status', 'body'),
    [(404, b'{"itemNotFound": {}}'), (403, b'{"forbidden": {}}')],
)
def test_a_server_that_nova_does_not_show_is_novas_own_response(
    guarded, nova, mode, status, body
):
    guard = guarded(os_update_guard='true', **dict.fromkeys(LAYERS, mode))
    nova.respond(status=status, body=body, X_Other='nova', **NEWEST)

    response = get(guard, status=status)

    assert response.body == body
    assert response.headers['X-Other'] == 'nova'
    assert response.headers['OpenStack-API-Version'] == 'compute 2.1'


@pytest.mark.parametrize(
    'answer',
    [
        {'body': b'no JSON'},
        {'document': {'servers': [SERVER]}},
        {'document': {'server': SERVER}, 'status': 202},
        {'status': 304, 'body': b''},
    ],
)
def test_a_lookup_that_brings_no_server_is_502(guard, nova, answer):
    nova.respond(**answer, **NEWEST)

    get(guard, status=502)


def test_an_exception_in_nova_is_novas_fault(guarded):
    def broken(environ, start):
        raise webob.exc.HTTPForbidden('for the log')

    get(guarded(app=broken, os_update_guard='true'), status=403)


@pytest.mark.parametrize('mode', ['enforce', 'audit'])
def test_a_fault_of_the_guard_is_500_and_says_nothing(guarded, mode):
    def broken(environ, start):
        raise ZeroDivisionError('a secret')

    guard = guarded(
        app=broken, os_update_guard='true', **dict.fromkeys(LAYERS, mode)
    )

    assert b'secret' not in get(guard, status=500).body


# What is in it.


def test_a_field_that_policy_denies_may_not_be_changed(guard):
    reader, member = shown(guard, READER), shown(guard)

    assert field(member, 'name')['may_change'] is True
    assert field(reader, 'name')['may_change'] is False
    assert field(reader, 'name')['rule'] == NAME


def test_a_rule_that_names_the_server_holds_for_this_server(guarded):
    guard = guarded(f'{NAME}: user_id:%(user_id)s', os_update_guard='true')

    assert field(shown(guard), 'name')['may_change']
    other = shown(guard, as_('member', user='u2'))
    assert not field(other, 'name')['may_change']


def test_where_policy_does_not_enforce_every_field_may_be_changed(guarded):
    found = [
        field(
            shown(guarded(os_update_guard='true', field_policy=mode), READER),
            'name',
        )
        for mode in ('audit', 'off')
    ]

    assert [row['may_change'] for row in found] == [True, True]
    assert [row['rule'] for row in found] == [NAME, None]


def test_modes_and_options_are_told(guarded):
    guard = guarded(
        os_update_guard='true',
        one_parameter='audit',
        field_validation='off',
        counted_fields='changed',
        empty_update='allow',
        allowed_field_sets='name+description,accessIPv4+accessIPv6+hostname',
    )
    old, new = shown(guard, version='2.1'), shown(guard, version='2.90')

    assert old['modes'] == {
        'one_parameter': 'audit',
        'field_validation': 'off',
        'field_policy': 'enforce',
        'response_redaction': 'enforce',
    }
    assert (old['counted_fields'], old['empty_update']) == (
        'changed',
        'allow',
    )
    assert old['allowed_field_sets'] == [['accessIPv4', 'accessIPv6']]
    assert new['allowed_field_sets'] == [
        ['name', 'description'],
        ['accessIPv4', 'accessIPv6', 'hostname'],
    ]


CONSTRAINED = """
name:
- schema: {pattern: '^a'}
  message: Names begin with a.
  unless: role:free
- schema: {maxLength: 3}
  message: Names are short.
  unless: "%s"
"""


def test_constraints_are_told_by_message_to_those_they_hold_for(
    guarded, tmp_path
):
    file = constraints_file(tmp_path, CONSTRAINED % ON_HOST)
    options = {'os_update_guard': 'true', 'constraints_file': file}
    guard = guarded(**options)

    member = shown(guard)
    free = shown(guard, as_('member', 'free'))

    assert field(member, 'name')['constraints'] == ['Names begin with a.']
    assert field(free, 'name')['constraints'] == []
    assert field(member, 'accessIPv4')['constraints'] == []
    assert '^a' not in json.dumps(member)
    assert 'role:free' not in json.dumps(member)


@pytest.mark.parametrize('mode', ['audit', 'off'])
def test_constraints_that_are_not_enforced_are_not_told(
    guarded, tmp_path, mode
):
    file = constraints_file(tmp_path, CONSTRAINED % ON_HOST)
    guard = guarded(
        os_update_guard='true', constraints_file=file, field_validation=mode
    )

    assert field(shown(guard), 'name')['constraints'] == []


def test_of_a_field_that_may_not_be_changed_no_constraint_is_told(
    guarded, tmp_path
):
    """An exemption may depend on a hidden value, and no PUT comes so far."""
    file = constraints_file(tmp_path, CONSTRAINED % ON_HOST)
    guard = guarded(os_update_guard='true', constraints_file=file)

    assert field(shown(guard, READER), 'name')['constraints'] == []


HOST = 'OS-EXT-SRV-ATTR:host'


def test_hidden_attributes_are_those_of_the_caller_and_version(guard):
    member, admin = shown(guard), shown(guard, ADMIN)
    newer = shown(guard, version='2.16')

    assert HOST in member['hidden_attributes']
    assert 'host_status' not in member['hidden_attributes']
    assert 'host_status' in newer['hidden_attributes']
    assert admin['hidden_attributes'] == []


@pytest.mark.parametrize('mode', ['audit', 'off'])
def test_nothing_is_hidden_where_redaction_does_not_enforce(guarded, mode):
    guard = guarded(os_update_guard='true', response_redaction=mode)

    assert shown(guard)['hidden_attributes'] == []


def test_of_an_attribute_that_is_not_there_no_rule_tells_a_hidden_value(
    guarded, nova
):
    """A GET would not tell the result either: there is nothing to hide."""
    guard = guarded(
        f'update_guard:server:show:adminPass: "{ON_HOST}"\n'
        f'update_guard:server:show:fault.message: "{ON_HOST}"\n',
        os_update_guard='true',
    )
    found = []
    for host in ('host1', 'host2'):
        server = SERVER | {HOST: host, 'fault': {'code': 1}}
        nova.respond({'server': server}, **NEWEST)
        found.append(shown(guard))

    assert found[0] == found[1]


def test_an_attribute_that_nova_has_later_is_not_known_before(guarded, nova):
    guard = guarded(
        'update_guard:server:show:name: "\'False\':%(server.locked)s"',
        os_update_guard='true',
    )
    nova.respond({'server': SERVER | {'locked': False}}, **NEWEST)

    assert 'name' in shown(guard, version='2.8')['hidden_attributes']
    assert 'name' not in shown(guard, version='2.9')['hidden_attributes']


def test_names_that_no_table_has_are_not_told(guard, nova):
    server = SERVER | {'vendor:secret': 1, 'flavor': {'vendor': 2}}
    nova.respond({'server': server}, **NEWEST)

    assert b'vendor' not in get(guard, status=200).body


def test_no_value_of_the_server_is_in_it(guard, nova):
    nova.respond({'server': SERVER | {'description': 'do-not-tell'}}, **NEWEST)

    body = get(guard, status=200).body

    assert b'do-not-tell' not in body
    assert b'host1' not in body


# Records.


def test_it_is_recorded_as_a_read(guarded, tmp_path):
    log = tmp_path / 'decisions.log'
    guard = guarded(
        os_update_guard='true',
        decision_log=str(log),
        decision_sample_reads='1',
    )

    get(guard, status=200, OpenStack_API_Version='compute latest')
    put(guard, b'', path=PATH, status=405)

    read, other = map(json.loads, log.read_text().splitlines())
    assert read['operation'] == 'read'
    assert read['server_id'] == 's1'
    assert (read['verdict'], read['status']) == ('allow', 200)
    assert read['microversion'] == '2.104'
    assert read['nova_microseconds'] > 0
    assert (other['operation'], other['status']) == ('other', 405)
    assert other['verdict'] == 'refuse'
