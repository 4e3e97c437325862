"""Updates whose rules name the server, which a lookup reads."""

import json

import pytest
import webob.exc

from nova_update_guard.deploy import filters
from tests.standin import ADMIN, MEMBER, SERVER, as_
from tests.updates import message, put

OWNER = 'update_guard:server:update:name: user_id:%(user_id)s'
UNLOCKED = (
    "update_guard:server:update:name: role:admin or 'False':%(server.locked)s"
)
UNPROTECTED = (
    "update_guard:server:update:name: not 'true':%(server.metadata.protected)s"
)


def requested(nova):
    """Return the requests that nova got, method and path."""
    return [(method, path) for method, path, _ in nova.requests]


def sent(nova):
    """Return the update that nova got last."""
    return json.loads(nova.requests[-1][2])['server']


def visible(nova, **attributes):
    nova.respond({'server': SERVER | attributes})


def test_a_rule_that_names_no_server_costs_no_request(guard, nova):
    put(guard, {'server': {'name': 'a'}}, status=200)

    assert requested(nova) == [('PUT', '/servers/s1')]


@pytest.mark.parametrize(
    'check',
    [
        "role:admin or 'False':%(server.locked)s",
        "'False':%(server.locked)s or role:admin",
        "not ('False':%(server.locked)s and not role:admin)",
        "('False':%(server.locked)s or role:x) and role:member "
        'or rule:context_is_admin',
    ],
)
def test_a_rule_that_admits_the_caller_anyway_costs_no_request(
    guarded, nova, check
):
    guard = guarded(f'update_guard:server:update:name: "{check}"')

    put(guard, {'server': {'name': 'a'}}, ADMIN, status=200)

    assert requested(nova) == [('PUT', '/servers/s1')]


def test_a_rule_that_denies_the_caller_anyway_costs_no_request(guarded, nova):
    guard = guarded(f'{OWNER} and role:x')

    put(guard, {'server': {'name': 'a'}}, status=403)

    assert requested(nova) == []


def test_a_rule_of_another_field_costs_no_request(guarded, nova):
    guard = guarded(OWNER)

    put(guard, {'server': {'accessIPv4': '192.0.2.1'}}, status=200)

    assert requested(nova) == [('PUT', '/servers/s1')]


def test_a_refusal_for_shape_or_number_needs_no_lookup(guarded, nova):
    guard = guarded(OWNER)

    put(guard, {'server': {'name': ''}}, status=400)
    put(guard, {'server': {'name': 'a', 'accessIPv4': '1.1.1.1'}}, status=400)

    assert requested(nova) == []


def test_only_the_owner_renames(guarded, nova):
    guard = guarded(OWNER)

    put(guard, {'server': {'name': 'a'}}, status=200)
    put(guard, {'server': {'name': 'a'}}, as_('member', user='u2'), status=403)

    get, update = ('GET', '/servers/s1'), ('PUT', '/servers/s1')
    assert requested(nova) == [get, update, get]


@pytest.mark.parametrize(('locked', 'status'), [(True, 403), (False, 200)])
def test_a_locked_server_cannot_be_renamed(guarded, nova, locked, status):
    visible(nova, locked=locked)

    put(guarded(UNLOCKED), {'server': {'name': 'a'}}, status=status)


@pytest.mark.parametrize(
    ('metadata', 'status'),
    [({'protected': 'true'}, 403), ({'protected': 'no'}, 200), ({}, 200)],
)
def test_a_protected_server_cannot_be_renamed(guarded, nova, metadata, status):
    visible(nova, metadata=metadata)

    put(guarded(UNPROTECTED), {'server': {'name': 'a'}}, status=status)


def test_a_rule_about_a_missing_attribute_denies(guarded, nova):
    put(guarded(UNLOCKED), {'server': {'name': 'a'}}, status=403)


