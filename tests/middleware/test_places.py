"""What is hidden is hidden wherever nova shows it, not only in a server."""

import json
from urllib.parse import unquote

import pytest

from nova_update_guard.compute_api import (
    error_texts,
    place_routes,
    places,
    routes,
)
from tests.standin import ADMIN, MEMBER

SHOW = 'update_guard:server:show:'
WHOLE = [row for row in places.SHOWN if row.whole]
MIXED = [row for row in places.SHOWN if row.values]
STATE = "Cannot 'reboot' instance s1 while it is in vm_state stopped"


def named(value):
    """Return a row's route and path, or another value, as a test's id."""
    return getattr(value, 'route', value) + getattr(value, 'path', '')


class Cloud:
    """Answers each server by its id, and any other path by *document*."""

    def __init__(self, document, servers=(), status=200):
        self.document = document
        self.servers = {server['id']: server for server in servers}
        self.status = status
        self.requests = []
        self.languages = []

    def __call__(self, environ, start):
        path = environ['PATH_INFO']
        self.requests.append((environ['REQUEST_METHOD'], path))
        self.languages.append(environ.get('HTTP_ACCEPT_LANGUAGE'))
        above, _, name = path.rpartition('/')
        status, document = self.status, self.document
        if above.endswith('/servers'):
            found = self.servers.get(name)
            status, document = (200, {'server': found}) if found else (404, {})
        body = json.dumps(document).encode()
        start(
            f'{status} said',
            [
                ('Content-Type', 'application/json'),
                ('Content-Length', str(len(body))),
                ('OpenStack-API-Version', 'compute 2.96'),
            ],
        )
        return [body]


def path_of(route):
    return '/v2.1' + route.replace('{server_id}', 's1').replace('{id}', 'x')


def get(guard, path, environ=MEMBER, status=200, method='GET', **headers):
    environ = {**environ, 'CONTENT_TYPE': 'application/json'}
    return guard.request(
        path, method=method, environ=environ, status=status, headers=headers
    )


def built(row, document):
    """Return a response with *document* where *row* has its documents."""
    for name in reversed(row.path.split('.') if row.path else []):
        document = [document] if name == '*' else {name: document}
    return document


@pytest.mark.parametrize('row', WHOLE, ids=named)
def test_a_place_that_shows_only_what_is_hidden_is_refused(guarded, row):
    cloud = Cloud({})
    rule = place_routes.rule_of(row.whole)

    found = get(
        guarded(f'{rule}: "!"', app=cloud), path_of(row.route), status=403
    )

    assert rule in found.json['forbidden']['message']
    assert cloud.requests == []


@pytest.mark.parametrize('row', WHOLE, ids=named)
def test_in_the_mode_audit_it_is_not_refused(guarded, row):
    cloud = Cloud({'seen': 1})
    policy = f'{place_routes.rule_of(row.whole)}: "!"'

    guard = guarded(policy, app=cloud, response_redaction='audit')

    assert get(guard, path_of(row.route)).json == {'seen': 1}


@pytest.mark.parametrize(
    ('row', 'key'),
    [(row, key) for row in MIXED for key in row.values if key],
    ids=named,
)
def test_a_mixed_place_is_shown_without_what_is_hidden(guarded, row, key):
    attribute, hidden = row.values[key]
    document = dict([(key, 'canary'), ('rest', 1), filter_of(row)])
    cloud = Cloud(built(row, document))
    rule = place_routes.rule_of(attribute)
    others = {name for name, _ in row.values.values()} | {
        'OS-EXT-SRV-ATTR:host',
        'OS-EXT-SRV-ATTR:hypervisor_hostname',
    }
    policy = '\n'.join(
        f'{place_routes.rule_of(name)}: "@"'
        for name in sorted(others)
        if place_routes.rule_of(name) != rule
    )

    found = get(
        guarded(f'{policy}\n{rule}: "!"', app=cloud),
        path_of(row.route),
        method=row.methods[0],
    )

    expected = {**document, key: hidden}
    if hidden is places.DROP:
        del expected[key]
    assert found.json == built(row, expected)
    assert found.content_length == len(found.body)


def filter_of(row):
    return row.only if row.only[0] else ('other', 2)


