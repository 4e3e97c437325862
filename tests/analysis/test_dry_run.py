"""One request through the real guard, in front of a stand-in for nova."""

import json
import logging

import pytest

from nova_update_guard.analysis import caller, dry_run
from nova_update_guard.analysis.dry_run import Request
from tests.analysis.rules import loaded

SERVER = {
    'id': 's1',
    'links': [],
    'name': 'vm1',
    'tenant_id': 'p1',
    'user_id': 'u1',
    'hostId': 'f00d',
    'OS-EXT-SRV-ATTR:host': 'host-1',
    'flavor': {'vcpus': 1, 'extra_specs': {}},
}
NAME = 'update_guard:server:update:name'
HOST = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'
SHOW = Request('GET', '/v2.1/servers/s1', b'', '2.96')
MEMBER = ['member', 'reader']


def put(**fields):
    body = json.dumps({'server': fields}).encode()
    return Request('PUT', '/v2.1/servers/s1', body, '2.96')


@pytest.fixture
def run(tmp_path):
    def run(
        request, roles=MEMBER, policy='', server=SERVER, calls=False, **options
    ):
        settings, rules = loaded(tmp_path, policy, **options)
        who = caller.of_values({'roles': roles}, server)
        return dry_run.run(settings, rules, who, request, server, calls)

    return run


def test_a_refusal_is_that_of_the_guard(run, caplog):
    caplog.set_level(logging.INFO)
    outcome = run(put(name='new'), ['reader'])

    assert (outcome.result, outcome.status) == ('refused', 403)
    assert json.loads(outcome.body)['forbidden']['code'] == 403
    assert outcome.decision.refused.refusal.reason == NAME
    assert outcome.asked == {NAME: True}
    assert caplog.messages == []


def test_an_update_that_is_allowed_is_redacted_with_its_changes(run):
    outcome = run(put(name='new'))

    assert outcome.result == 'allowed'
    server = json.loads(outcome.body)['server']
    assert server['name'] == 'new'
    assert 'OS-EXT-SRV-ATTR:host' not in server
    assert outcome.hidden == {'OS-EXT-SRV-ATTR:host': HOST}
    assert 'flavor.extra_specs' in outcome.shown


def test_a_sort_key_is_taken_out_of_a_list(run):
    path = '/v2.1/servers?sort_key=host&sort_key=uuid'
    outcome = run(SHOW._replace(path=path))

    assert outcome.result == 'allowed'
    (found,) = outcome.decision.sort_keys
    assert (found.key, found.rule) == ('host', HOST)
    assert outcome.asked[HOST] is False


def test_a_response_without_a_body_shows_and_hides_nothing(run):
    outcome = run(SHOW._replace(method='HEAD'))

    assert outcome.result == 'allowed'
    assert not outcome.hidden
    assert not outcome.shown


def test_a_path_may_have_characters_of_any_language(run):
    outcome = run(SHOW._replace(path='/v2.1/servers/日本?q=日'))

    assert outcome.hidden == {'OS-EXT-SRV-ATTR:host': HOST}


def test_nested_attributes_are_hidden_with_the_one_they_are_in(run):
    policy = 'update_guard:server:show:flavor: "!"\n'
    outcome = run(SHOW, policy=policy)

    assert 'flavor' in outcome.hidden
    assert 'flavor.extra_specs' not in outcome.shown


def test_a_host_id_that_is_hashed_is_hidden_by_the_rule_of_the_host(run):
    outcome = run(SHOW, host_id_key='0123456789abcdef' * 4)

    assert outcome.hidden['hostId'] == HOST


def test_in_audit_mode_nothing_is_refused_nor_hidden(run):
    options = {'field_policy': 'audit', 'response_redaction': 'audit'}
    outcome = run(put(name='new'), ['reader'], **options)

    assert outcome.result == 'allowed'
    assert outcome.decision.violations
    assert outcome.hidden == {}


@pytest.mark.parametrize(
    ('policy', 'roles', 'result'),
    [
        (f'{NAME}: "project_id:%(project_id)s"\n', MEMBER, 'depends'),
        (f'{NAME}: "project_id:%(project_id)s"\n', [], 'depends'),
        (f'{NAME}: "project_id:%(project_id)s or @"\n', [], 'allowed'),
        (f'{NAME}: "role:x and project_id:%(project_id)s"\n', [], 'refused'),
    ],
)
def test_without_a_server_a_decision_that_needs_it_is_left_open(
    run, policy, roles, result
):
    outcome = run(put(name='new'), roles, policy, None)

    assert outcome.result.partition(' ')[0] == result


@pytest.mark.parametrize('word', ['', 'not '])
def test_a_decision_that_needs_a_service_is_left_open(run, word):
    policy = f'{NAME}: "{word}https://127.0.0.1:1/x"\n'
    outcome = run(put(name='new'), policy=policy)

    assert outcome.result == dry_run.NEEDS_SERVICE


def test_a_request_that_the_guard_lets_pass_is_said_to_be_so(run):
    assert run(Request('GET', '/v2.1/flavors')).result == dry_run.NOT_GUARDED


def test_a_list_has_the_one_server(run):
    path = '/v2.1/servers/detail'
    outcome = run(SHOW._replace(path=path))

    (server,) = json.loads(outcome.body)['servers']
    assert 'OS-EXT-SRV-ATTR:host' not in server
    assert outcome.hidden == {'OS-EXT-SRV-ATTR:host': HOST}
    brief = run(Request('GET', '/v2.1/servers'))
    assert brief.shown == ['id', 'links', 'name']


def test_rules_count_as_effective_only_for_what_the_response_has(run):
    outcome = run(SHOW)

    assert HOST in outcome.effective
    assert 'update_guard:server:show:flavor.extra_specs' in outcome.effective
    assert 'update_guard:server:show:locked' not in outcome.effective
