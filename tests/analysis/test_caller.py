"""The caller of a dry run."""

import pytest

from nova_update_guard.analysis import caller

TOKEN = {
    'token': {
        'methods': ['password'],
        'expires_at': '2026-01-01T00:00:00.000000Z',
        'issued_at': '2026-01-01T00:00:00.000000Z',
        'user': {
            'id': 'u1',
            'name': 'Ann',
            'domain': {'id': 'default', 'name': 'Default'},
        },
        'project': {
            'id': 'p1',
            'name': 'demo',
            'domain': {'id': 'd2', 'name': 'Two'},
        },
        'roles': [{'id': '1', 'name': 'member'}, {'id': '2', 'name': 'Ops'}],
        'is_admin_project': False,
    }
}


def token(**changes):
    return {'token': {**TOKEN['token'], **changes}}


def test_a_token_is_read_as_keystonemiddleware_does():
    found = caller.of_token(TOKEN)

    assert (found.user_id, found.project_id) == ('u1', 'p1')
    assert found.creds['roles'] == ['member', 'Ops']
    assert found.creds['user_domain_id'] == 'default'
    assert found.creds['project_domain_id'] == 'd2'
    assert found.creds['is_admin_project'] is False


def test_a_system_token_has_the_scope_of_oslo_policy():
    body = token(system={'all': True})
    del body['token']['project']
    found = caller.of_token(body)

    assert found.creds['system'] == 'all'
    assert found.project_id is None


@pytest.mark.parametrize(
    'body', [None, [], {}, {'token': []}, {'token': {}}, token(user=None)]
)
def test_what_is_no_token_is_refused(body):
    with pytest.raises(caller.TokenError):
        caller.of_token(body)


def test_without_a_scope_the_caller_is_of_the_servers_project():
    server = {'tenant_id': 'p9'}

    assert caller.of_values({'roles': []}, server).project_id == 'p9'
    system = caller.of_values({'roles': [], 'system_scope': 'all'}, server)
    assert system.project_id is None
    assert system.creds['system'] == 'all'