@pytest.mark.parametrize('row', MIXED, ids=named)
def test_a_caller_who_sees_all_gets_novas_bytes(guarded, row):
    document = built(row, dict.fromkeys(filter(None, row.values), 'canary'))
    cloud = Cloud(document)

    found = get(
        guarded(app=cloud), path_of(row.route), ADMIN, method=row.methods[0]
    )

    assert found.body == json.dumps(document).encode()


@pytest.mark.parametrize(
    'path',
    [
        '/v2.1/servers/s1/ips\n',
        '/v2/servers/s1/ips',
        '/servers//s1/ips/',
        '/compute/v2.1/f5d834d6/servers/s1/ips',
    ],
)
def test_every_spelling_of_a_place_is_refused(guarded, path):
    guard = guarded(f'{SHOW}addresses: "!"', app=Cloud({}))

    get(guard, path.replace('\n', '%0A'), status=403)
    guard.request(
        path.replace('\n', '%0A'), method='HEAD', environ=MEMBER, status=403
    )


@pytest.mark.parametrize('row', places.SHOWN, ids=named)
@pytest.mark.parametrize('spelling', ['{}%0A', '{}/', '/a//b{}'])
def test_every_spelling_of_every_place_is_found(row, spelling):
    path = unquote(spelling.format(path_of(row.route)))
    method = row.methods[0]

    place = routes.recognise(method, path, '').place

    assert place is routes.recognise(method, path_of(row.route), '').place
    assert place is not None
    assert row in place.rows


def test_where_nobody_is_denied_nova_gets_the_request_at_once(guarded):
    cloud = Cloud({'addresses': {}})

    # Without an identity: nova decides.
    found = guarded(app=cloud).get('/v2.1/servers/s1/ips')

    assert found.json == {'addresses': {}}


def test_a_method_in_the_query_is_refused_at_an_open_place_too(guarded):
    guard = guarded(app=Cloud({}))

    get(guard, '/v2.1/servers/s1/ips?_method=PUT', status=400)


BUILDING = {'id': 's1', 'status': 'BUILD', 'tenant_id': 'p1', 'user_id': 'u1'}
ACTIVE = {**BUILDING, 'id': 's2', 'status': 'ACTIVE'}
UNLESS_BUILDING = "not 'BUILD':%(server.status)s"


@pytest.mark.parametrize(('server', 'status'), [('s1', 403), ('s2', 200)])
def test_a_rule_that_names_the_server_is_asked_with_it(
    guarded, server, status
):
    cloud = Cloud({'addresses': {}}, [BUILDING, ACTIVE])
    guard = guarded(f'{SHOW}addresses: "{UNLESS_BUILDING}"', app=cloud)

    get(guard, f'/v2.1/p/servers/{server}/ips', status=status)

    assert cloud.requests[0] == ('GET', f'/v2.1/p/servers/{server}')


def test_a_server_that_nova_does_not_show_is_novas_own_404(guarded):
    cloud = Cloud({'addresses': {}})
    guard = guarded(f'{SHOW}addresses: "{UNLESS_BUILDING}"', app=cloud)

    get(guard, '/v2.1/servers/s3/ips', status=404)


def test_a_list_is_decided_server_by_server_with_one_lookup_each(guarded):
    names = ('s1', 's2', 's1', 's3')
    usages = [{'instance_id': name, 'name': 'n'} for name in names]
    cloud = Cloud(
        {'tenant_usage': {'server_usages': usages}}, [BUILDING, ACTIVE]
    )
    guard = guarded(f'{SHOW}name: "{UNLESS_BUILDING}"', app=cloud)

    found = get(guard, '/v2.1/os-simple-tenant-usage/p1').json

    shown = found['tenant_usage']['server_usages']
    # What cannot be looked up is hidden.
    assert [usage['name'] for usage in shown] == ['', 'n', '', '']
    paths = [path for _, path in cloud.requests]
    assert sorted(paths[1:]) == [f'/v2.1/servers/s{n}' for n in (1, 2, 3)]


def test_lookups_for_one_response_are_bounded(guarded):
    servers = [{**ACTIVE, 'id': f's{n}'} for n in range(150)]
    usages = [{'instance_id': each['id'], 'name': 'n'} for each in servers]
    cloud = Cloud({'tenant_usage': {'server_usages': usages}}, servers)
    guard = guarded(f'{SHOW}name: "{UNLESS_BUILDING}"', app=cloud)

    found = get(guard, '/v2.1/os-simple-tenant-usage/p1').json

    shown = found['tenant_usage']['server_usages']
    assert [usage['name'] for usage in shown].count('n') == 100
    assert len(cloud.requests) == 101


