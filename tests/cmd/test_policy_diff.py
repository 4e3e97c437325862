"""``nova-update-guard policy diff`` compares two policies."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.cmd.running import run

RULE = 'update_guard:server:update:name'


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write files into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(**texts):
        for name, text in texts.items():
            Path(f'{name}.yaml').write_text(text)

    return write


def rows(*arguments):
    return json.loads(run('policy', 'diff', *arguments, '-f', 'json').stdout)


def status(*arguments):
    return run('policy', 'diff', *arguments).returncode


@pytest.fixture
def wider(write):
    write(
        old=f'# Before.\n{RULE}: role:a\n',
        new=f'{RULE}: rule:x\nx: role:a or project_id:%(project_id)s\n',
    )


@pytest.mark.usefixtures('wider')
def test_programs_get_the_caller_the_server_and_the_lines():
    (row,) = rows('old.yaml', 'new.yaml')

    assert (row['rule'], row['change']) == (RULE, 'wider')
    assert (row['depends_on'], row['roles']) == ([], [])
    assert row['credentials'].keys() == row['server'].keys() == {'project_id'}
    assert row['credentials'] == row['server']
    assert row['changed'] == [
        {
            'rule': RULE,
            'old': 'old.yaml:2',
            'old_check': 'role:a',
            'new': 'new.yaml:1',
            'new_check': 'rule:x',
        },
        {
            'rule': 'x',
            'old': None,
            'old_check': None,
            'new': 'new.yaml:2',
            'new_check': 'role:a or project_id:%(project_id)s',
        },
    ]


@pytest.mark.usefixtures('wider')
def test_people_get_a_table():
    done = run('policy', 'diff', 'old.yaml', 'new.yaml')
    shown = done.stdout.decode()

    assert re.search(rf'{RULE} +\| wider +\| no role, project_id=', shown)
    assert 'new.yaml:1, new.yaml:2' in shown
    assert '1 different rule;' in done.stderr.decode()


@pytest.mark.usefixtures('wider')
def test_the_exit_status_is_for_a_pipeline():
    assert status('old.yaml', 'new.yaml') == 0
    assert status('old.yaml', 'new.yaml', '--fail-on', 'wider') == 1
    assert status('old.yaml', 'new.yaml', '--fail-on', 'any') == 1
    assert status('old.yaml', 'new.yaml', '--fail-on', 'narrower') == 0
    assert status('new.yaml', 'old.yaml', '--fail-on', 'narrower') == 1


def test_what_may_be_wider_fails_as_well(write):
    write(old=f'{RULE}: "!"', new=f'{RULE}: http://x/')
    done = run('policy', 'diff', 'old.yaml', 'new.yaml', '--fail-on', 'wider')

    assert done.returncode == 1
    assert b'may be wider: depends on http://x/' in done.stdout


def test_no_difference_is_said_to_be_proved(write):
    write(old=f'{RULE}: role:a and role:b', new=f'{RULE}: role:b and role:a')
    done = run('policy', 'diff', 'old.yaml', 'new.yaml', '--fail-on', 'any')

    assert done.returncode == 0
    assert re.match(
        rb'No difference in \d+ rules: \d+ have the same check, 1 another '
        rb'one that is proved equal.',
        done.stderr,
    )


def test_a_value_that_is_not_there_is_shown(write):
    never = "'x':%(server.name)s or not 'x':%(server.name)s"
    key = "not 'x':%(server.metadata.k)s"
    write(
        old=f'{RULE}: {key} and not user_id:%(server.metadata.k)s',
        new=f'{RULE}: "{never}"',
        all=f'{RULE}: "@"',
        none=f'{RULE}: "{key} and user_id:%(server.metadata.k)s"',
        key=f'{RULE}: "{key}"',
    )

    assert rows('new.yaml', 'all.yaml')[0]['server'] == {'server.name': None}
    assert (
        b'server.name (not in the'
        in run('policy', 'diff', 'new.yaml', 'all.yaml').stdout
    )


def test_service_roles_are_credentials(write):
    write(old=f'{RULE}: "!"', new=f'{RULE}: service_roles:s')

    assert rows('old.yaml', 'new.yaml')[0]['credentials'] == {
        'service_roles': ['s']
    }


def test_an_escape_sequence_in_a_check_is_refused_and_escaped(write):
    write(old=f'{RULE}: "!"', odd=f'{RULE}: "role:\\u202eb"')
    done = run('policy', 'diff', 'old.yaml', 'odd.yaml')

    assert done.returncode == 2
    assert r'\u202e' in done.stderr.decode()


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('a: b: c\n', 'new.yaml:1: '),
        (f'# One.\n{RULE}: role:a and\n', f'new.yaml:2: {RULE}: '),
        ('', 'new.yaml: is empty'),
    ],
)
def test_a_broken_file_is_an_error_with_its_line(write, text, said):
    write(old=f'{RULE}: role:a\n', new=text)
    done = run('policy', 'diff', 'old.yaml', 'new.yaml', '--fail-on', 'any')

    assert done.returncode == 2
    assert said in done.stderr.decode()


@pytest.mark.usefixtures('wider')
def test_a_missing_file_is_an_error():
    done = run('policy', 'diff', 'old.yaml', 'nope.yaml')

    assert (done.returncode, done.stdout) == (2, b'')
    assert done.stderr == b'nope.yaml does not exist\n'


@pytest.mark.usefixtures('wider')
@pytest.mark.parametrize('seconds', ['0', '-1', 'nan', 'x', '1e9'])
def test_a_timeout_is_a_number_of_seconds(seconds):
    done = run('policy', 'diff', 'old.yaml', 'new.yaml', '--timeout', seconds)

    assert done.returncode == 2
    assert b'--timeout' in done.stderr


@pytest.mark.usefixtures('wider')
def test_an_undecided_rule_is_an_error_after_the_table(monkeypatch):
    from nova_update_guard.analysis import search

    monkeypatch.setattr(search.z3.Solver, 'check', lambda _: search.z3.unknown)
    done = run('policy', 'diff', 'old.yaml', 'new.yaml')

    assert done.returncode == 2
    assert b'not decided' in done.stdout
    assert b'1 rule not decided; try a longer' in done.stderr


@pytest.mark.usefixtures('wider')
def test_a_missing_solver_is_an_error_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'nova_update_guard.analysis.search', None)
    monkeypatch.delattr('nova_update_guard.analysis.search', raising=False)
    done = run('policy', 'diff', 'old.yaml', 'new.yaml')

    assert done.returncode == 2
    assert b'is not installed: pip install ' in done.stderr
    assert b"'z3-solver>=" in done.stderr


def test_a_credential_that_is_not_set_is_shown(write):
    write(
        old='# Nothing.',
        new=f'{RULE}: role:admin or role:member or project_id:None',
    )
    done = run('policy', 'diff', 'old.yaml', 'new.yaml', '-f', 'csv')

    assert 'project_id (not set)' in done.stdout.decode()


def test_the_secrets_of_a_service_are_not_shown(write):
    url = 'http://user:sesame@opa/v1?token=open'
    write(old=f'{RULE}: role:a', new=f'{RULE}: role:b or {url}')

    for formatter in ('table', 'csv', 'json'):
        done = run('policy', 'diff', 'old.yaml', 'new.yaml', '-f', formatter)
        assert b'http://***@opa/v1?***' in done.stdout
        assert b'sesame' not in done.stdout
        assert b'token=' not in done.stdout


def test_rules_of_declared_attributes_are_compared(write, tmp_path):
    rule = 'update_guard:server:show:RAX:zone'
    write(old=f'{rule}: "@"', new=f'{rule}: "!"')
    config = tmp_path / 'guard.conf'
    config.write_text('[update_guard]\nextra_attributes = RAX:zone\n')
    arguments = ('policy', 'diff', 'old.yaml', 'new.yaml', '-f', 'csv')

    assert run(*arguments).returncode == 2
    done = run(*arguments, '--config-file', config)
    assert f'"{rule}","narrower"' in done.stdout.decode()


def test_a_text_of_values_that_a_server_lacks_is_no_difference_of_its_own(
    write,
):
    text = 'role:%(server.name)s-%(server.metadata.k)s'
    write(old=f'{RULE}: not role:x', new=f'{RULE}: {text}')
    done = run('policy', 'diff', 'old.yaml', 'new.yaml', '-f', 'csv')

    assert done.returncode == 0
    assert f'"{RULE}","narrower"' in done.stdout.decode()
