"""Updates that are judged by the server as it is."""

import json

import pytest

from nova_update_guard import deploy
from tests.functional.standin import ADMIN, MEMBER, SERVER, as_
from tests.functional.test_updates import message, put

OWNER = 'update_guard:server:update:name: user_id:%(user_id)s'
UNLOCKED = (
    "update_guard:server:update:name: role:admin or 'False':%(server.locked)s"
)
UNPROTECTED = (
    "update_guard:server:update:name: not 'true':%(server.metadata.protected)s"
)


def asked(nova):
    """Return what nova was asked, method and path."""
    return [(method, path) for method, path, _ in nova.requests]


def sent(nova):
    """Return the update that nova got last."""
    return json.loads(nova.requests[-1][2])['server']


def shown(nova, **attributes):
    nova.answer({'server': SERVER | attributes})


def test_a_rule_that_names_no_server_costs_no_request(guard, nova):
    put(guard, {'server': {'name': 'a'}}, status=200)

    assert asked(nova) == [('PUT', '/servers/s1')]


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

    assert asked(nova) == [('PUT', '/servers/s1')]


def test_a_rule_that_denies_the_caller_anyway_costs_no_request(guarded, nova):
    guard = guarded(f'{OWNER} and role:x')

    put(guard, {'server': {'name': 'a'}}, status=403)

    assert asked(nova) == []


def test_a_rule_of_another_field_costs_no_request(guarded, nova):
    guard = guarded(OWNER)

    put(guard, {'server': {'accessIPv4': '192.0.2.1'}}, status=200)

    assert asked(nova) == [('PUT', '/servers/s1')]


def test_what_is_refused_for_its_shape_or_number_costs_no_request(
    guarded, nova
):
    guard = guarded(OWNER)

    put(guard, {'server': {'name': ''}}, status=400)
    put(guard, {'server': {'name': 'a', 'accessIPv4': '1.1.1.1'}}, status=400)

    assert asked(nova) == []


def test_only_the_owner_renames(guarded, nova):
    guard = guarded(OWNER)

    put(guard, {'server': {'name': 'a'}}, status=200)
    put(guard, {'server': {'name': 'a'}}, as_('member', user='u2'), status=403)

    get, update = ('GET', '/servers/s1'), ('PUT', '/servers/s1')
    assert asked(nova) == [get, update, get]


@pytest.mark.parametrize(('locked', 'status'), [(True, 403), (False, 200)])
def test_nobody_renames_a_locked_server(guarded, nova, locked, status):
    shown(nova, locked=locked)

    put(guarded(UNLOCKED), {'server': {'name': 'a'}}, status=status)


@pytest.mark.parametrize(
    ('metadata', 'status'),
    [({'protected': 'true'}, 403), ({'protected': 'no'}, 200), ({}, 200)],
)
def test_nobody_renames_a_protected_server(guarded, nova, metadata, status):
    shown(nova, metadata=metadata)

    put(guarded(UNPROTECTED), {'server': {'name': 'a'}}, status=status)


def test_what_the_document_does_not_say_is_no(guarded, nova):
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


@pytest.mark.parametrize('status', [403, 404])
def test_who_cannot_see_the_server_gets_novas_answer(guarded, nova, status):
    fault = {'itemNotFound': {'code': status, 'message': 'Not to be seen.'}}
    nova.answer(fault, status=status)

    response = put(guarded(OWNER), {'server': {'name': 'a'}}, status=status)

    assert message(response) == 'Not to be seen.'
    assert asked(nova) == [('GET', '/servers/s1')]


@pytest.mark.parametrize(
    ('status', 'body'),
    [
        (200, b'{"servers": []}'),
        (200, b'{"server": []}'),
        (200, b'[]'),
        (200, b'{"server": {"id"'),
        (200, b''),
        (500, b'{"computeFault": {"code": 500, "message": "a secret"}}'),
        (300, b'{"choices": []}'),
        (404, b'<html>a secret</html>'),
    ],
)
def test_another_answer_than_the_server_is_502(guarded, nova, status, body):
    nova.answer(status=status, body=body)

    response = put(guarded(OWNER), {'server': {'name': 'a'}}, status=502)

    assert b'a secret' not in response.body
    assert asked(nova) == [('GET', '/servers/s1')]
    assert nova.closed == 1