def test_members_of_a_group_are_taken_out_one_by_one(guarded):
    group = {'members': ['s1', 's2'], 'name': 'g'}
    cloud = Cloud({'server_group': group}, [BUILDING, ACTIVE])
    guard = guarded(f'{SHOW}server_groups: "{UNLESS_BUILDING}"', app=cloud)

    found = get(guard, '/v2.1/os-server-groups/x').json

    assert found == {'server_group': {'members': ['s2'], 'name': 'g'}}


def test_only_the_time_of_the_creation_is_hidden(guarded):
    actions = [
        {'action': name, 'start_time': 'now', 'message': None}
        for name in ('create', 'reboot')
    ]
    cloud = Cloud({'instanceActions': actions})
    guard = guarded(f'{SHOW}created: "!"', app=cloud)

    found = get(guard, '/v2.1/servers/s1/os-instance-actions').json

    assert found['instanceActions'] == [
        {'action': 'create', 'message': None},
        actions[1],
    ]


def test_nor_do_the_events_of_a_creation_tell_it(guarded):
    event = {'event': 'build', 'start_time': 'now', 'finish_time': 'now'}
    action = {'action': 'create', 'updated_at': 'now', 'events': [event]}
    cloud = Cloud({'instanceAction': action})
    guard = guarded(f'{SHOW}created: "!"', app=cloud)

    found = get(guard, '/v2.1/servers/s1/os-instance-actions/r').json

    assert found['instanceAction'] == {
        'action': 'create',
        'updated_at': None,
        'events': [],
    }


@pytest.mark.parametrize(
    'body', [b'<html>h1</html>', b'{"migrations": ', b'[' * 100000]
)
def test_a_place_that_cannot_be_read_is_not_shown(guarded, nova, body):
    nova.respond(body=body)

    found = get(guarded(), '/v2.1/os-migrations', status=502)

    assert b'h1' not in found.body


@pytest.mark.parametrize(
    'document', [{}, [], None, {'migrations': 5}, {'migrations': [5, None]}]
)
def test_odd_documents_of_a_place_stay_as_they_are(guarded, document):
    guard = guarded(app=Cloud(document))

    assert get(guard, '/v2.1/os-migrations').json == document


def test_the_password_of_a_rescue_is_hidden(guarded):
    guard = guarded(
        f'{SHOW}adminPass: "!"', app=Cloud({'adminPass': 'secret'})
    )

    found = guard.post_json(
        '/v2.1/servers/s1/action', {'rescue': None}, extra_environ=MEMBER
    )

    assert found.json == {}


@pytest.mark.parametrize(
    ('attribute', 'text'),
    [
        ('OS-EXT-STS:vm_state', STATE),
        ('OS-EXT-STS:vm_state', 'Instance s1 has not been resized.'),
        ('OS-EXT-STS:task_state', STATE.replace('vm_', 'task_')),
        ('locked', 'Instance s1 is locked'),
        (
            'OS-EXT-SRV-ATTR:host',
            'Compute service of h1 is still in use.',
        ),
        (
            'OS-EXT-SRV-ATTR:host',
            'Unable to migrate instance (s1) to current host (h1).',
        ),
        ('OS-EXT-SRV-ATTR:host', 'Compute host h1 could not be found.'),
    ],
)
@pytest.mark.parametrize('status', [400, 409])
def test_an_error_does_not_tell_what_is_hidden(
    guarded, attribute, text, status
):
    fault = {'conflictingRequest': {'code': status, 'message': text}}
    cloud = Cloud(fault, status=status)
    guard = guarded(f'{SHOW}{attribute}: "!"', app=cloud)

    found = act(guard, status)

    assert found.json == {
        'conflictingRequest': {
            'code': status,
            'message': error_texts.NEUTRAL,
        }
    }
    # A translated text could not be recognised.
    assert cloud.languages == [None]


