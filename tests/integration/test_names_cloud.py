"""``nova-update-guard report --os-cloud`` asks the cloud's real keystone."""

import http.server
import json
import os
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from nova_update_guard.cmd import keystone_names
from nova_update_guard.cmd.names_cache import MAX_AGE_SECONDS
from nova_update_guard.report.cells import printable
from nova_update_guard.report.names import listed
from tests.cloud import clouds
from tests.cloud.identity import Identity
from tests.cloud.people import ADMIN, MEMBER, STRANGER
from tests.cloud.ports import HOST
from tests.cloud.processes import surroundings
from tests.cmd.running import COMMAND, program
from tests.decisions import allowed, line, record
from tests.docs import pages

BY = ('-f', 'json', '--by', 'project', '--by', 'user')
UNKNOWN = 'f' * 32
HOSTILE = '<img src=x>\x1b[31m\u202e'


class Report:
    """Reports with names, as an operator with a home of their own."""

    def __init__(self, cloud, home):
        self.cloud = cloud
        self.clouds = home / 'clouds.yaml'
        self.clouds.write_text(clouds.yaml_of(cloud))
        self.cache = home / 'cache'
        # The SDK looks in the home and in the working directory, too.
        self.home = home

    def __call__(self, *arguments, person=ADMIN, records=None, status=0):
        command = arguments or ('report', *BY)
        done = program(
            *(*command, '--os-cloud', person.name),
            stdin=records or self.record(),
            cwd=self.home,
            env=self.environ,
        )
        assert done.returncode == status, done.stderr
        return done

    @property
    def environ(self):
        return surroundings(
            OS_CLIENT_CONFIG_FILE=str(self.clouds),
            XDG_CACHE_HOME=str(self.cache),
            HOME=str(self.home),
        )

    def record(self, person=MEMBER, **changed):
        token = self.cloud.token(person)
        ids = {'project_id': token.project_id, 'user_id': token.user_id}
        return line(record(**{**ids, **changed}))

    def kept(self):
        """Return the files of names."""
        return [*self.cache.glob('nova-update-guard/*')]

    def change(self, old, new):
        """Replace what clouds.yaml says."""
        text = self.clouds.read_text()
        assert old in text
        self.clouds.write_text(text.replace(old, new))


@pytest.fixture
def report(running_cloud, tmp_path):
    return Report(running_cloud, tmp_path)


def names(done):
    return [
        (row['project_name'], row['user_name'])
        for row in json.loads(done.stdout)
    ]


def ids_alone(done, report):
    """Say whether the rows are those of a report whose names are unknown."""
    (row,) = json.loads(done.stdout)
    token = report.cloud.token(MEMBER)
    return (row['project'], row['user']) == (
        token.project_id,
        token.user_id,
    ) and (row['project_name'], row['user_name']) == (None, None)


