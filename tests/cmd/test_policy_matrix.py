"""``nova-update-guard policy matrix``, as operators run it."""

import csv
import io
import json

import pytest

from tests.cmd.running import run

NAME = 'update_guard:server:update:name'
HOST = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'


@pytest.fixture
def matrix(tmp_path):
    """Return a function that shows the matrix of a policy."""

    def matrix(policy, *arguments, status=0):
        file = tmp_path / 'new.yaml'
        file.write_text(policy)
        done = run('policy', 'matrix', '--policy-file', file, *arguments)
        assert done.returncode == status, done.stderr
        return (done.stderr if status else done.stdout).decode()

    return matrix


def test_programs_get_callers_down_and_rules_across(matrix):
    text = matrix(f'{NAME}: role:support\n', '-f', 'json')
    found = {row.pop('caller'): row for row in json.loads(text)}

    assert [*found] == [
        *('admin', 'manager', 'member', 'reader', 'service', 'support'),
    ]
    assert found['support'][NAME] == 'yes'
    assert found['member'][NAME] == 'no'
    assert found['admin'][HOST] == 'yes'


def test_people_get_rules_down_and_equal_ones_in_one_row(matrix):
    text = matrix(f'{NAME}: role:reader\n', '--what', 'update')
    lines = [
        [cell.strip() for cell in line.split('|')[1:-1]]
        for line in text.splitlines()
        if line.startswith('|')
    ]

    assert lines == [
        ['may', 'what', *('admin', 'manager', 'member', 'reader', 'service')],
        ['change', 'the other 6 fields', 'yes', 'yes', 'yes', 'no', 'no'],
        ['change', 'name', 'yes', 'yes', 'yes', 'yes', 'no'],
    ]


def test_a_table_of_the_defaults_does_not_wrap(matrix):
    lines = matrix('# The defaults.\n').splitlines()

    assert max(map(len, lines)) <= 160
    assert len(lines) < 40


def test_a_role_may_have_any_name(matrix):
    policy = f'{NAME}: "role:may or role:=1+1 or role:<b> or role:日本"\n'
    assert 'role may' in matrix(policy)

    rows = csv.reader(io.StringIO(matrix(policy, '-f', 'csv')))
    names = [row[0] for row in rows]
    assert "'=1+1" in names
    assert '=1+1' not in names

    found = json.loads(matrix(policy, '-f', 'json'))
    assert {'<b>', '日本'} <= {row['caller'] for row in found}


@pytest.mark.parametrize(
    ('arguments', 'unknown', 'near', 'known'),
    [
        (['-f', 'csv', '-c', 'caller', '-c', 'nope'], 'nope', '', NAME),
        (['-f', 'json', '-c', 'caler'], 'caler', 'caller', NAME),
        (['-c', 'what', '-c', 'membr'], 'membr', 'member', 'reader'),
        (['--sort-column', 'nope'], 'nope', '', 'reader'),
    ],
)
def test_a_column_that_there_is_not_is_an_error(
    matrix, arguments, unknown, near, known, tmp_path
):
    page = tmp_path / 'page.html'
    arguments = [*arguments, '--html', page]
    said = matrix(f'{NAME}: role:reader\n', *arguments, status=2)

    hint = f' (did you mean {near!r}?)' if near else ''
    assert said.startswith(f'There is no column {unknown!r}{hint}; there are ')
    assert known in said
    assert not page.exists()


@pytest.mark.parametrize('name', ['Member', 'ROLE_MAY', 'role may'])
def test_the_name_of_a_column_is_as_lenient_as_in_other_commands(matrix, name):
    text = matrix(f'{NAME}: "role:may"\n', '-c', 'what', '-c', name)

    assert text.splitlines()[1].count('|') == 3


def test_a_broken_policy_is_refused_with_its_line(matrix, tmp_path):
    said = matrix(f'\n{NAME}: rule:nope\n', status=2)

    assert said.strip().count('\n') == 0
    assert f'{tmp_path}/new.yaml:2: ' in said


def test_a_page_in_a_folder_that_is_missing_is_named_as_it_was_given(
    matrix, tmp_path
):
    page = tmp_path / 'none' / 'x.html'
    said = matrix('# The defaults.\n', '--html', str(page), status=2)

    assert said == f'{page}: there is no folder {page.parent}\n'
