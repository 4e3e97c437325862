"""``nova-update-guard report``, as operators run it."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cmd.running import COMMAND, program, run
from tests.decisions import RULE, allowed, further, line, record, redacted

PREFIX = b'2026-11-24 19:14:49.1 7 INFO nova_update_guard.decisions [req-1] '
FIRST = record(client='one', time='2026-11-24T10:00:00Z')
SECOND = record(client='two', time='2026-11-25T10:00:00Z', project_id='p2')
TEXT = b'\n'.join([line(FIRST), line(SECOND), line(allowed())]) + b'\n'
HOSTILE = [
    '\x1b[31mred\x1b[0m\x07',
    '\x9b2J',
    'two\nlines',
    '\u202egnp.exe',
    'a\0b',
]
FORMULAS = ['=1+1', '+1', '-1', '@SUM(1)', "\t=cmd|'x'!A0", '\uff1d1']


def report(*arguments, stdin=b''):
    """Return the output of a report that succeeds."""
    done = run('report', *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def rows(*arguments, stdin=b''):
    return json.loads(report('-f', 'json', *arguments, stdin=stdin))


def refused(*arguments):
    """Return the one line of the error."""
    done = run(*arguments)
    *usage, said = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert len(usage) <= 1
    assert done.stdout == b''
    return said


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'records'
    path.write_bytes(TEXT)
    return path


def clients(*arguments, stdin=b''):
    found = rows('--by', 'client', *arguments, stdin=stdin)
    return sorted(row['client'] for row in found)


def test_a_row_has_client_field_rule_count_and_times(file):
    row = {
        'client': 'one',
        'field': 'name',
        'rule': RULE,
        'refused': 0,
        'would_be_refused': 1,
        'redacted': 0,
        'would_be_redacted': 0,
        'first': '2026-11-24T10:00:00Z',
        'last': '2026-11-24T10:00:00Z',
    }

    assert rows(file)[0] == row


def test_the_totals_are_printed_beside_the_rows(file):
    done = run('report', file)

    assert b'about 102 requests, about 100 allowed' in done.stderr
    assert b'2 would be refused' in done.stderr


def test_without_a_file_the_standard_input_is_read(file):
    assert clients(stdin=TEXT) == clients('-', stdin=TEXT) == clients(file)


def test_files_are_read_together(file, tmp_path):
    other = tmp_path / 'other.gz'
    other.write_bytes(gzip.compress(line(record(client='three'))))
    piped = line(record(client='four'))

    found = clients(file, '-', other, stdin=piped)

    assert found == ['four', 'one', 'three', 'two']


def test_gzip_is_read_from_a_pipe_and_by_any_name(tmp_path):
    path = tmp_path / 'records.txt'
    path.write_bytes(gzip.compress(TEXT) + gzip.compress(TEXT))

    assert clients(path) == ['one', 'two']
    assert clients(stdin=path.read_bytes()) == ['one', 'two']


def test_a_pipe_with_a_name_is_read_once():
    done = subprocess.run(
        ['bash', '-c', f'{COMMAND} report -f csv --by client <(cat)'],
        input=TEXT,
        capture_output=True,
        check=True,
    )

    assert b'"one"' in done.stdout


def test_records_are_found_in_a_log_and_its_other_lines_counted():
    log = PREFIX + TEXT.replace(b'\n', b'\nother line\n' + PREFIX)
    done = run('report', '--by', 'client', '-f', 'json', stdin=log)

    assert len(json.loads(done.stdout)) == 2
    assert b'4 lines of the log' in done.stderr


def test_damaged_lines_are_counted_apart():
    done = run('report', stdin=TEXT + b'{"time": "2026\n' + TEXT[:30])

    assert done.returncode == 0
    assert b'2 damaged records' in done.stderr


def test_torn_gzip_is_named_and_the_records_before_it_count(tmp_path):
    path = tmp_path / 'torn'
    path.write_bytes(gzip.compress(TEXT)[:-3])
    done = run('report', '--by', 'client', '-f', 'json', path)

    assert len(json.loads(done.stdout)) == 2
    assert f'{path} is damaged or truncated'.encode() in done.stderr


def test_of_nothing_there_is_an_empty_report(tmp_path):
    empty = tmp_path / 'empty'
    empty.touch()

    assert rows(empty) == []
    assert report(empty) == '\n'


def test_quiet_prints_only_errors(file):
    assert run('-q', 'report', file).stderr.splitlines() == [
        b'Some requests are recorded only as a sample; their counts are '
        b'estimates.'
    ]


def test_refusals_come_before_redactions(file):
    more = [redacted('hostId', client='many')] * 9
    lines_ = b'\n'.join(map(line, more))

    found = rows('--by', 'client', file, '-', stdin=lines_)

    assert [row['client'] for row in found] == ['one', 'two', 'many']


def test_a_redaction_is_a_row_for_each_attribute_with_its_rule():
    found = rows(stdin=line(redacted('hostId', 'fault.details')))

    assert [(row['field'], row['rule'], row['redacted']) for row in found] == [
        ('fault.details', 'update_guard:server:show:fault.details', 1),
        ('hostId', 'update_guard:server:show:hostId', 1),
    ]


def test_further_findings_are_rows_too():
    found = rows('--by', 'layer', stdin=line(record(also=[further()])))

    assert {row['layer']: row['would_be_refused'] for row in found} == {
        'field_policy': 1,
        'one_parameter': 1,
    }


@pytest.mark.parametrize(
    ('name', 'values'),
    [
        ('project', ['p1', 'p2']),
        ('day', ['2026-11-24', '2026-11-25']),
        ('hour', ['2026-11-24T10:00:00Z', '2026-11-25T10:00:00Z']),
        ('microversion', ['2.104']),
        ('revision', ['0a1b2c3d4e5f']),
        ('operation', ['update']),
        ('layer', ['field_policy']),
    ],
)
def test_rows_are_grouped_by_the_given_dimension(file, name, values):
    assert sorted(row[name] for row in rows('--by', name, file)) == values


def test_by_can_be_repeated_and_gives_the_order_of_columns(file):
    found = rows('--by', 'project', '--by', 'client', file)

    assert list(found[0])[:3] == ['project', 'client', 'refused']


@pytest.mark.parametrize(
    ('options', 'found'),
    [
        (['--since', '2026-11-25'], ['two']),
        (['--since', '2026-11-24T11:00+02:00'], ['one', 'two']),
        (['--until', '2026-11-25'], ['one']),
        (['--project', 'p2'], ['two']),
        (['--user', 'u1'], ['one', 'two']),
        (['--user', 'u'], []),
        (['--client', 'tw'], ['two']),
    ],
)
def test_only_selected_records_count(file, options, found):
    assert clients(*options, file) == found


def test_rows_come_in_every_format_of_openstack_commands(file):
    options = ['--by', 'client', '-c', 'client', '-c', 'would_be_refused']
    row = ['one', 1]

    assert rows(*options, file)[0] == dict(
        zip(['client', 'would_be_refused'], row, strict=True)
    )
    assert yaml.safe_load(report('-f', 'yaml', *options, file))[0] == {
        'client': 'one',
        'would_be_refused': 1,
    }
    assert report('-f', 'value', *options, file).splitlines()[0] == 'one 1'
    assert '| one    |                1 |' in report(*options, file)
    table = csv.reader(io.StringIO(report('-f', 'csv', *options, file)))
    assert list(table)[1] == ['one', '1']


@pytest.mark.parametrize('name', ['would be refused', 'Would_Be_Refused'])
@pytest.mark.parametrize('form', ['table', 'json'])
def test_a_column_is_known_by_its_name_with_and_without_spaces(
    file, name, form
):
    assert '1' in report('-f', form, '-c', name, file)


def test_rows_can_be_sorted_by_a_column(file):
    found = rows(
        '--by', 'client', '--sort-column', 'last', '--sort-descending', file
    )

    assert [row['client'] for row in found] == ['two', 'one']


@pytest.mark.parametrize('form', ['table', 'csv', 'value', 'yaml', 'json'])
def test_nothing_that_a_terminal_obeys_is_written(form):
    lines_ = b'\n'.join(line(record(client=name)) for name in HOSTILE)
    done = run('report', '-f', form, '--by', 'client', stdin=lines_)

    assert done.returncode == 0
    text = done.stdout.decode().replace('\n', '')
    assert text.isprintable()
    assert 'red' in text


@pytest.mark.parametrize('form', ['json', 'yaml'])
def test_programs_read_names_as_they_are(form):
    lines_ = b'\n'.join(line(record(client=name)) for name in HOSTILE)
    text = report('-f', form, '--by', 'client', stdin=lines_)
    found = json.loads(text) if form == 'json' else yaml.safe_load(text)

    assert sorted(row['client'] for row in found) == sorted(HOSTILE)


def test_no_cell_of_csv_is_a_formula():
    lines_ = b'\n'.join(line(record(client=name)) for name in FORMULAS)
    text = report('-f', 'csv', '--by', 'client', stdin=lines_)
    _, *found = csv.reader(io.StringIO(text))

    assert len(found) == len(FORMULAS)
    for client, *_ in found:
        assert client[0] in ("'", '\\')


def test_characters_that_an_encoding_lacks_are_spelt_out():
    done = program(
        'report',
        stdin=line(record(client='\u00fcber')),
        env={**os.environ, 'PYTHONIOENCODING': 'ascii'},
    )

    assert done.returncode == 0
    assert rb'\xfcber' in done.stdout


@pytest.mark.parametrize('option', ['--html', '--json'])
def test_a_report_file_is_whole_and_the_only_one(file, option):
    page = file.with_name('page')
    page.write_text('as it was')
    report(option, page, file)

    assert page.read_text().endswith(
        '</html>\n' if option == '--html' else '}\n'
    )
    assert sorted(file.parent.iterdir()) == sorted([file, page])


def test_a_page_replaces_the_target_of_a_link(file):
    page, link = file.with_name('page'), file.with_name('link')
    link.symlink_to(page)
    report('--html', link, file)

    assert link.is_symlink()
    assert page.stat().st_size


def test_a_page_has_the_mode_of_any_new_file(file):
    page = file.with_name('page')
    script = f'umask 027; {COMMAND} report --html "$0" "$1"'
    subprocess.run(
        ['bash', '-c', script, page, file],
        capture_output=True,
        check=True,
    )

    assert page.stat().st_mode & 0o777 == 0o640


def test_json_of_all_has_the_same_numbers(file):
    every = file.with_name('json')
    found = rows('--by', 'client', '--json', every, file)
    data = json.loads(every.read_text())

    assert data['by']['client'] == found
    assert data['totals']['would_be_refused'] == 2
    assert data['estimates'] == ['allowed', 'requests']


@pytest.mark.parametrize('option', ['--html', '--json'])
def test_a_failed_report_leaves_the_page_unchanged(file, option):
    page = file.with_name('page')
    page.write_text('as it was')
    said = refused('report', option, page, file, file.parent)

    assert 'is a folder' in said
    assert page.read_text() == 'as it was'
    assert sorted(file.parent.iterdir()) == sorted([file, page])


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['report', 'missing'], 'There is no file missing'),
        (['report', '/'], '/ is a folder; name the files in it'),
        (['report', '--since', 'now'], "'now' is not a date or time"),
        (['report', '--until', 'now'], "'now' is not a date or time"),
        (['report', '--by', 'colour'], "invalid choice: 'colour'"),
        (['report', '--nothing'], 'unrecognized arguments: --nothing'),
        (['report', '-c', 'colour'], "There is no column 'colour'"),
        (
            ['report', '-c', 'client', '-c', 'user_name'],
            'Names come by --os-cloud NAME or --names FILE: add one of them, '
            'and --by user',
        ),
        (
            ['report', '--by', 'project', '-c', 'Project_name'],
            'Names come by --os-cloud NAME or --names FILE: add one of them, '
            'and --by project',
        ),
        (['report', '--sort-column', 'x'], "There is no column 'x'"),
        (['report', '--html', '/no/page'], '/no/'),
        (['report', '--html', '/dev/null'], '/dev/null is not a regular file'),
        (['report', '--json', '/'], '/ is not a regular file'),
    ],
)
def test_an_error_is_one_line_with_the_remedy(arguments, said):
    assert said in refused(*arguments)


@pytest.fixture(params=['', '1'], ids=['buffered', 'unbuffered'])
def environ(request):
    """As a shell has it, and as many a container has it."""
    return os.environ | {'PYTHONUNBUFFERED': request.param}


@pytest.mark.parametrize('count', [1, 3000])
def test_a_closed_pipe_is_no_error(tmp_path, environ, count):
    ours, theirs = os.pipe()
    os.close(ours)
    path = tmp_path / 'records'
    path.write_bytes(
        b'\n'.join(line(record(client=f'{n}')) for n in range(count))
    )
    done = subprocess.run(
        [COMMAND, '-q', 'report', path],
        env=environ,
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)

    assert (done.returncode, done.stderr) == (141, b'')


def test_a_full_disk_is_an_error_of_one_line(file, environ):
    with Path('/dev/full').open('wb') as full:
        done = subprocess.run(
            [COMMAND, '-q', 'report', '--project', 'p2', file],
            env=environ,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 2
    *_, said = done.stderr.splitlines()
    assert b'No space left' in said
    assert done.stderr.count(b'No space left') == 1


def test_without_a_command_the_commands_are_listed():
    done = run()

    assert done.returncode == 2
    assert b'\n  report  ' in done.stdout


@pytest.mark.parametrize(
    'arguments', [['report', '--help'], ['help', 'report']]
)
def test_help_of_a_command_is_about_the_command(arguments):
    assert b'--by ' in run(*arguments).stdout


def test_a_command_that_is_not_there_is_refused_with_one_that_is():
    done = run('repport')

    assert done.returncode == 2
    assert b'Did you mean one of these?\n  report' in done.stdout


def test_a_report_does_not_read_from_a_terminal():
    ours, theirs = os.openpty()
    done = subprocess.run(
        [COMMAND, 'report'], stdin=theirs, capture_output=True, check=False
    )
    os.close(ours)
    os.close(theirs)

    assert done.returncode == 2
    assert b'name files' in done.stderr


# What each size needs at most, of one process alone.
MEMORY = """
import os, sys
code = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])
import resource
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_ten_times_as_many_users_need_no_more_memory(tmp_path):
    needed = []
    for count in (11_000, 110_000):
        path = tmp_path / f'{count}'
        with path.open('wb') as file:
            for number in range(count):
                unlike = b'"user_id": "%032x"' % number
                text = line(FIRST).replace(b'"user_id": "u1"', unlike)
                file.write(text + b'\n')
        options = ['--by', 'user', '-f', 'csv', '--html', tmp_path / 'page']
        done = subprocess.run(
            [sys.executable, '-c', MEMORY, COMMAND, 'report', *options, path],
            capture_output=True,
            check=True,
        )
        code, kilobytes = map(int, done.stdout.splitlines()[-1].split())
        assert code == 0
        assert b'too many groups by user' in done.stderr
        needed.append(kilobytes)

    assert needed[1] < needed[0] * 1.2