def test_the_server_is_looked_up_as_the_caller_at_the_newest_version(
    guarded, nova
):
    seen = []

    def recorded(environ, start):
        seen.append(dict(environ))
        return nova(environ, start)

    put(
        guarded(OWNER, app=recorded),
        {'server': {'name': 'a'}},
        status=200,
        path='/v2.1//os-volumes_boot/s1/?a=b',
        X_OpenStack_Nova_API_Version='2.1',
        If_None_Match='"a"',
    )

    lookup, update = seen
    assert lookup['PATH_INFO'] == '/v2.1/servers/s1'
    assert lookup['QUERY_STRING'] == ''
    assert lookup['HTTP_OPENSTACK_API_VERSION'] == 'compute latest'
    assert lookup['nova.context'] is MEMBER['nova.context']
    assert 'HTTP_IF_NONE_MATCH' not in lookup
    assert 'HTTP_X_OPENSTACK_NOVA_API_VERSION' not in lookup
    assert update['HTTP_X_OPENSTACK_NOVA_API_VERSION'] == '2.1'


REFUSALS = [
    (300, b'{"choices": []}', {}),
    (307, b'', {'Location': 'http://n/servers/s2'}),
    (400, b'{"badRequest": {"code": 400, "message": "nova"}}', {}),
    (401, b'Who?', {'WWW-Authenticate': 'Keystone uri="k"'}),
    (403, b'{"forbidden": {"code": 403, "message": "nova"}}', {}),
    (404, b'{"itemNotFound": {"code": 404, "message": "nova"}}', {}),
    (404, b'<html>of the server before nova</html>', {}),
    (409, b'{"conflictingRequest": {}}', {}),
    (429, b'{"overLimit": {"code": 429}}', {'Retry-After': '7'}),
    (500, b'{"computeFault": {"code": 500, "message": "nova"}}', {}),
    (503, b'\xff\x00', {'Retry-After': '30'}),
    (504, b'{"server": {"id": "s1"}}', {}),
]


@pytest.mark.parametrize(('status', 'body', 'headers'), REFUSALS)
@pytest.mark.parametrize('count', ['sent', 'changed'])
def test_a_refused_lookup_is_the_response_to_the_client(
    guarded, nova, status, body, headers, count
):
    nova.respond(status=status, body=body, **headers, X_Other='nova')

    response = put(
        guarded(OWNER, counted_fields=count),
        {'server': {'name': 'a'}},
        status=status,
    )

    assert response.body == body
    assert response.headers['X-Other'] == 'nova'
    assert response.headers['Content-Type'] == 'application/json'
    assert {name: response.headers[name] for name in headers} == headers
    assert requested(nova) == [('GET', '/servers/s1')]
    assert nova.closed == 1


def test_a_refused_lookup_of_an_action_is_the_response_to_the_client(
    guarded, nova
):
    nova.respond(status=503, body=b'busy', Retry_After='7')

    response = put(
        guarded(OWNER),
        {'rebuild': {'imageRef': 'i', 'name': 'a'}},
        status=503,
        path='/servers/s1/action',
        method='POST',
    )

    assert (response.body, response.headers['Retry-After']) == (b'busy', '7')
    assert requested(nova) == [('GET', '/servers/s1')]


@pytest.mark.parametrize('header', ['Retry-After', 'retry-after'])
@pytest.mark.parametrize(
    ('requested', 'reported'), [('compute 2.19', '2.19'), (None, '2.1')]
)
def test_a_refusal_has_the_microversion_of_the_client(
    guarded, nova, header, requested, reported
):
    """And not that of the lookup, which asks for all there is."""
    nova.respond(
        status=503,
        body=b'{}',
        **{
            header: '1',
            'openstack-api-version': 'compute 2.96',
            'X-OpenStack-Nova-API-Version': '2.96',
        },
    )
    headers = {'OpenStack_API_Version': requested} if requested else {}

    response = put(
        guarded(OWNER), {'server': {'name': 'a'}}, status=503, **headers
    )

    assert response.headers['OpenStack-API-Version'] == f'compute {reported}'
    assert response.headers['X-OpenStack-Nova-API-Version'] == reported
    assert response.headers['Retry-After'] == '1'


def test_a_refusal_under_v2_has_no_microversion(guarded, nova):
    nova.respond(
        status=503,
        body=b'{}',
        Vary='OpenStack-API-Version, Accept-Language',
        X_OpenStack_Nova_API_Version='2.96',
    )
    legacy = {**MEMBER, 'openstack.legacy_v2': True}

    response = put(guarded(OWNER), {'server': {'name': 'a'}}, legacy, 503)

    assert not [name for name in response.headers if 'API' in name]
    assert response.headers['Vary'] == 'Accept-Language'


