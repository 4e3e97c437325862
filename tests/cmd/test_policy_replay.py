"""``nova-update-guard policy replay``, as operators run it."""

import gzip
import json

import pytest

from tests.cmd.running import run
from tests.decisions import allowed, line, record, redacted

NAME = 'update_guard:server:update:name'
HOST = 'OS-EXT-SRV-ATTR:host'
TEXT = b'\n'.join([line(allowed(client='one')), line(allowed(client='two'))])


@pytest.fixture
def new(tmp_path):
    file = tmp_path / 'new.yaml'
    file.write_text(f'{NAME}: role:admin\n')
    return file


def replay(*arguments, stdin=TEXT, status=0):
    done = run('policy', 'replay', *arguments, stdin=stdin)
    assert done.returncode == status, done.stderr
    return (done.stderr if status else done.stdout).decode()


def test_rows_are_those_of_the_report_and_samples_are_weighed(new):
    row, other = json.loads(replay('--policy-file', new, '-f', 'json'))

    assert row == {
        'client': 'one',
        'field': 'name',
        'rule': NAME,
        'depends_on': None,
        'would_be_refused': 100,
        'cannot_be_told': 0,
        'would_be_allowed': 0,
        'would_be_shown': 0,
        'first': '2026-11-24T19:14:49Z',
        'last': '2026-11-24T19:14:49Z',
    }
    assert other['client'] == 'two'


@pytest.mark.parametrize('by', ['client', 'project', 'user', 'field'])
def test_records_are_counted_by_any_dimension(new, by):
    rows = json.loads(replay('--policy-file', new, '--by', by, '-f', 'json'))

    assert sum(row['would_be_refused'] for row in rows) == 200
    assert by in rows[0]


def test_compressed_files_and_selections_are_those_of_the_report(
    new, tmp_path
):
    file = tmp_path / 'records.gz'
    file.write_bytes(gzip.compress(TEXT))
    rows = json.loads(
        replay(file, '--client', 'one', '--policy-file', new, '-f', 'json')
    )

    assert [row['client'] for row in rows] == ['one']


def test_the_old_policy_tells_more(tmp_path, new):
    old = tmp_path / 'old.yaml'
    old.write_text(f'{NAME}: project_id:%(project_id)s\n')
    new.write_text(f'{NAME}: project_id:%(project_id)s # The same.\n')
    revision = run('check', '--policy-file', old).stdout.split()[-1].decode()
    text = line(allowed(revision=revision))
    arguments = ['--policy-file', new, '-f', 'json']

    assert len(json.loads(replay(*arguments, stdin=text))) == 1
    assert (
        json.loads(replay(*arguments, '--old-policy-file', old, stdin=text))
        == []
    )


def test_none_is_the_old_policy_where_there_was_none(new):
    """Else the configured one counts, which is the first policy by then."""
    revision = run('check').stdout.split()[-1].decode()
    new.write_text('update_guard:server:show:key_name: role:admin\n')
    text = line(redacted(HOST, revision=revision))
    arguments = ['--policy-file', new, '-f', 'json', '--old-policy-file']

    (row,) = json.loads(replay(*arguments, new, stdin=text))
    assert row['depends_on'] == 'the policy of that time'
    (row,) = json.loads(replay(*arguments, 'none', stdin=text))
    assert (row['field'], row['depends_on']) == ('key_name', 'the response')


def test_the_way_to_an_old_policy_is_told_once(new):
    new.write_text('update_guard:server:show:key_name: role:admin\n')
    text = 3 * (line(redacted(HOST, revision='0123456789ab')) + b'\n')

    done = run('policy', 'replay', '-', '--policy-file', new, stdin=text)

    (said,) = (
        each
        for each in done.stderr.decode().splitlines()
        if 'policy of that time' in each
    )
    assert 'Records of revision 0123456789ab depend on' in said
    assert 'name its file by --old-policy-file, or none' in said


def test_none_goes_with_the_constraints_that_are_configured(new, tmp_path):
    held = tmp_path / 'held.yaml'
    held.write_text(
        'name: [{schema: {maxLength: 9}, message: m, unless: rule:own}]\n'
    )
    new.write_text('own: role:own\n')

    said = replay(
        *('--policy-file', new, '--constraints-file', held),
        *('--old-policy-file', 'none'),
        status=2,
    )

    assert said.startswith(f'--old-policy-file none: {held}:1: ')
    assert 'refers to own, but there is no rule' in said


def test_page_and_json_have_the_words_of_the_replay(new, tmp_path):
    page, numbers = tmp_path / 'page.html', tmp_path / 'numbers.json'
    replay('--policy-file', new, '--html', page, '--json', numbers)
    found = json.loads(numbers.read_text())

    assert found['headline'] == (
        'Requests by the new policy: about 200 would be refused.'
    )
    assert found['totals']['as before'] == 0
    assert 'What would be decided otherwise' in page.read_text()


def test_nothing_otherwise_is_no_error(new):
    done = run(
        *('policy', 'replay', '--policy-file', new),
        stdin=line(record(mode='enforce', client='\x1b[31m')),
    )

    assert done.returncode == 0
    assert b'1 as before' in done.stderr


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        ([], 'Name the new policy by --policy-file'),
        (['--policy-file', 'nowhere.yaml'], 'nowhere.yaml'),
        (['no-file', '--policy-file', '{new}'], 'There is no file no-file'),
        (['-c', 'nope', '--policy-file', '{new}'], "no column 'nope'"),
        (['--old-policy-file', 'x', '--policy-file', '{new}'], 'x'),
    ],
)
def test_bad_arguments_are_told_before_anything_is_read(new, arguments, said):
    given = [text.format(new=new) for text in arguments]

    assert said in replay(*given, status=2)