@contextmanager
def serving(handler):
    with http.server.HTTPServer((HOST, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f'http://{HOST}:{server.server_port}/v3'
        server.shutdown()
        thread.join()


def test_names_of_keystone_are_beside_their_ids(report):
    done = report(
        records=b'\n'.join([report.record(), report.record(STRANGER)])
    )

    assert sorted(names(done)) == [
        ('garden', 'member'),
        ('harbour', 'stranger'),
    ]
    assert b'not known' not in done.stderr


def test_a_replay_has_the_names_of_keystone(report):
    policy = report.home / 'policy.yaml'
    policy.write_text('update_guard:server:update:name: role:admin\n')
    token = report.cloud.token(MEMBER)
    ids = {'project_id': token.project_id, 'user_id': token.user_id}
    done = report(
        *('policy', 'replay', '--policy-file', policy, *BY),
        records=line(allowed(**ids)),
    )

    assert names(done) == [('garden', 'member')]


def test_an_id_that_keystone_does_not_know_stays_an_id(report):
    done = report(records=report.record(user_id=UNKNOWN))
    (row,) = json.loads(done.stdout)

    assert (row['user'], row['user_name']) == (UNKNOWN, None)
    assert b'The name of 1 user is not known.' in done.stderr


def test_a_file_overrides_keystone(report):
    file = report.home / 'names.json'
    project = report.cloud.token(MEMBER).project_id
    file.write_text(json.dumps([{'ID': project, 'Name': 'ours'}]))

    done = report('report', *BY, '--names', file)

    assert names(done) == [('ours', 'member')]


def test_a_hostile_name_of_keystone_is_plain_text(report):
    keystone = Identity(
        report.cloud.keystone_url, report.cloud.token(ADMIN).id
    )
    project = keystone._create('project', name=HOSTILE)
    page = report.home / 'page.html'
    report(
        *('report', '--html', page),
        records=report.record(project_id=project),
    )

    shown = printable(HOSTILE).replace('<', '&lt;').replace('>', '&gt;')
    assert f'<bdi class="beside">{shown}</bdi>' in page.read_text()
    keystone._send('DELETE', f'projects/{project}')


def test_an_account_that_may_not_list_leaves_the_ids(report):
    done = report(person=MEMBER)

    assert ids_alone(done, report)
    for kind in (b'projects', b'users'):
        assert b'The %b have no names: the account of cloud member' % kind in (
            done.stderr
        )
    assert report.kept() == []


@pytest.mark.parametrize('change', ['password', 'project'])
def test_an_account_that_keystone_refuses_leaves_the_ids(report, change):
    old = {'password': ADMIN.password, 'project': 'project_name: admin'}
    report.change(old[change], f'{old[change]}-not')
    done = report()

    assert ids_alone(done, report)
    assert b'keystone of cloud admin could not be asked' in done.stderr
    assert b'401' in done.stderr
    assert ADMIN.password.encode() not in done.stderr


def test_a_keystone_that_is_down_leaves_the_ids(report):
    with socket.socket() as free:
        free.bind((HOST, 0))
        # Bound, and not listening: connections are refused.
        url = f'http://{HOST}:{free.getsockname()[1]}/v3'
        report.change(report.cloud.keystone_url, url)
        done = report()

    assert ids_alone(done, report)
    said = b'keystone of cloud admin could not be asked'
    assert done.stderr.count(said) == 1


def test_a_keystone_that_is_silent_leaves_the_ids_after_the_timeout(report):
    with socket.create_server((HOST, 0)) as silent:
        url = f'http://{HOST}:{silent.getsockname()[1]}/v3'
        report.change(report.cloud.keystone_url, url)
        report.change('    region_name', '    api_timeout: 1\n    region_name')
        began = time.monotonic()
        done = report()

    assert ids_alone(done, report)
    assert b'keystone of cloud admin could not be asked' in done.stderr
    assert time.monotonic() - began < 30


# openstacksdk says so of itself, wherever Python shows such warnings.
@pytest.mark.filterwarnings('ignore:Support for InfluxDB')
@pytest.mark.parametrize(
    ('line', 'seconds'), [('', 30), ('    api_timeout: 7\n', 7)]
)
def test_no_request_waits_for_ever(report, monkeypatch, line, seconds):
    report.change('    region_name', f'{line}    region_name')
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(report.clouds))

    assert keystone_names._region('admin').config['api_timeout'] == seconds


class _Page(http.server.BaseHTTPRequestHandler):
    """Any web server: 200 and HTML, whatever is asked."""

    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.end_headers()
        self.wfile.write(b'<html>Welcome</html>')

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        pass


def test_a_web_server_that_is_no_keystone_leaves_the_ids(report):
    with serving(_Page) as url:
        report.change(report.cloud.keystone_url, url)
        done = report()

    assert ids_alone(done, report)
    assert b'keystone of cloud admin could not be asked' in done.stderr


def test_a_cloud_without_a_name_in_clouds_yaml_is_an_error(report):
    report.change('  admin:', '  boss:')
    done = report(status=2)

    assert done.stdout == b''
    assert done.stderr.count(b'\n') == 1
    assert f'{report.clouds} has no such cloud; it has boss'.encode() in (
        done.stderr
    )


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('', 'has no such cloud; it has none'),
        ('clouds:\n  admin:\n    auth: {username: a}\n', 'auth_url'),
    ],
)
def test_an_incomplete_clouds_yaml_is_an_error_of_one_line(report, text, said):
    report.clouds.write_text(text)
    done = report(status=2)

    assert done.stdout == b''
    assert said in done.stderr.decode()
    assert done.stderr.count(b'\n') == 1