@pytest.mark.parametrize(('status', 'body', 'headers'), REFUSALS)
def test_in_audit_mode_a_refused_lookup_is_recorded_and_stops_nothing(
    guarded, nova, tmp_path, status, body, headers
):
    def shows_nothing(environ, start):
        if environ['REQUEST_METHOD'] == 'GET':
            nova.respond(status=status, body=body, **headers)
        else:
            nova.respond({'server': SERVER})
        return nova(environ, start)

    log = tmp_path / 'decisions.log'
    guard = guarded(
        OWNER,
        app=shows_nothing,
        field_policy='audit',
        one_parameter='off',
        field_validation='off',
        response_redaction='off',
        decision_log=str(log),
    )

    put(guard, {'server': {'name': 'a'}}, status=200)

    record = json.loads(log.read_text())
    assert (record['verdict'], record['mode']) == ('refuse', 'audit')
    assert record['layer'] == 'field_policy'
    assert record['rule'] == 'nova refused to show the server'
    # What the client got.
    assert record['status'] == 200


def test_a_refused_lookup_is_recorded_with_its_status(guarded, nova, tmp_path):
    nova.respond(status=429, body=b'{}')
    log = tmp_path / 'decisions.log'

    put(
        guarded(OWNER, decision_log=str(log)),
        {'server': {'name': 'a'}},
        status=429,
    )

    record = json.loads(log.read_text())
    assert (record['verdict'], record['mode']) == ('refuse', 'enforce')
    assert (record['layer'], record['status']) == ('field_policy', 429)


def test_a_response_that_is_raised_is_a_refusal_like_any_other(guarded, nova):
    def raising(environ, start):
        nova(environ, start).close()
        raise webob.exc.HTTPTooManyRequests('for the log', {'Retry-After': 7})

    response = put(
        guarded(OWNER, app=raising), {'server': {'name': 'a'}}, status=429
    )

    assert b'for the log' not in response.body
    assert message(response)
    assert response.headers['Retry-After'] == '7'
    assert requested(nova) == [('GET', '/servers/s1')]


@pytest.mark.parametrize('error', [KeyError, RecursionError, ValueError])
@pytest.mark.parametrize('counted', ['sent', 'changed'])
def test_an_exception_of_the_lookup_is_no_missing_attribute(
    guarded, nova, error, counted
):
    """Only the request of the guard's own fails, and is not tried again."""
    gets = []

    def broken(environ, start):
        if environ['REQUEST_METHOD'] != 'GET':
            return nova(environ, start)
        gets.append(environ['PATH_INFO'])
        raise error('a secret')

    guard = guarded(OWNER, app=broken, counted_fields=counted)
    response = put(guard, {'server': {'name': 'a'}}, status='*')

    assert response.status_int in (400, 500)
    assert (gets, nova.requests) == (['/servers/s1'], [])
    assert b'a secret' not in response.body


@pytest.mark.parametrize(
    ('status', 'body'),
    [
        (200, b'{"servers": []}'),
        (200, b'{"server": []}'),
        (200, b'[]'),
        (200, b'{"server": {"id"'),
        (200, b''),
        (200, b'[' * 100_000),
        (200, b'<html>a secret</html>'),
        (202, b'{"server": {"name": "a secret"}}'),
        (204, b''),
        (206, b'{"server": {"name": "a secret"}}'),
        (304, b''),
    ],
)
def test_a_lookup_without_a_server_document_becomes_502(
    guarded, nova, status, body
):
    nova.respond(status=status, body=body)

    response = put(guarded(OWNER), {'server': {'name': 'a'}}, status=502)

    assert message(response)
    assert b'a secret' not in response.body
    assert requested(nova) == [('GET', '/servers/s1')]
    assert nova.closed == 1


def test_a_truncated_response_is_closed(guarded, nova):
    def breaking(environ, start):
        nova(environ, start)
        return BreaksOff(nova)

    guard = guarded(OWNER, app=breaking)

    response = put(guard, {'server': {'name': 'a'}}, status=502)

    assert message(response) == 'nova did not return the server'
    assert requested(nova) == [('GET', '/servers/s1')]
    assert nova.closed == 1


