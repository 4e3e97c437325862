"""Each rule is evaluated once, and the cached results are bounded."""

from collections import Counter
from pathlib import Path

import pytest
from oslo_policy import _checks

from nova_update_guard.policy import enforcer
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import Place

SHOW = 'update_guard:server:show:'
MEMBER = {'roles': ['member', 'reader'], 'project_id': 'p1'}


@pytest.fixture
def requested(monkeypatch):
    """Count evaluations of oslo.policy's checks, by the rule's text."""
    requested = Counter()
    evaluate = Rules.evaluate

    def counted(self, rule, target, creds):
        requested[self.texts[rule]] += 1
        return evaluate(self, rule, target, creds)

    monkeypatch.setattr(Rules, 'evaluate', counted)
    return requested


def test_rules_without_a_target_are_evaluated_once_for_all_responses(
    requested,
):
    rules = Rules(Checks({f'{SHOW}name': 'role:x'}), 'r')

    for _ in range(10):
        caller = rules.caller(dict(MEMBER))
        for rule in rules.texts:
            caller.authorize(rule)

    assert set(requested.values()) == {1}


def test_rules_with_a_target_are_evaluated_once_for_each_distinct_value(
    requested,
):
    text = "'ACTIVE':%(server.status)s"
    rules = Rules(Checks({f'{SHOW}name': text, f'{SHOW}image': text}), 'r')
    caller = rules.caller(MEMBER)
    requested.clear()

    for n in range(100):
        status = 'ACTIVE' if n % 2 else 'BUILD'
        server = {'id': n, 'name': 'a', 'image': 'b', 'status': status}
        for name in ('name', 'image'):
            allowed = caller.authorize(f'{SHOW}{name}', server)
            assert allowed == (status == 'ACTIVE')

    # Once to find that it depends, then once for each of the two.
    assert requested[text] == 3


def test_callers_do_not_share_results():
    rules = Rules(Checks({f'{SHOW}name': 'role:member'}), 'r')

    def authorized(creds):
        return rules.caller(creds).authorize(f'{SHOW}name')

    everyone = [{**MEMBER, 'roles': roles} for roles in ([], ['member'])]
    assert [authorized(creds) for creds in everyone * 2] == [
        False,
        True,
        False,
        True,
    ]


def test_a_server_is_read_only_where_the_rule_depends_on_it():
    class Unread(dict):
        def __missing__(self, key):
            pytest.fail(f'{key} is read')

    texts = {f'{SHOW}name': '@', f'{SHOW}image': 'user_id:%(user_id)s'}
    caller = Rules(Checks(texts), 'r').caller({**MEMBER, 'user_id': 'u'})

    assert caller.authorize(f'{SHOW}name', Unread())
    assert caller.authorize(f'{SHOW}image') is None
    assert caller.authorize(f'{SHOW}image', {'user_id': 'u'})
    assert not caller.authorize(f'{SHOW}image', {'user_id': 'v'})
    assert not caller.authorize(f'{SHOW}image', {})


def test_the_memory_of_a_process_is_bounded(monkeypatch):
    limits = {'_MAX_CALLERS': 8_000, '_MAX_RESULTS': 2_000}
    for name, limit in limits.items():
        monkeypatch.setattr(enforcer, name, limit)
    text = 'user_id:%(user_id)s'
    rules = Rules(
        Checks({f'{SHOW}name': text, f'{SHOW}image': 'is_admin_project:1'}),
        'r',
    )

    for n in range(20):
        caller = rules.caller(
            {**MEMBER, 'user_id': str(n), 'is_admin_project': n % 3}
        )
        for owner in range(20):
            server = {'id': 1, 'name': 'a', 'user_id': str(owner)}
            allowed = caller.authorize(f'{SHOW}name', server)
            assert allowed == (owner == n)

    assert 0 < len(rules._callers._kept) <= 4
    assert 0 < len(rules.results._kept) <= 20


def test_a_caller_of_a_thousand_roles_takes_the_place_of_many(monkeypatch):
    monkeypatch.setattr(enforcer, '_MAX_CALLERS', 400_000)
    rules = Rules(Checks({}), 'r')

    for n in range(50):
        roles = [f'{n}-{number}' + 'r' * 60 for number in range(1000)]
        rules.caller({**MEMBER, 'roles': roles})

    assert 0 < len(rules._callers._kept) <= 3


