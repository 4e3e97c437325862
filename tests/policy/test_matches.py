"""Checks that oslo.policy reads otherwise than they look are refused or told.

None of them may load in silence: it would be "no" for all callers, and behind
a ``not`` "yes".
"""

import itertools
from pathlib import Path

import pytest
from oslo_policy import _checks

from nova_update_guard.policy import callers, matches, notices
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import Place, PolicyError

NAME = 'update_guard:server:show:name'
WHERE = Place(Path('/etc/policy.yaml'), 7)


def loaded(text, **others):
    texts = {NAME: text, **others}
    places = {rule: Place(WHERE.path, 7 + n) for n, rule in enumerate(texts)}
    return Rules(Checks(texts), 'r', (), places)


def problems(text, **others):
    """Return what is said about *text*, whether it is refused or told."""
    try:
        return notices.notices(loaded(text, **others))
    except PolicyError as error:
        return [
            str(mistake._replace(place=WHERE)) for mistake in error.mistakes
        ]


KINDS = ('role', 'user_id', 'system_scope')
JOINED = [
    *(',', ';', '|', '||', '&', '&&', ', not ', ',not(', ')or(', ')and('),
    *(')or ', ') or(', ' or(', ' and(', '+', ',rule', ',\u200b'),
]


@pytest.mark.parametrize('wrapped', ['{}', '({})', 'not {}', 'role:x or {}'])
@pytest.mark.parametrize('joined', JOINED)
def test_checks_that_are_joined_otherwise_never_load_in_silence(
    joined, wrapped
):
    for one, other in itertools.product(KINDS, KINDS):
        seconds = (f'{other}:b', 'b') if joined != '+' else (f'{other}:b',)
        for second in seconds:
            text = wrapped.format(f'{one}:a{joined}{second}')

            (said, *_) = problems(text)
            assert said.startswith(f'{WHERE}: {NAME}: '), text


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize(
    'value',
    [
        *('"a"', "'a'", '"a', "a'", '(a', 'a,', '*', 'a*', '[a]', '{a}'),
        *('$a', '<a>', 'a|b', '', 'role:a', 'rule:a', 'user_id:a', "'a','b'"),
        "'%(user_id)s'",
    ],
)
def test_odd_values_never_load_in_silence(kind, value):
    for text in (f'{kind}:{value}', f'role:x or not {kind}:{value}'):
        assert problems(text), text


@pytest.mark.parametrize(
    'text',
    [
        *('role:admin', 'role:Admin', 'role:_member_', 'role:compute:admin'),
        *('role:a/b', 'role:a@b.c', 'role:Größe', 'role:a-b', 'role:a.b'),
        "'a':%(server.metadata.a(b)c)s",
        *('role:%(server.metadata.owner)s', 'roles:admin', 'rule:mine'),
        *('user_id:%(user_id)s', 'project_id:%(project_id)s', 'role:mine'),
        *('user_id:a@example.org', 'role:100%%', 'user_id:alice'),
        'project_id:f5d834d636c642d2b9f14dd32b9b9c3e',
        *('system_scope:all', 'is_admin_project:True', 'is_admin:True'),
        *('system_scope:None', 'domain_id:None', 'project_id:None'),
        *("'ACTIVE':%(server.status)s", 'True:%(server.locked)s', '@', '!'),
        *('not (role:a and (role:b or not role:c))', 'role:member'),
    ],
)
def test_what_can_be_meant_is_silent(text):
    both = {'mine': 'role:mine', 'member': 'role:member'}
    said = problems(text, **both)

    assert [each for each in said if 'none refers to it' not in each] == []


@pytest.mark.parametrize(
    'role',
    ['context_is_admin', 'admin_or_owner', 'project_member_api', 'mine'],
)
def test_a_role_with_the_name_of_a_rule_is_told(role):
    (said, *_) = problems(f'not role:{role}', mine='role:x')

    assert said.startswith(f'{WHERE}: {NAME}: role:{role} is a role with ')


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('system_scope:al', "never 'al'"),
        ('is_admin_project:true', "never 'true'"),
        ('project_id:project_id', 'write project_id:%(project_id)s'),
        ('project_id:demo', "if 'demo' is its name, write the id"),
        ('not service_project_id:F5D8', "if 'F5D8' is its name"),
        ('user_id:%(project_id)s', "a user's id with a project's"),
        ('not project_id:%(server.user_id)s', "a user's id with a project's"),
        ('user_id:server.user_id', 'write user_id:%(server.user_id)s'),
        ("'ACTIVE':server.status", 'two constants'),
    ],
)
def test_a_credential_is_compared_with_what_it_can_be(text, problem):
    (said,) = problems(text)

    assert problem in said


@pytest.mark.parametrize(
    'kind', ['Role', 'ROLE', 'porject_id', 'User_id', 'RULE']
)
def test_a_misspelt_kind_is_refused_with_the_nearest(kind):
    with pytest.raises(PolicyError, match=r"did you mean '[a-z_]+'"):
        Checks({NAME: f'not {kind}:context_is_admin'})


def test_an_error_is_of_the_rule_that_has_it():
    with pytest.raises(PolicyError) as caught:
        Checks({NAME: 'rule:mine', 'mine': 'role:a or role:a,role:b'})

    assert [each.rule for each in caught.value.mistakes] == ['mine']


CREDENTIALS = sorted(
    matches.CREDENTIALS - {'roles', 'service_roles', 'is_admin_project'}
)


@pytest.mark.parametrize('missing', [None, ''])
@pytest.mark.parametrize('credential', CREDENTIALS)
@pytest.mark.parametrize('written', ['None', '', None])
def test_a_missing_credential_equals_nothing_that_a_tenant_wrote(
    credential, written, missing
):
    rules = loaded(f'{credential}:%(server.metadata.x)s')
    caller = rules.caller(callers.credentials((), **{credential: missing}))

    server = {'metadata': {'x': written}}
    assert caller.authorize(NAME, server) is False


def test_a_missing_credential_can_be_asked_for_as_in_oslo_policy():
    rules = loaded('system_scope:None')

    def authorized(scope):
        creds = callers.credentials((), system_scope=scope)
        return rules.caller(creds).authorize(NAME)

    assert authorized(None)
    assert not authorized('all')


def test_null_in_a_server_can_be_asked_for_as_in_oslo_policy():
    caller = loaded('None:%(server.key_name)s').caller(callers.credentials(()))

    assert caller.authorize(NAME, {'key_name': None})
    assert not caller.authorize(NAME, {'key_name': 'a'})


def test_a_comparison_is_oslo_policy_s_own_otherwise():
    rules = loaded('user_id:%(user_id)s')
    (check,) = [rules.trees[NAME]]

    assert isinstance(check, _checks.GenericCheck)
    assert rules.caller({'user_id': 'a', 'roles': []}).authorize(
        NAME, {'user_id': 'a'}
    )