class BreaksOff:
    def __init__(self, nova):
        self._nova = nova

    def __iter__(self):
        yield b'{"server": '
        raise RuntimeError('of nova')

    def close(self):
        self._nova.closed += 1


def test_rules_see_attributes_that_a_guard_behind_hides(guarded, nova):
    policy = 'update_guard:server:show:locked: "!"\n' + UNLOCKED
    visible(nova, locked=False)
    behind = guarded(policy, factory=filters.response_redaction)
    guard = guarded(policy, factory=filters.field_policy, app=behind.app)

    put(guard, {'server': {'name': 'a'}}, status=200)


def test_an_unchanged_field_does_not_count_and_is_not_forwarded(guarded, nova):
    guard = guarded(counted_fields='changed')

    put(
        guard,
        {'server': {'name': 'vm1', 'accessIPv4': '192.0.2.1'}},
        status=200,
    )

    assert sent(nova) == {'accessIPv4': '192.0.2.1'}


def test_two_that_change_are_refused_by_name(guarded, nova):
    guard = guarded(counted_fields='changed')

    response = put(
        guard,
        {
            'server': {
                'name': 'new',
                'accessIPv4': '192.0.2.1',
                'OS-DCF:diskConfig': 'AUTO',
            }
        },
        status=400,
    )

    assert 'name, accessIPv4' in message(response)
    assert requested(nova) == [('GET', '/servers/s1')]


def test_an_update_that_changes_nothing_is_forwarded(guarded, nova):
    guard = guarded(counted_fields='changed')

    put(guard, {'server': {'name': 'vm1'}}, status=200)

    assert sent(nova) == {}


def test_no_parameter_at_all_is_refused_without_a_lookup(guarded, nova):
    guard = guarded(counted_fields='changed')

    put(guard, {'server': {}}, status=400)

    assert requested(nova) == []


def test_policy_is_asked_about_changed_fields_only(guarded, nova):
    guard = guarded(
        'update_guard:server:update:name: "!"', counted_fields='changed'
    )

    put(
        guard,
        {'server': {'name': 'vm1', 'accessIPv4': '192.0.2.1'}},
        status=200,
    )
    put(guard, {'server': {'name': 'new'}}, status=403)


def test_a_hidden_value_cannot_be_guessed(guarded, nova):
    guard = guarded(
        'update_guard:server:show:name: "!"\n'
        'update_guard:server:update:name: "!"',
        counted_fields='changed',
    )

    for guess in ('vm1', 'new'):
        put(guard, {'server': {'name': guess}}, status=403)


def test_without_validation_unknown_fields_count_and_need_a_rule(
    guarded, nova
):
    guard = guarded(counted_fields='changed', field_validation='off')

    put(guard, {'server': {'x': 1}}, status=403)
    put(guard, {'server': {'accessIPv4': 'x'}}, status=200)

    assert sent(nova) == {'accessIPv4': 'x'}


def test_one_lookup_serves_both_count_and_policy(guarded, nova):
    guard = guarded(OWNER, counted_fields='changed')

    put(guard, {'server': {'name': 'new'}}, status=200)

    assert requested(nova) == [('GET', '/servers/s1'), ('PUT', '/servers/s1')]


@pytest.mark.parametrize(
    ('names', 'status'),
    [
        (('name',), 200),
        (('accessIPv4', 'accessIPv6'), 200),
        (('accessIPv6', 'accessIPv4'), 200),
        (('accessIPv4', 'name'), 400),
        (('accessIPv4', 'accessIPv6', 'name'), 400),
    ],
)
def test_together_makes_one_of_several(guarded, nova, names, status):
    values = {
        'name': 'a',
        'accessIPv4': '192.0.2.1',
        'accessIPv6': '2001:db8::1',
    }
    guard = guarded(
        allowed_field_sets='accessIPv4+accessIPv6, name+description'
    )

    put(
        guard,
        {'server': {name: values[name] for name in names}},
        status=status,
    )


def test_together_does_not_let_a_field_by_that_policy_denies(guarded, nova):
    guard = guarded(
        'update_guard:server:update:accessIPv6: "!"',
        allowed_field_sets='accessIPv4+accessIPv6',
    )
    both = {'accessIPv4': '192.0.2.1', 'accessIPv6': '2001:db8::1'}

    put(guard, {'server': both}, status=403)
