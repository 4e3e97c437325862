"""The matrix of callers and rules."""

from nova_update_guard.analysis import matrix as matrices
from nova_update_guard.analysis import matrix_page
from nova_update_guard.analysis.matrix import joined, matrix, phrase
from nova_update_guard.layers import constraints
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules

UPDATE = 'update_guard:server:update:'
NAME = f'{UPDATE}name'
HOST = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'
OWN = 'project_id:%(project_id)s'


def rules(constrained=None, **texts):
    found = constraints.parse(constrained)
    texts |= {each.rule: each.unless for each in found}
    return Rules(Checks(texts), 'r1', found)


def cells(found, rule):
    """Return the results of *rule*, by caller."""
    place = [column.rule for column in found.columns].index(rule)
    return {line.caller: line.cells[place].result for line in found.lines}


def test_a_cell_is_yes_no_or_what_the_result_depends_on():
    found = matrix(rules(**{NAME: f'role:admin or role:member and {OWN}'}))

    assert cells(found, NAME) == {
        'admin': 'yes',
        'manager': 'if project_id',
        'member': 'if project_id',
        'reader': 'no',
        'service': 'no',
    }


def test_a_service_is_asked_only_for_callers_that_need_it():
    text = 'role:admin or https://u:secret@opa:8181/v1?token=t'
    found = matrix(rules(**{NAME: text}))

    assert cells(found, NAME)['admin'] == 'yes'
    assert cells(found, NAME)['reader'] == 'asks https://opa:8181'
    page = matrix_page.render(found, 'r1', [])
    assert 'secret' not in page
    assert 'token=' not in page


def test_roles_and_credentials_of_any_shown_rule_are_callers():
    found = matrix(rules(**{NAME: 'role:Ops', HOST: 'system_scope:all'}))

    assert cells(found, NAME)['ops'] == 'yes'
    assert cells(found, HOST)['member, system_scope:all'] == 'yes'
    assert cells(found, HOST)['member'] == 'no'


def test_sections_are_chosen():
    sections = {
        name: {column.section for column in matrix(rules(), name).columns}
        for name in matrices.SECTIONS
    }

    assert sections == {
        'update': {matrices.UPDATE},
        'show': {matrices.SHOW},
        'all': {matrices.UPDATE, matrices.SHOW},
    }


def test_a_constraint_is_a_rule_with_its_message():
    found = matrix(
        rules(
            {
                'hostname': [
                    {
                        'schema': {'maxLength': 9},
                        'message': 'too long',
                        'unless': 'role:support',
                    }
                ]
            }
        ),
        'update',
    )
    *_, column = found.columns

    assert column.name == 'hostname 1: too long'
    assert cells(found, column.rule)['support'] == 'yes'
    assert cells(found, column.rule)['admin'] == 'no'


def test_rules_with_equal_cells_share_a_row():
    found = matrix(rules(**{NAME: 'role:reader'}), 'update')
    rows = [(name, [c.result for c in row]) for _, name, row in joined(found)]

    assert rows == [
        ('the other 6 fields', ['yes', 'yes', 'yes', 'no', 'no']),
        ('name', ['yes', 'yes', 'yes', 'yes', 'no']),
    ]


def test_one_row_for_all():
    texts = {column.rule: '@' for column in matrix(rules(), 'update').columns}
    found = matrix(rules(**texts), 'update')

    assert [name for _, name, _ in joined(found)] == ['all 7 fields']


def test_the_shorter_list_is_said():
    names = [('a', True), ('b', True), ('c', False)]

    assert phrase(names, 'field') == 'all 3 fields but c'
    assert phrase(names[1:], 'field') == 'b'
    assert phrase(names[:2], 'field') == 'all 2 fields'
    assert phrase(names[2:], 'field') == 'nothing'


def test_the_headline_says_what_members_change_and_readers_see():
    found = matrix(rules(**{NAME: OWN, HOST: '@'}))

    assert matrices.headline(found).startswith(
        'A member may change 6 of 7 fields, and 1 more of some servers, and '
        'a reader may see '
    )
