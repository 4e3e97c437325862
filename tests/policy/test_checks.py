import pytest
from oslo_policy import _checks

from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.policy import defaults
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import PolicyError

NAME = 'update_guard:server:update:name'
ADMIN = 'context_is_admin'
HOST_ID = 'update_guard:server:show:hostId'


@pytest.mark.parametrize(
    ('text', 'names'),
    [
        ('@', set()),
        ('!', set()),
        ('role:admin', set()),
        ('rule:context_is_admin', set()),
        ('project_id:%(project_id)s', {'project_id'}),
        ("not 'BUILD':%(server.status)s", {'server.status'}),
        ('role:a or (role:b and user_id:%(user_id)s)', {'user_id'}),
        ('role:%(server.metadata.owner)s', {'server.metadata.owner'}),
        ('rule:mine or role:a', {'server.locked'}),
        ('roles:%(server.metadata.role)s', {'server.metadata.role'}),
        ('None:%(server.key_name)s', {'server.key_name'}),
    ],
)
def test_targets_of_a_rule_include_those_of_rules_it_refers_to(text, names):
    checks = Checks({HOST_ID: text, 'mine': 'True:%(server.locked)s'})

    assert checks.names[HOST_ID] == names


def test_a_check_of_unknown_kind_is_opaque_and_names_its_targets():
    text = 'not 500:%(server.fault.code)s and rule:x'
    checks = Checks({HOST_ID: text, 'x': 'http://h/%(project_id)s'})

    assert checks.opaque == {HOST_ID, 'x'}
    assert checks.names[HOST_ID] == {'server.fault.code', 'project_id'}


@pytest.mark.parametrize(
    'texts',
    [
        {'update_guard:server:show:hostID': '@'},
        {HOST_ID: 'rule:nothing'},
        {HOST_ID: 'rule:r0', 'r60': '@'}
        | {f'r{n}': f'rule:r{n + 1}' for n in range(60)},
        {HOST_ID: 'not rule:nothing'},
        {HOST_ID: 'rule:a', 'a': 'rule:b', 'b': 'not rule:a'},
        {HOST_ID: 'nonsense'},
        {HOST_ID: 'not nonsense'},
        {HOST_ID: '! or or'},
        {HOST_ID: 'not (! or'},
        {HOST_ID: 'role:x or !)'},
        {HOST_ID: 'http://h/%(a)s'},
        {HOST_ID: 'not %(server.status)s:BUILD'},
        {HOST_ID: 'not BUILD:%(server.status)s'},
        {HOST_ID: '5x:%(server.status)s'},
        {HOST_ID: 'role:a and and role:b'},
        {HOST_ID: '(role:a'},
        {HOST_ID: "'x':%(tenant)s"},
        {HOST_ID: 'role:100%'},
        {HOST_ID: "'x':%(server.status)"},
        {HOST_ID: "'x':%s"},
        {HOST_ID: 'roles.x:y'},
        {HOST_ID: 'not user_id.x:%(project_id)s'},
        {ADMIN: 'is_admin:True'},
    ],
    ids=str,
)
def test_a_text_that_oslo_policy_would_read_as_never_is_an_error(texts):
    with pytest.raises(PolicyError, match=r'update_guard:server:show|refers'):
        Checks(texts)


def test_never_is_in_the_policy_language():
    checks = Checks({HOST_ID: 'not (! or !)'})

    assert checks.names[HOST_ID] == set()


def test_every_rule_of_the_tables_is_there_without_any_file():
    assert NAME in Checks({}).rules


@pytest.mark.parametrize('text', ['is_admin:True', 'is_admin:true'])
def test_is_admin_refers_to_the_rule_in_nova_and_in_the_proxy(
    text, monkeypatch
):
    class NovasOwn(_checks.Check):
        def __init__(self, kind, match):
            super().__init__(kind, str(match.lower() == 'true'))

        def __call__(self, target, creds, enforcer):
            return creds['is_admin']

    def meant():
        rules = Rules(
            Checks({HOST_ID: text, NAME: f'not {text}', ADMIN: 'role:boss'}),
            'r',
        )
        callers = [rules.caller({'roles': [role]}) for role in ('boss', 'x')]
        return [
            caller.authorize(rule)
            for caller in callers
            for rule in (HOST_ID, NAME)
        ]

    in_the_proxy = meant()
    monkeypatch.setitem(_checks.registered_checks, 'is_admin', NovasOwn)

    assert in_the_proxy == meant() == [True, False, False, True]


@pytest.mark.parametrize('is_novas', [True, False])
@pytest.mark.parametrize('value', ['1', '', 'yes', '%(server.locked)s'])
def test_is_admin_takes_true_and_false_only(value, is_novas, monkeypatch):
    class NovasOwn(_checks.Check):
        def __init__(self, kind, match):
            super().__init__(kind, str(match.lower() == 'true'))

        def __call__(self, target, creds, enforcer):
            return creds['is_admin']

    if is_novas:
        monkeypatch.setitem(_checks.registered_checks, 'is_admin', NovasOwn)
    with pytest.raises(PolicyError, match=r'neither is_admin:True'):
        Checks({HOST_ID: f'role:a or not is_admin:{value}'})


@pytest.mark.parametrize('text', ['bad:x', 'not bad:x', 'role:a or bad:x'])
def test_a_plug_in_that_fails_when_it_is_made_is_an_error_of_its_rule(
    text, monkeypatch
):
    class Bad(_checks.FalseCheck):
        def __init__(self, kind, match):
            raise RuntimeError(match)

    monkeypatch.setitem(_checks.registered_checks, 'bad', Bad)
    with pytest.raises(PolicyError, match='RuntimeError') as caught:
        Checks({HOST_ID: text})

    assert [each.rule for each in caught.value.mistakes] == [HOST_ID]


@pytest.mark.parametrize('row', [UPDATE_FIELDS[0], SERVER_ATTRIBUTES[0]])
def test_a_row_whose_rule_is_not_registered_stops_the_start(row, monkeypatch):
    rules = defaults.list_rules()
    monkeypatch.setattr(
        defaults,
        'list_rules',
        lambda *_: [rule for rule in rules if rule.name != row.rule],
    )

    with pytest.raises(PolicyError, match='no documented default'):
        Checks({})