def test_a_broken_clouds_yaml_is_an_error_that_names_it(report):
    report.clouds.write_text('clouds: [\n')
    done = report(status=2)

    assert done.stdout == b''
    assert f'{report.clouds}: while parsing'.encode() in done.stderr
    assert b'no clouds.yaml could be read' in done.stderr


def test_a_missing_clouds_yaml_is_an_error_that_says_where_it_belongs(report):
    report.clouds.unlink()
    done = report(status=2)

    assert b'--os-cloud admin: no clouds.yaml could be read' in done.stderr


def test_keystone_is_not_asked_where_no_name_would_be_seen(report):
    report.change(ADMIN.password, 'not-the-password')
    done = report('report')

    assert b'No names are printed' in done.stderr
    assert b'could not be asked' not in done.stderr


def test_names_are_kept_by_ids_alone_in_a_private_file(report):
    report()
    (file,) = report.kept()
    kept = json.loads(file.read_text())

    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert kept.keys() == {'project', 'user'}
    assert kept['project'][report.cloud.token(MEMBER).project_id] == 'garden'
    assert set(kept['user'].values()) >= {'admin', 'member', 'reader'}
    for secret in (ADMIN.password, 'gAAAA', report.cloud.keystone_url):
        assert secret not in file.read_text() + file.name


def renamed(file):
    """Change a name where it is kept; return the new one."""
    file.write_text(file.read_text().replace('"garden"', '"kept"'))
    return 'kept'


def test_kept_names_are_used_for_a_while(report):
    report()
    (file,) = report.kept()
    name = renamed(file)

    assert names(report()) == [(name, 'member')]


@pytest.mark.parametrize('seconds', [-MAX_AGE_SECONDS, MAX_AGE_SECONDS])
def test_names_of_another_time_are_asked_for_again(report, seconds):
    report()
    (file,) = report.kept()
    renamed(file)
    when = time.time() + seconds
    os.utime(file, (when, when))

    assert names(report()) == [('garden', 'member')]
    assert 'kept' not in file.read_text()


def test_names_that_others_can_write_are_asked_for_again(report):
    report()
    (file,) = report.kept()
    renamed(file)
    file.chmod(0o620)

    assert names(report()) == [('garden', 'member')]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize('text', ['', '{}', '{"project": {"a": 1}}', '\0'])
def test_a_damaged_file_of_names_is_replaced(report, text):
    report()
    (file,) = report.kept()
    file.write_text(text)

    assert names(report()) == [('garden', 'member')]
    assert 'garden' in file.read_text()


def test_names_kept_for_one_account_are_not_shown_to_another(report):
    report()
    report.change('username: admin', 'username: member')
    report.change(
        f'password: {ADMIN.password}', f'password: {MEMBER.password}'
    )
    report.change('project_name: admin', 'project_name: garden')

    assert ids_alone(report(), report)


def test_a_folder_that_cannot_be_written_costs_only_the_next_time(report):
    report.cache.write_text('a file')
    done = report()

    assert names(done) == [('garden', 'member')]
    assert b'The names could not be kept: ' in done.stderr


def test_no_secret_is_in_the_log_at_debug(report):
    done = report('-v', '-v', 'report', *BY)

    said = done.stderr.decode()
    assert ADMIN.password not in said
    assert 'gAAAA' not in said


def test_the_commands_of_the_page_work(report):
    files, (_, command) = (
        block.text.splitlines()
        for block in pages.blocks('operations/names.md', 'sh')
    )
    (report.home / 'decisions.json').write_bytes(report.record())
    script = [f'PATH={COMMAND.parent}:$PATH', *files, command]
    done = subprocess.run(
        ['bash', '-ec', '\n'.join(script)],
        cwd=report.home,
        env=report.environ | {'OS_CLOUD': 'admin'},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert '| member    ' in done.stdout
    found = [
        listed((report.home / name).read_bytes())
        for name in ('projects.json', 'users.json')
    ]
    token = report.cloud.token(MEMBER)
    assert found[0][token.project_id] == 'garden'
    assert found[1][token.user_id] == 'member'