def test_the_filter_loads_nothing_of_the_report():
    requested = """
import sys
import nova_update_guard.deploy
print(*sys.modules)
"""
    loaded = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', requested],
        capture_output=True,
        check=True,
    ).stdout.split()

    for name in (b'cliff', b'jinja2', b'tqdm', b'nova_update_guard.report'):
        assert name not in loaded


@pytest.mark.parametrize('option', ['--user', '--project'])
def test_a_name_in_the_place_of_an_id_is_told(file, option):
    done = run('report', file, option, 'member')

    assert done.returncode == 0
    assert b'--user and --project take an id, not a name' in done.stderr


def test_where_a_user_is_found_nothing_is_told(file):
    done = run('report', file, '--user', 'u1')

    assert b'take an id' not in done.stderr
    assert b'take an id' not in run('report', file, '--client', 'x').stderr


def test_the_record_of_one_request_is_found_by_its_id():
    text = line(FIRST) + b'\n' + line(SECOND | {'request_id': 'req-2'})

    assert clients('--request-id', 'req-2', stdin=text) == ['two']


def test_what_nova_refused_itself_is_a_note():
    done = run('report', stdin=line(FIRST | {'status': 404}))

    assert b'0 would be refused' in done.stderr
    assert b'nova itself refused 1 request that the guard would' in done.stderr
