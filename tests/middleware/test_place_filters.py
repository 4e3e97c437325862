"""A filter of a place's list reveals no hidden attribute."""

import json

import pytest

from nova_update_guard.compute_api.microversions import HEADER, MAX
from nova_update_guard.compute_api.place_filters import PLACE_FILTERS
from nova_update_guard.compute_api.place_routes import rule_of
from tests.standin import ADMIN, MEMBER

SHOW = 'update_guard:server:show:'
SPELLINGS = ['{}?{}', '{}/?{}', '{}%0A?{}', '/v2.1/f5d8{}?{}', '{}?a=1;{}']


def send(guard, path, environ=MEMBER, status=200, version=MAX):
    return guard.get(
        path,
        headers={HEADER: f'compute {version}'},
        extra_environ=environ,
        status=status,
    )


def path_of(row, spelling='{}?{}', value='x'):
    route = row.route.replace('{id}', 'p1')
    return spelling.format(route, f'{row.key}={value}')


@pytest.fixture(autouse=True)
def empty(nova):
    nova.respond({'migrations': [], 'tenant_usages': []})


@pytest.mark.parametrize('spelling', SPELLINGS)
@pytest.mark.parametrize('row', PLACE_FILTERS, ids=lambda row: row.key)
def test_a_filter_by_what_is_hidden_gets_400_and_does_not_reach_nova(
    guarded, nova, row, spelling
):
    rule = rule_of(row.attribute)

    found = send(
        guarded(f'{rule}: "!"'), path_of(row, spelling), ADMIN, status=400
    )

    message = found.json['badRequest']['message']
    assert (rule in message, repr(row.key) in message) == (True, True)
    assert nova.requests == []


@pytest.mark.parametrize('row', PLACE_FILTERS, ids=lambda row: row.key)
def test_where_it_is_shown_nova_gets_the_filter(guarded, nova, row):
    hidden = {rule_of(other.attribute) for other in PLACE_FILTERS}
    hidden.remove(rule_of(row.attribute))
    policy = '\n'.join(f'{rule}: "!"' for rule in hidden)

    send(guarded(policy), path_of(row), ADMIN)

    assert len(nova.requests) == 1


@pytest.mark.parametrize(
    'query', ['x=1', 'node=h1', 'sort_key=host', 'status=host', 'limit=1']
)
def test_other_keys_are_nova_s(guarded, nova, query):
    for version in ('2.1', '2.58', '2.59', MAX, '2.999', 'latest', 'nonsense'):
        send(guarded(), f'/os-migrations?{query}', version=version)

    assert len(nova.requests) == 7


def test_the_callers_own_project_and_user_are_no_secret(guarded, nova):
    policy = f'{SHOW}tenant_id: "!"\n{SHOW}user_id: "!"'
    guard = guarded(policy)

    for query in ('project_id=p1', 'user_id=u1', 'project_id=p1&user_id=u1'):
        send(guard, f'/os-migrations?{query}')
    send(guard, '/os-migrations?project_id=p1&project_id=p2', status=400)

    assert len(nova.requests) == 3


def test_a_period_that_goes_on_is_no_secret(guarded, nova):
    guard = guarded(f'{SHOW}OS-SRV-USG:launched_at: "!"')
    path = '/os-simple-tenant-usage/p1?start=2020-01-01T00:00:00&end={}'

    send(guard, path.format('2999-01-01T00:00:00'))
    send(guard, path.format('2021-01-01T00:00:00'), status=400)

    assert len(nova.requests) == 1


def test_a_query_that_is_not_utf_8_gets_400_as_from_nova(guard, nova):
    send(guard, '/os-migrations?%FF=1', status=400)

    assert nova.requests == []


def test_the_mode_audit_records_the_key_and_lets_it_pass(
    guarded, nova, tmp_path
):
    log = tmp_path / 'log'
    guard = guarded(response_redaction='audit', decision_log=str(log))

    send(guard, '/os-migrations?source_compute=canary')

    (found,) = map(json.loads, log.read_text().splitlines())
    assert (found['verdict'], found['mode']) == ('refuse', 'audit')
    assert found['fields'] == ['source_compute']
    assert found['rule'] == f'{SHOW}OS-EXT-SRV-ATTR:host'
    assert 'canary' not in log.read_text()
    assert len(nova.requests) == 1


def test_without_redaction_a_filter_is_nova_s(guarded, nova):
    send(guarded(response_redaction='off'), '/os-migrations?host=a')

    assert len(nova.requests) == 1
