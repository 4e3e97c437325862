"""Names beside ids in ``nova-update-guard report`` and ``policy replay``."""

import csv
import io
import json
import subprocess
import sys

import pytest
import yaml

from tests.cmd.running import COMMAND, run
from tests.decisions import allowed, line, record

BOTH = ('--by', 'project', '--by', 'user')
TEXT = line(record())
HOSTILE = '\x1b[31m=1+1</th><script>\u202e' + 'x' * 300


@pytest.fixture
def listed(tmp_path):
    """Return a function that writes names as openstack prints them."""

    def listed(file='names.json', **names):
        path = tmp_path / file
        path.write_text(
            json.dumps(
                [{'ID': id_, 'Name': name} for id_, name in names.items()]
            )
        )
        return path

    return listed


def report(*arguments, stdin=TEXT, command=('report',)):
    done = run(*command, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done


def rows(*arguments, **given):
    return json.loads(report('-f', 'json', *arguments, **given).stdout)


def test_names_of_several_files_are_beside_the_ids(listed):
    projects, users = listed('p', p1='garden'), listed('u', u1='ada')
    (row,) = rows('--names', projects, '--names', users, *BOTH)

    assert list(row.items())[:4] == [
        ('project', 'p1'),
        ('project_name', 'garden'),
        ('user', 'u1'),
        ('user_name', 'ada'),
    ]


def test_without_the_option_there_is_no_column_of_names():
    (row,) = rows(*BOTH)

    assert not [name for name in row if name.endswith('_name')]


def test_a_later_file_overrides_an_earlier_one(listed):
    old, new = listed('old', p1='old'), listed('new', p1='new')

    (row,) = rows('--names', old, '--names', new, '--by', 'project')

    assert row['project_name'] == 'new'


def test_an_unknown_id_stays_an_id_and_is_counted(listed):
    done = report('-f', 'json', '--names', listed(p1='garden'), *BOTH)
    (row,) = json.loads(done.stdout)

    assert (row['user'], row['user_name']) == ('u1', None)
    assert b'The name of 1 user is not known.' in done.stderr


def test_a_replay_has_names_too(listed, tmp_path):
    policy = tmp_path / 'policy.yaml'
    policy.write_text('update_guard:server:update:name: role:admin\n')
    (row,) = rows(
        *('--policy-file', policy, '--names', listed(p1='garden')),
        *('--by', 'project'),
        stdin=line(allowed()),
        command=('policy', 'replay'),
    )

    assert row['project_name'] == 'garden'


def test_columns_of_names_can_be_chosen_and_sorted_by(listed):
    names = listed(p1='b', p2='a')
    text = b'\n'.join([TEXT, line(record(project_id='p2'))])
    options = ('-c', 'project_name', '--sort-column', 'project_name')

    found = rows('--names', names, '--by', 'project', *options, stdin=text)

    assert found == [{'project_name': 'a'}, {'project_name': 'b'}]


def test_all_numbers_and_the_page_have_names(listed, tmp_path):
    page, numbers = tmp_path / 'page.html', tmp_path / 'numbers.json'
    report(
        *('--names', listed(p1='garden', u1='ada')),
        *('--html', page, '--json', numbers),
    )
    (row,) = json.loads(numbers.read_text())['by']['project']

    assert row['project_name'] == 'garden'
    assert '<bdi class="beside">garden</bdi>' in page.read_text()
    assert '<bdi class="beside">ada</bdi>' in page.read_text()


@pytest.mark.parametrize('form', ['table', 'csv', 'value', 'yaml', 'json'])
def test_no_name_does_anything_to_a_terminal(listed, form):
    done = report('-f', form, '--names', listed(u1=HOSTILE), *BOTH)
    text = done.stdout.decode().replace('\n', '')

    assert text.isprintable()
    assert 'u1' in text


@pytest.mark.parametrize('form', ['json', 'yaml'])
def test_programs_read_names_as_they_are_but_for_their_length(listed, form):
    done = report('-f', form, '--names', listed(u1=HOSTILE), *BOTH)
    (row,) = yaml.safe_load(done.stdout)

    assert row['user_name'] == f'{HOSTILE[:254]}…'


def test_no_name_is_a_formula(listed):
    done = report('-f', 'csv', '--names', listed(u1='=1+1'), *BOTH)
    (row,) = csv.DictReader(io.StringIO(done.stdout.decode()))

    assert row['user_name'] == "'=1+1"


def test_names_come_from_a_pipe():
    done = subprocess.run(
        [
            *('bash', '-c'),
            f'{COMMAND} report -f json --by user --names '
            '<(echo \'[{"ID": "u1", "Name": "ada"}]\')',
        ],
        input=TEXT,
        capture_output=True,
        check=True,
    )

    assert json.loads(done.stdout)[0]['user_name'] == 'ada'


def test_names_that_nobody_would_see_are_noted(listed):
    done = report('--names', listed(p1='garden'))

    assert b'No names are printed, as there are no ids' in done.stderr
    assert b'--by project' in done.stderr


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('ID,Name\np1,garden\n', "is not what 'openstack project list -f"),
        ('{"p1": "garden"}', 'Expected `array`, got `object`'),
        ('[{"ID": "p1"}]', 'missing required field `Name`'),
        ('', "is not what 'openstack project list -f"),
    ],
)
def test_a_file_of_something_else_is_an_error(tmp_path, text, said):
    file = tmp_path / 'names'
    file.write_text(text)
    done = run('report', '--names', file, *BOTH, stdin=TEXT)

    assert (done.returncode, done.stdout) == (2, b'')
    assert said in done.stderr.decode()
    assert f'--names {file}' in done.stderr.decode()
    assert done.stderr.count(b'\n') == 1


@pytest.mark.parametrize(
    ('name', 'said'),
    [
        ('nowhere', '--names nowhere: No such file or directory'),
        ('/', '--names /: Is a directory'),
        ('/dev/zero', 'it is larger than 128 MiB'),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(name, said):
    done = run('report', '--names', name, stdin=TEXT)

    assert (done.returncode, done.stdout) == (2, b'')
    assert said in done.stderr.decode()


def without(module, *arguments):
    return subprocess.run(
        [
            *(sys.executable, '-c'),
            f'import sys; sys.modules[{module!r}] = None\n'
            'from nova_update_guard.cmd import main\nsys.exit(main.main())',
            *arguments,
        ],
        input=TEXT,
        capture_output=True,
        check=False,
    )


def test_a_missing_openstacksdk_is_an_error_that_says_what_to_install():
    done = without('openstack', 'report', '--os-cloud', 'prod', *BOTH)

    assert done.returncode == 2
    assert done.stderr == (
        b'--os-cloud needs openstack, which is not installed: pip '
        b"install 'openstacksdk>=4.0' 'platformdirs>=3.0' (the extra names)\n"
    )


def test_files_of_names_need_no_further_library(listed):
    names = str(listed(p1='garden'))
    done = without('openstack', 'report', '--names', names, *BOTH)

    assert done.returncode == 0, done.stderr
    assert b'garden' in done.stdout
