"""Filters and sort keys of a list reveal no hidden attribute."""

import logging

import pytest
import webtest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.microversions import HEADER, MAX
from nova_update_guard.deploy import filters
from tests.standin import ADMIN, MEMBER, Nova

HOST = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'
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
        'sort_key=host',
        'limit=1&host=a',
        'limit=1;host=a',
        '%68o%73t=a',
        'host',
        'sort_dir=asc&sort_key=created_at&sort_key=hos%74',
        'sort_key=+host%a',
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
    'query', ['', 'name=host', 'sort_key=created_at', 'limit=1&marker=host']
)
def test_other_lists_go_on_to_nova(guard, nova, path, query):
    send(guard, f'{path}?{query}')

    assert len(nova.requests) == 1


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
        ('2.75', False, 400),
        ('2.1', True, 400),
        ('nonsense', False, 400),
    ],
)
def test_an_unknown_filter_is_allowed_where_nova_drops_it(
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
        send(guard, '/servers?canary=1', status=400)

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
