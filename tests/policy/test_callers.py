"""The callers that rules can tell apart."""

from nova_update_guard.policy import callers, trees
from nova_update_guard.policy.checks import Checks

HOST_ID = 'update_guard:server:show:hostId'


def named(text, **others):
    found = Checks({HOST_ID: text, **others}).rules
    return callers.named(trees.leaves(found, HOST_ID))


def test_roles_and_credentials_are_named_through_references_and_not():
    found = named(
        "role:A or (not rule:x and 'BUILD':%(server.status)s) or @",
        x='role:b and user_id:u1 and project_id:%(project_id)s',
    )

    assert found == (['a', 'b'], [('user_id', 'u1')])


def test_each_further_role_is_a_caller_with_that_role_alone():
    found = dict(callers.one_by_one(named('role:support or user_id:u1')))

    assert list(found) == [
        *callers.KEYSTONE_ROLES,
        'support',
        'member, user_id:u1',
    ]
    assert found['support']['roles'] == ['support']
    assert found['member']['roles'] == ['member', 'reader']
    assert found['member, user_id:u1']['user_id'] == 'u1'


def test_a_credential_that_is_the_roles_names_a_role():
    found = dict(callers.one_by_one(named('roles:Support')))

    assert found['Support']['roles'] == ['Support']