@pytest.mark.parametrize(
    'fault',
    [
        {'conflictingRequest': {'code': 409, 'message': 'Port p1 is in use'}},
        {'conflictingRequest': {'code': 409, 'message': 5}},
        # A name of an attribute tells nothing of its value.
        {'badRequest': {'code': 400, 'message': "not one of ['vm_state']"}},
        {'conflictingRequest': 5},
        {'a': {'message': STATE}, 'b': 1},
        [STATE],
    ],
)
def test_other_errors_stay_as_they_are(guarded, fault):
    cloud = Cloud(fault, status=409)
    guard = guarded(f'{SHOW}OS-EXT-STS:vm_state: "!"', app=cloud)

    assert act(guard, 409).body == json.dumps(fault).encode()


def test_an_error_is_novas_own_where_nothing_is_hidden(guarded):
    fault = {'conflictingRequest': {'code': 409, 'message': STATE}}
    cloud = Cloud(fault, status=409)
    guard = guarded(app=cloud)

    found = act(guard, 409, ADMIN)

    assert found.body == json.dumps(fault).encode()
    assert cloud.languages == ['de']


UNLESS_STOPPED = "not 'SHUTOFF':%(server.status)s"


@pytest.mark.parametrize(
    ('status', 'message'),
    [('ACTIVE', STATE), ('SHUTOFF', error_texts.NEUTRAL)],
)
@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('PUT', '/v2.1/p/servers/s1'),
        ('DELETE', '/v2.1/p/servers/s1'),
        ('POST', '/v2.1/p/servers/s1/action'),
        ('POST', '/v2.1/p/servers/s1/remote-consoles'),
    ],
)
def test_an_error_is_judged_with_the_server(
    guarded, method, path, status, message
):
    fault = {'conflictingRequest': {'code': 409, 'message': STATE}}
    server = {**ACTIVE, 'id': 's1', 'status': status}
    cloud = Failing(fault, [server], status=409)
    policy = f'{SHOW}OS-EXT-STS:vm_state: "{UNLESS_STOPPED}"'
    body = b'{"server": {"name": "a"}}'

    found = guarded(policy, app=cloud).request(
        path,
        method=method,
        body=body,
        environ={**MEMBER, 'CONTENT_TYPE': 'application/json'},
        status=409,
    )

    assert found.json['conflictingRequest']['message'] == message
    assert cloud.requests[-1] == ('GET', '/v2.1/p/servers/s1')


class Failing(Cloud):
    """Refuses all but the lookup."""

    def __call__(self, environ, start):
        if environ['REQUEST_METHOD'] == 'GET':
            return super().__call__(environ, start)
        self.requests.append((environ['REQUEST_METHOD'], environ['PATH_INFO']))
        body = json.dumps(self.document).encode()
        start('409 Conflict', [('Content-Type', 'application/json')])
        return [body]


def test_an_error_about_no_server_is_neutral_where_a_rule_needs_one(guarded):
    fault = {'conflictingRequest': {'code': 409, 'message': STATE}}
    cloud = Cloud(fault, status=409)
    policy = f'{SHOW}OS-EXT-STS:vm_state: "{UNLESS_STOPPED}"'

    found = guarded(policy, app=cloud).post_json(
        '/servers',
        {'server': {'name': 'a'}},
        extra_environ=MEMBER,
        status=409,
    )

    message = found.json['conflictingRequest']['message']
    assert message == error_texts.NEUTRAL
    assert cloud.requests == [('POST', '/servers')]


def test_one_lookup_serves_the_request_and_its_response(guarded):
    interface = {'mac_addr': 'm', 'port_id': 'p'}
    cloud = Cloud({'interfaceAttachments': [interface]}, [BUILDING, ACTIVE])
    mac = 'addresses.OS-EXT-IPS-MAC:mac_addr'
    guard = guarded(
        f'{SHOW}addresses: "{UNLESS_BUILDING}"\n'
        f'{SHOW}{mac}: "{UNLESS_STOPPED}"',
        app=cloud,
    )

    found = get(guard, '/v2.1/servers/s2/os-interface')

    assert found.json == {'interfaceAttachments': [interface]}
    assert [path for _, path in cloud.requests] == [
        '/v2.1/servers/s2',
        '/v2.1/servers/s2/os-interface',
    ]


def act(guard, status, environ=MEMBER):
    return guard.post_json(
        '/v2.1/servers/s1/action',
        {'reboot': {'type': 'SOFT'}},
        extra_environ=environ,
        status=status,
        headers={'Accept-Language': 'de'},
    )
