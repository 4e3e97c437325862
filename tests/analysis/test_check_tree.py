"""The trees of rules: each leaf as the guard evaluates it."""

import pytest
from oslo_policy import _checks

from nova_update_guard.analysis import check_tree
from nova_update_guard.policy import callers
from tests.analysis import policy_explain
from tests.analysis.rules import loaded

SERVER = {
    'id': 's1',
    'tenant_id': 'p1',
    'user_id': 'u1',
    'status': 'ACTIVE',
    'metadata': {'class': 'gold'},
    'adminPass': 'sesame',
}
NAME = 'update_guard:server:update:name'


@pytest.fixture
def tree(tmp_path):
    def tree(text, roles=('reader',), server=SERVER, calls=False, **values):
        _, rules = loaded(tmp_path, f'{NAME}: "{text}"\n')
        creds = callers.credentials(roles, **values)
        return check_tree.rule_tree(rules, NAME, creds, server, calls)

    return tree


def shown(tree):
    return [(node.text, node.result, node.note) for _, node in tree.walk()]


def test_each_part_has_its_result_and_its_place(tree, tmp_path):
    found = tree('role:member or (rule:context_is_admin)')

    assert found.place == f'{tmp_path}/policy.yaml:1'
    assert shown(found)[1:] == [
        ('or', 'no', ''),
        ('role:member', 'no', ''),
        ('rule:context_is_admin', 'no', ''),
        ('role:admin', 'no', ''),
    ]
    assert [n.place for _, n in found.walk()][3] == 'default'


def test_parts_behind_the_one_that_decides_are_not_asked(tree):
    found = tree('role:reader or role:member and role:other')

    assert [part.result for part in found.parts[0].parts] == [
        'yes',
        'not asked',
    ]


@pytest.mark.parametrize(
    ('text', 'result', 'note'),
    [
        ('project_id:%(project_id)s', 'no', "'a-project' is not 'p1'"),
        ("'gold':%(server.metadata.class)s", 'yes', "'gold' is 'gold'"),
        ("'x':%(server.metadata.none)s", 'no', 'the server has no server'),
        ('domain_id:d1', 'no', "None is not 'd1'"),
        ('roles:reader', 'yes', "['reader'] has 'reader'"),
        ('role:%(server.status)s', 'no', "role 'ACTIVE'"),
    ],
)
def test_the_compared_values_are_said(tree, text, result, note):
    leaf = tree(text).parts[0]

    assert leaf.result == result
    assert leaf.note.startswith(note)


def test_a_secret_is_compared_but_not_said(tree):
    found = tree("'sesame':%(server.adminPass)s")

    assert found.result == 'yes'
    assert "'sesame' is '(secret)'" in found.parts[0].note


def test_a_value_that_the_document_lacks_makes_the_whole_rule_deny(tree):
    found = tree("not 'x':%(server.host_status)s")

    assert found.result == 'no'
    assert 'the rule denies' in found.note
    (leaf,) = found.parts[0].parts
    assert (leaf.result, leaf.note) == (
        'fails',
        'the server document has no server.host_status',
    )


def test_without_a_server_a_leaf_depends_on_it(tree):
    found = tree('project_id:%(project_id)s or role:reader', server=None)
    assert found.result == 'yes'

    found = tree('project_id:%(project_id)s or role:member', server=None)
    assert found.result == 'depends'
    assert [part.result for part in found.parts[0].parts] == ['no', 'depends']


def test_a_plug_in_is_called_only_when_told_to(tree, monkeypatch):
    policy_explain.register_plug_ins()
    monkeypatch.setattr(
        _checks, 'registered_checks', _checks.registered_checks.copy()
    )

    assert tree('status_plug_in:ACTIVE').result == 'not called'
    assert tree('status_plug_in:ACTIVE', calls=True).result == 'yes'
    broken = tree('not broken_plug_in:x', calls=True)
    assert broken.result == 'no'
    assert broken.parts[0].parts[0].note == 'RuntimeError'


def test_no_service_is_called_and_no_secret_of_its_url_is_said(tree):
    found = tree('https://user:sesame@127.0.0.1:1/x?key=open')

    assert found.result == 'not called'
    assert found.parts[0].text == 'https://***@127.0.0.1:1/x?***'


def test_what_a_service_would_say_does_not_matter_where_it_is_not_reached(
    tree,
):
    assert tree('role:reader or https://127.0.0.1:1').result == 'yes'
    without = tree('role:reader or https://127.0.0.1:1', server=None)
    assert without.result == 'depends'
