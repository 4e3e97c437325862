"""Filters and sort keys of a list reveal no hidden attribute."""

import json
import logging

import pytest
import webtest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.microversions import HEADER, MAX
from nova_update_guard.deploy import filters
from tests.standin import ADMIN, MEMBER, READER, SERVER, Nova, as_

SHOW = 'update_guard:server:show:'
HOST = f'{SHOW}OS-EXT-SRV-ATTR:host'
OF_HOST = {
    'fields': ['host'],
    'layer': 'response_redaction',
    'rule': HOST,
    'verdict': 'redact',
}
LISTS = [
    '/servers',
    '/servers/detail',
    '/v2.1/f5d8/servers/',
    '//servers//detail',
    '/servers%0A',
    '/servers/detail%0A',
    '/os-volumes_boot',
    '/os-volumes_boot/detail',
]


@pytest.fixture(autouse=True)
def of_servers(nova):
    nova.respond({'servers': []})


def recording(nova):
    """Return a list of the queries that *nova* gets, and nova behind it."""
    queries = []

    def app(environ, start):
        queries.append(environ['QUERY_STRING'])
        return nova(environ, start)

    return queries, app


def records(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def send(guard, path, environ=MEMBER, status=200, version=MAX, **more):
    return guard.get(
        path,
        headers={HEADER: f'compute {version}'},
        extra_environ={**environ, **more},
        status=status,
    )


@pytest.mark.parametrize('path', LISTS)
@pytest.mark.parametrize(
    'query',
    [
        'host=a',
        'limit=1&host=a',
        'limit=1;host=a',
        '%68o%73t=a',
        'host',
        'sort_key=host&host=a',
    ],
)
def test_a_list_by_a_hidden_attribute_gets_400_and_does_not_reach_nova(
    guard, nova, path, query
):
    response = send(guard, f'{path}?{query}', status=400)

    fault = response.json['badRequest']
    assert (fault['code'], 'host' in fault['message']) == (400, True)
    assert response.headers[HEADER] == f'compute {MAX}'
    assert response.headers['x-openstack-request-id'] == 'req-1'
    assert nova.requests == []


@pytest.mark.parametrize('path', LISTS)
@pytest.mark.parametrize(
    ('query', 'got'),
    [
        ('sort_key=host', ''),
        ('sort_key=host&sort_dir=asc&limit=1', 'limit=1'),
        (
            'sort_dir=asc&sort_key=created_at;sort_key=hos%74&sort_dir=desc',
            'sort_dir=asc&sort_key=created_at',
        ),
        ('sort_key=+host%a&name=%61', 'name=%61'),
    ],
)
def test_a_sort_key_of_a_hidden_attribute_does_not_reach_nova(
    guarded, nova, path, query, got
):
    queries, app = recording(nova)

    send(guarded(app=app), f'{path}?{query}')

    assert queries == [got]


@pytest.mark.parametrize('path', LISTS)
@pytest.mark.parametrize(
    'query',
    [
        *('', 'name=host', 'sort_key=created_at', 'limit=1&marker=host'),
        *('sort_key=created_at&sort_dir=asc', 'sort_key=nothing', 'new=1'),
        'sort_key=uuid;;a=%41&',
    ],
)
def test_other_lists_go_on_to_nova_as_they_are(guarded, nova, path, query):
    queries, app = recording(nova)

    send(guarded(app=app), f'{path}?{query}')

    assert queries == [query]


@pytest.mark.parametrize('key', ['project_id', 'tenant_id', 'user_id'])
def test_the_callers_own_ids_are_no_secret(guarded, nova, key):
    rules = ('tenant_id', 'user_id')
    guard = guarded('\n'.join(f'{SHOW}{rule}: "!"' for rule in rules))
    own = {'project_id': 'p1', 'tenant_id': 'p1', 'user_id': 'u1'}[key]

    send(guard, f'/servers?{key}={own}&all_tenants=1')
    send(guard, f'/servers?{key}={own}&all_tenants=1', ADMIN)
    send(guard, f'/servers?{key}=other', status=400)
    send(guard, f'/servers?{key}={own}&{key}=other', status=400)
    # What a client writes into headers is not the verified identity.
    forged = {'HTTP_X_PROJECT_ID': 'other', 'HTTP_X_USER_ID': 'other'}
    send(guard, f'/servers?{key}=other', status=400, **forged)

    assert len(nova.requests) == 2


def test_a_caller_without_a_project_has_none_of_its_own(guarded):
    guard = guarded(f'{SHOW}tenant_id: "!"')
    caller = as_('admin', project=None)

    for value in ('', 'None'):
        send(guard, f'/servers?project_id={value}', caller, 400)


def test_the_mode_audit_records_and_leaves_the_query_as_it_is(
    guarded, nova, tmp_path
):
    queries, app = recording(nova)
    log = tmp_path / 'log'
    guard = guarded(app=app, response_redaction='audit', decision_log=str(log))

    send(guard, '/servers?sort_key=host&sort_dir=asc&node=a')
    send(guard, '/servers?sort_key=host')

    assert queries == ['sort_key=host&sort_dir=asc&node=a', 'sort_key=host']
    refused, redacted = records(log)
    assert (refused['verdict'], refused['mode']) == ('refuse', 'audit')
    assert refused['fields'] == ['node']
    assert refused['also'] == [{**OF_HOST, 'mode': 'audit'}]
    assert redacted['mode'] == 'audit'
    assert redacted | OF_HOST == redacted


def test_a_sort_key_taken_out_is_recorded_as_a_redaction(
    guarded, nova, tmp_path
):
    log = tmp_path / 'log'
    guard = guarded(decision_log=str(log), decision_sample_reads='1')
    nova.respond({'servers': [SERVER, SERVER]})

    send(guard, '/servers?sort_key=host&sort_key=uuid&sort_key=host')
    send(guard, '/servers/detail?sort_key=node&sort_key=host', READER)

    alone, beside = records(log)
    # The stand-in shows a host in any list.
    assert alone['redacted'] == {'OS-EXT-SRV-ATTR:host': 2}
    assert alone['also'] == [{**OF_HOST, 'mode': 'enforce'}]
    assert [each['fields'] for each in beside['also']] == [['node'], ['host']]
    nova.respond({'servers': []})
    send(guard, '/servers?sort_key=host&sort_key=node&sort_key=host')
    *_, empty = records(log)
    assert empty | OF_HOST == empty
    assert 'redacted' not in empty
    assert [each['fields'] for each in empty['also']] == [['node']]
    assert empty['status'] == 200


def test_many_sort_keys_make_no_long_record(guarded, tmp_path):
    log = tmp_path / 'log'
    guard = guarded(decision_log=str(log), decision_sample_reads='1')
    many = '&'.join(f'sort_key=canary{number}' for number in range(2000))

    send(guard, f'/servers?{many}', **{'openstack.legacy_v2': True})

    (found,) = records(log)
    assert found['fields'] == ['(unknown)']
    assert 'canary' not in log.read_text()


def test_a_refused_list_has_no_sort_key_taken_out(guarded, nova, tmp_path):
    log = tmp_path / 'log'
    guard = guarded(decision_log=str(log))

    send(guard, '/servers?sort_key=host&node=a', status=400)

    (found,) = records(log)
    assert (found['verdict'], found['fields']) == ('refuse', ['node'])
    assert 'also' not in found


@pytest.mark.parametrize(
    'path', ['/servers/s1', '/servers/s1/ips', '/flavors/detail']
)
def test_queries_of_other_requests_are_forwarded_unchecked(guard, nova, path):
    nova.respond({'server': {'id': 's1'}})

    send(guard, f'{path}?host=a')

    assert len(nova.requests) == 1


def test_a_caller_who_sees_an_attribute_may_list_by_it(guard, nova):
    send(guard, '/servers?host=a&sort_key=host&new=1', ADMIN)

    assert len(nova.requests) == 1


def test_a_rule_that_depends_on_the_server_hides_from_lists(guarded, nova):
    guard = guarded(f'{HOST}: "project_id:%(project_id)s"')

    send(guard, '/servers?host=a', status=400)


def test_one_line_of_policy_closes_a_filter_and_another_opens_one(guarded):
    guard = guarded(
        f'{HOST}: role:member\n'
        'update_guard:server:show:addresses: role:admin\n'
    )

    send(guard, '/servers?host=a')
    for key in ('ip', 'ip6'):
        send(guard, f'/servers?{key}=192', status=400)


@pytest.mark.parametrize(
    ('version', 'legacy', 'status'),
    [
        ('2.1', False, 200),
        ('2.74', False, 200),
        ('2.75', False, 200),
        (str(MAX), False, 200),
        ('2.999', False, 400),
        ('latest', False, 400),
        ('2.1', True, 400),
        ('latest', True, 400),
        ('nonsense', False, 400),
    ],
)
def test_an_unknown_filter_goes_on_where_nova_drops_or_refuses_it(
    guard, version, legacy, status
):
    more = {'openstack.legacy_v2': True} if legacy else {}

    send(guard, '/servers?fresh=1', version=version, status=status, **more)


def test_a_query_that_is_not_utf_8_gets_400_as_from_nova(guard, nova):
    response = send(guard, '/servers?h%FFost=a', status=400)

    assert response.json['badRequest']['message'] == 'The query is not UTF-8'
    assert nova.requests == []


def test_the_log_has_the_rule_and_nothing_that_was_sent(guard, caplog):
    with caplog.at_level(logging.DEBUG):
        send(guard, '/servers?host=canary', status=400)
        send(guard, '/servers?canary=1', status=400, version='latest')

    assert HOST in caplog.text
    assert 'canary' not in caplog.text


def test_without_redaction_list_queries_are_not_checked(guarded, nova):
    send(guarded(response_redaction='off'), '/servers?host=a')
    send(guarded(factory=filters.one_parameter), '/servers?host=a')

    assert len(nova.requests) == 2


def test_the_layer_of_redaction_alone_judges_lists(guarded, nova):
    guard = guarded(factory=filters.response_redaction)

    send(guard, '/servers?host=a', status=400)


def test_a_stranger_gets_401(guard, nova):
    send(guard, '/servers?host=a', {}, 401)


PIECES = ['host', 'name', 'sort_key', '=', '&', ';', '+', '%68', '%a', '%']
GUARD = filters.response_redaction({})


@given(st.lists(st.sampled_from(PIECES), max_size=8).map(''.join))
def test_every_query_key_that_nova_reads_was_checked(query):
    nova = Nova()
    nova.respond({'servers': []})
    reached = []

    def reading(environ, start):
        keys = webtest.TestRequest(environ).GET
        reached.extend(keys)
        reached.extend(text.strip() for text in keys.getall('sort_key'))
        return nova(environ, start)

    app = webtest.TestApp(GUARD(reading))
    app.get('/servers?' + query, extra_environ=MEMBER, status='*')

    assert 'host' not in reached