def test_a_rule_that_is_not_there_blows_up_and_never_falls_to_default():
    rules = Rules(Checks({'default': '@'}), 'r')

    with pytest.raises(KeyError):
        rules.caller(MEMBER).authorize('update_guard:server:update:nothing')
    with pytest.raises(KeyError):
        rules.caller(MEMBER).authorize(f'{SHOW}no', {'id': 1})


def test_a_plug_ins_check_gets_the_whole_server_each_time(monkeypatch):
    targets = []

    class Plugged(_checks.Check):
        def __call__(self, target, creds, enforcer, current_rule=None):
            targets.append(dict(target))
            return target['server.status'] == 'ACTIVE'

    monkeypatch.setitem(_checks.registered_checks, 'plugged', Plugged)
    rules = Rules(Checks({f'{SHOW}name': 'plugged:x'}), 'r')
    caller = rules.caller(MEMBER)

    for status in ('ACTIVE', 'BUILD', 'ACTIVE'):
        server = {'name': 'a', 'status': status, 'tenant_id': 'p1'}
        allowed = caller.authorize(f'{SHOW}name', server)
        assert allowed == (status == 'ACTIVE')

    assert len(targets) == 3
    assert targets[0]['project_id'] == 'p1'


def test_a_missing_attribute_denies_beside_a_plug_in_check_too(
    monkeypatch,
):
    class Yes(_checks.Check):
        def __call__(self, target, creds, enforcer, current_rule=None):
            return True

    monkeypatch.setitem(_checks.registered_checks, 'yes', Yes)
    text = 'not 500:%(server.fault.code)s and yes:x'
    rules = Rules(Checks({f'{SHOW}fault.details': text}), 'r')
    caller = rules.caller(MEMBER)

    def details(**fault):
        server = {'fault': {'details': 'd', **fault}}
        return caller.authorize(f'{SHOW}fault.details', server)

    assert [details(code=500), details(code=404), details()] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    'text',
    [
        'legacy:x',
        'role:x or legacy:x',
        'role:member and legacy:x',
        'not (not legacy:x)',
        'rule:x',
    ],
)
def test_a_check_of_three_arguments_is_called_as_oslo_policy_calls_it(
    monkeypatch, text
):
    class Legacy(_checks.Check):
        def __call__(self, target, creds, enforcer):
            return creds['project_id'] == 'p1'

    monkeypatch.setitem(_checks.registered_checks, 'legacy', Legacy)
    rules = Rules(Checks({f'{SHOW}name': text, 'x': 'legacy:x'}), 'r')

    for project in ('p1', 'p2'):
        caller = rules.caller({**MEMBER, 'project_id': project})
        allowed = caller.authorize(f'{SHOW}name', {'name': 'a'})
        assert allowed == (project == 'p1')


def test_what_a_check_is_called_with_is_found_once_for_its_kind(monkeypatch):
    text = '(role:x or role:y) and not role:z'
    rules = Rules(Checks({f'{SHOW}name': text}), 'r')
    rules.caller({'roles': ['x']}).authorize(f'{SHOW}name')

    def refuse(*_):
        raise AssertionError('inspected anew')

    monkeypatch.setattr('inspect.getfullargspec', refuse)

    assert rules.caller({'roles': ['y']}).authorize(f'{SHOW}name')


@pytest.mark.parametrize(
    'text', ['broken:x', 'not broken:x', 'rule:x', 'not rule:x']
)
@pytest.mark.parametrize('error', [OSError, KeyError, TypeError])
def test_a_check_that_raises_denies_and_is_logged_once(
    monkeypatch, caplog, text, error
):
    class Broken(_checks.Check):
        def __call__(self, target, creds, enforcer, current_rule=None):
            raise error(target['server.name'])

    monkeypatch.setitem(_checks.registered_checks, 'broken', Broken)
    place = Place(Path('/etc/policy.yaml'), 7)
    rules = Rules(
        Checks({f'{SHOW}name': text, 'x': 'broken:x'}),
        *('r', (), {f'{SHOW}name': place}),
    )
    caller = rules.caller(MEMBER)

    for _ in range(3):
        server = {'name': 'a secret', 'status': 'ACTIVE'}
        assert caller.authorize(f'{SHOW}name', server) is False

    (record,) = caplog.records
    assert f'/etc/policy.yaml:7: {SHOW}name: ' in record.getMessage()
    assert 'a secret' not in record.getMessage()