def test_an_answer_that_breaks_off_is_closed(guarded, nova):
    def breaking(environ, start):
        nova(environ, start)
        return BreaksOff(nova)

    guard = guarded(OWNER, app=breaking)

    put(guard, {'server': {'name': 'a'}}, status=500)

    assert asked(nova) == [('GET', '/servers/s1')]
    assert nova.closed == 1


class BreaksOff:
    def __init__(self, nova):
        self._nova = nova

    def __iter__(self):
        yield b'{"server": '
        raise RuntimeError('of nova')

    def close(self):
        self._nova.closed += 1


def test_rules_see_what_a_guard_behind_would_hide(guarded, nova):
    policy = 'update_guard:server:show:locked: "!"\n' + UNLOCKED
    shown(nova, locked=False)
    behind = guarded(policy, factory=deploy.response_redaction)
    guard = guarded(policy, factory=deploy.field_policy, app=behind.app)

    put(guard, {'server': {'name': 'a'}}, status=200)


def test_what_does_not_change_does_not_count_and_is_not_sent(guarded, nova):
    guard = guarded(count='changed')

    put(
        guard,
        {'server': {'name': 'vm1', 'accessIPv4': '192.0.2.1'}},
        status=200,
    )

    assert sent(nova) == {'accessIPv4': '192.0.2.1'}


def test_two_that_change_are_refused_by_name(guarded, nova):
    guard = guarded(count='changed')

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
    assert asked(nova) == [('GET', '/servers/s1')]


def test_an_update_that_changes_nothing_is_novas_to_answer(guarded, nova):
    guard = guarded(count='changed')

    put(guard, {'server': {'name': 'vm1'}}, status=200)

    assert sent(nova) == {}


def test_no_parameter_at_all_is_refused_without_a_lookup(guarded, nova):
    guard = guarded(count='changed')

    put(guard, {'server': {}}, status=400)

    assert asked(nova) == []


def test_policy_is_asked_about_what_changes_only(guarded, nova):
    guard = guarded('update_guard:server:update:name: "!"', count='changed')

    put(
        guard,
        {'server': {'name': 'vm1', 'accessIPv4': '192.0.2.1'}},
        status=200,
    )
    put(guard, {'server': {'name': 'new'}}, status=403)


def test_what_is_hidden_cannot_be_guessed(guarded, nova):
    guard = guarded(
        'update_guard:server:show:name: "!"\n'
        'update_guard:server:update:name: "!"',
        count='changed',
    )

    for guess in ('vm1', 'new'):
        put(guard, {'server': {'name': guess}}, status=403)


def test_what_nobody_validates_counts_and_needs_a_rule(guarded, nova):
    guard = guarded(count='changed', field_validation='off')

    put(guard, {'server': {'x': 1}}, status=403)
    put(guard, {'server': {'accessIPv4': 'x'}}, status=200)

    assert sent(nova) == {'accessIPv4': 'x'}


def test_one_lookup_serves_both_count_and_policy(guarded, nova):
    guard = guarded(OWNER, count='changed')

    put(guard, {'server': {'name': 'new'}}, status=200)

    assert asked(nova) == [('GET', '/servers/s1'), ('PUT', '/servers/s1')]


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
    guard = guarded(together='accessIPv4+accessIPv6, name+description')

    put(
        guard,
        {'server': {name: values[name] for name in names}},
        status=status,
    )


def test_together_does_not_let_a_field_by_that_policy_denies(guarded, nova):
    guard = guarded(
        'update_guard:server:update:accessIPv6: "!"',
        together='accessIPv4+accessIPv6',
    )
    both = {'accessIPv4': '192.0.2.1', 'accessIPv6': '2001:db8::1'}

    put(guard, {'server': both}, status=403)
