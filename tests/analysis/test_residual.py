"""What is left of a rule for a caller."""

import pytest

from nova_update_guard.analysis.residual import (
    needs,
    residual,
    without_secrets,
)
from nova_update_guard.policy import callers
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules

NAME = 'update_guard:server:update:name'
OWN = 'project_id:%(project_id)s'


def left(text, *roles, is_known=lambda _: True, **others):
    rules = Rules(Checks({NAME: text, **others}), '')
    found = residual(rules, NAME, callers.credentials(roles), is_known)
    if isinstance(found, bool):
        return found
    return str(found), needs(rules, NAME, found)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('role:member', True),
        ('not role:member', False),
        (f'role:member or {OWN}', True),
        (f'role:other and {OWN}', False),
        (f'role:member and {OWN}', (OWN, ['project_id'])),
        (f'not (role:other or {OWN})', (f'not {OWN}', ['project_id'])),
        (
            f"{OWN} and 'a':%(server.metadata.a(b)c)s",
            (
                f"({OWN} and 'a':%(server.metadata.a(b)c)s)",
                ['project_id', 'server.metadata.a(b)c'],
            ),
        ),
        ('rule:x', (OWN, ['project_id'])),
        ('is_admin:True', False),
    ],
)
def test_parts_that_the_caller_settles_are_gone(text, expected):
    assert left(text, 'member', x=f'role:member and {OWN}') == expected


def test_a_part_behind_one_that_needs_the_server_settles_nothing():
    # If the server lacks a value, the enforcer takes the rule for a "no".
    text = f'({OWN} and role:member) or ({OWN} or role:member)'

    assert left(text, 'member') == (f'({OWN} or @)', ['project_id'])


def test_credentials_that_are_not_known_remain():
    text = 'system_scope:all and role:member or role:admin'
    found = left(
        text, 'member', is_known=lambda leaf: leaf.kind != 'system_scope'
    )

    assert found == ('system_scope:all', ['system_scope'])
    assert left(text, is_known=lambda _: False)[1] == ['system_scope', 'roles']


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('https://u:p@h:1/x?t=1', 'https://***@h:1/x?***'),
        ('(http://h/x?a=b)', '(http://h/x?***)'),
        (
            'role:a or (http://u@h or http://h)',
            'role:a or (http://***@h or http://h)',
        ),
        ('http://u:a@b@h/', 'http://***@h/'),
        ('role:a?b and user_id:a@b', 'role:a?b and user_id:a@b'),
    ],
)
def test_no_secret_of_a_url_is_shown(text, shown):
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    ('text', 'service'),
    [
        ('https://user:secret@h:1/x?token=1', 'https://h:1'),
        ('http://h?token=1', 'http://h'),
        ('http:h', 'http://'),
    ],
)
def test_a_service_is_named_without_secrets(text, service):
    assert left(f'role:member and {text}', 'member')[1] == [service]
