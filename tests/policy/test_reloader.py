"""Policy files that change while the guard runs."""

import logging
import math
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
import webtest
from hypothesis import given
from hypothesis import strategies as st
from oslo_policy import _parser

from nova_update_guard.deploy import filters
from nova_update_guard.policy import loader, reloader
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.mistakes import Mistake, PolicyError
from tests.standin import MEMBER

NAME = 'update_guard:server:update:name'
RENAME = {'server': {'name': 'new'}}
DENY = f'{NAME}: "!"'


@pytest.fixture(autouse=True)
def _looks_at_every_request(monkeypatch):
    monkeypatch.setattr(reloader, 'POLL_SECONDS', 0)


@pytest.fixture
def put(guarded):
    guard = guarded()

    def put():
        return guard.put_json(
            '/servers/s1', RENAME, extra_environ=MEMBER, expect_errors=True
        ).status_int

    return put


@pytest.fixture
def policy(tmp_path):
    return tmp_path / 'update-guard-policy.yaml'


def test_a_change_is_picked_up_without_a_restart(put, policy):
    said = [put()]
    for text in (DENY, '# The defaults.', DENY):
        policy.write_text(text)
        said.append(put())

    assert said == [200, 403, 200, 403]


def test_a_file_with_an_older_time_stamp_is_picked_up_too(put, policy):
    put()
    policy.write_text(DENY)
    os.utime(policy, (1, 1))

    assert put() == 403


@pytest.mark.parametrize(
    ('text', 'line', 'reason'),
    [
        ('a: [', 1, 'node content'),
        ('# of us\n\na: b: c', 3, 'mapping values'),
        ('- a', None, 'mapping'),
        (f'# of us\n{NAME}: nonsense', 2, 'policy language'),
        (f'{NAME}: "!"\n"a": "("', 2, 'policy language'),
        (f'{NAME}: rule:nothing', 1, 'no rule'),
        ('{"a": "@",\n"update_guard:server:show:nme": "@"}', 2, 'no such'),
        (f'a: rule:b\n{NAME}: rule:a\nb: rule:a', 1, 'refers to itself'),
        (f'{NAME}: "!"\n# and\n{NAME}: "@"', 3, 'is already in line 1'),
        ('a: 5', 1, 'not a string'),
        ('a: &b ["@"]', 1, 'not a string'),
        ('a: \x01', None, 'special characters'),
        ('&a [*a]', 1, 'aliases (*name) are'),
        ('# of us\n!!python/name:os.system x', 2, 'JSON has no type'),
        ('a: !!binary aGk=', 1, "JSON has no type 'binary'"),
        ('a: "@"\nb: no', 2, 'YAML reads no, off or false as a boolean'),
        ('a: "@"\n2026-01-01: c', 2, 'is not a string'),
        ('a: !!timestamp x', 1, "JSON has no type 'timestamp'"),
        ('a: "@"\nc: !!int x', 2, 'not a valid int'),
        ('a: "@"\nc: !!bool x', 2, 'not a valid bool'),
        ('a: "@"\nc: ' + '9' * 5000, 2, 'not a valid int'),
        ('a: "@"\n? [c]\n: d', 2, 'is not a string'),
        ('a: "@"\n? !!str [c]\n: d', 2, 'is not a string'),
        ('a: "@"\n~: c', 2, "the key '~' is not a string"),
        ('a: "@"\ntrue: c', 2, "the key 'true' is not a string"),
        ('a: "@"\n<<: {c: d}', 2, 'merge keys (<<) are not supported'),
        ('a: "@"\nc: {<<: {d: e}}', 2, 'merge keys (<<) are not supported'),
        ('a: &b "@"\n<<: *b', 2, 'merge keys (<<) are not supported'),
        ('a: "@"\nc: !!map d', 2, 'expected a mapping'),
        ('a: ' + str(['b'] * 9999), 1, 'not a string'),
    ],
)
def test_a_broken_file_changes_nothing_and_is_logged_once(
    put, policy, text, line, reason, caplog
):
    policy.write_text(DENY)
    put()
    policy.write_text(text)

    with caplog.at_level(logging.WARNING):
        assert [put() for _ in range(3)] == [403] * 3
    (said,) = caplog.messages
    assert said.startswith(f'{policy}:{line}: ' if line else str(policy))
    assert len(said) < len(str(policy)) + 300
    assert reason in said
    assert 'the old rules stay in force' in said


def test_a_pipe_is_not_waited_for(put, policy, caplog):
    policy.write_text(DENY)
    put()
    policy.unlink()
    os.mkfifo(policy)

    assert put() == 403
    (said,) = caplog.messages
    assert 'not a regular file' in said


@pytest.mark.parametrize(
    ('make', 'problem'),
    [
        (Path.touch, 'is empty'),
        (os.mkfifo, 'is not a regular file'),
        (Path.mkdir, 'is not a regular file'),
    ],
)
@pytest.mark.parametrize(
    'text', [None, 'name: [{schema: {maxLength: 9}, message: long}]']
)
def test_constraints_that_come_to_be_nothing_are_an_error(
    guarded, tmp_path, text, make, problem, caplog
):
    """They add nothing to the revision, so it stays as it was."""
    (tmp_path / 'guard.conf').touch()
    file = tmp_path / 'update-guard-constraints.yaml'
    if text:
        file.write_text(text)
    guard = guarded(oslo_config_file=str(tmp_path / 'guard.conf'))
    if text:
        file.unlink()
        guard.put_json('/servers/s1', RENAME, extra_environ=MEMBER)
        caplog.clear()
    make(file)

    guard.put_json('/servers/s1', RENAME, extra_environ=MEMBER)

    said = caplog.messages[-1]
    assert str(file) in said
    assert problem in said
    assert 'the old rules stay in force' in said


def test_a_mistake_that_is_there_again_is_logged_again(put, policy, caplog):
    """The author of the new file waits for the message."""
    policy.write_text(DENY)
    put()

    for ending in ('', '# Now it is right.\n'):
        policy.write_text(f'{NAME}: nonsense\n{ending}')
        put()

    assert len(caplog.messages) == 2
    assert len(set(caplog.messages)) == 1


def test_all_mistakes_of_a_broken_file_are_in_one_log_line(
    put, policy, caplog
):
    """oslo.policy itself logs a check that it cannot read, as a traceback."""
    put()
    policy.write_text(f'{NAME}: "role:x or (nonsense"')
    put()

    assert 'Traceback' not in caplog.text
    assert len(caplog.text.splitlines()) == 1


def test_log_lines_of_others_pass_while_files_are_read(put, policy, caplog):
    policy.write_text(f'{NAME}: nonsense')
    put()
    caplog.clear()

    _parser.parse_rule('nonsense')

    assert 'Failed to understand' in caplog.text


@pytest.mark.parametrize('mark', [b'', b'\xff\xfe', b'\xef\xbb\xbf', b' \n'])
def test_a_file_that_holds_nothing_any_more_is_broken(
    put, policy, mark, caplog
):
    policy.write_text(DENY)
    put()
    policy.write_bytes(mark)

    assert [put(), put()] == [403, 403]
    assert 'is empty' in caplog.text


def test_an_equal_policy_replaces_nothing(put, policy, caplog, monkeypatch):
    made = []
    rules = loader.Rules

    def counted(*arguments):
        made.append(arguments)
        return rules(*arguments)

    monkeypatch.setattr(loader, 'Rules', counted)
    policy.write_text(DENY)
    put()
    with caplog.at_level(logging.INFO):
        for text in (DENY, 'a: [', DENY):
            policy.write_text(text)
            assert put() == 403

    assert len(made) == 1
    assert 'have changed' not in caplog.text


def test_a_file_that_stays_broken_is_not_read_at_each_check(
    put, policy, monkeypatch
):
    policy.write_text('a: [')
    put()
    reads = []
    monkeypatch.setattr(PolicyFiles, 'read', reads.append)

    assert [put(), put()] == [200, 200]
    assert reads == []


def test_a_mended_file_is_in_force_again(put, policy):
    policy.write_text('a: [')
    put()
    policy.write_text(DENY)

    assert put() == 403


def test_a_file_mended_back_to_what_it_was_is_told_with_its_revision(
    put, policy, caplog
):
    policy.write_text(DENY)
    put()
    files = PolicyFiles(
        policy.name, (), {policy.name: str(policy)}.get, 'none'
    )
    revision = files.read().revision
    with caplog.at_level(logging.INFO, 'nova_update_guard.policy.reloader'):
        for text in ('a: [', DENY, DENY):
            policy.write_text(text)
            put()

    _, said = caplog.records
    assert said.levelname == 'INFO'
    assert said.getMessage() == (
        f'The policy files are right again: revision {revision} is in force'
    )


def test_a_file_mended_to_something_new_is_told_as_changed(
    put, policy, caplog
):
    with caplog.at_level(logging.INFO, 'nova_update_guard.policy.reloader'):
        for text in ('a: [', DENY):
            policy.write_text(text)
            put()

    assert caplog.messages[1:] == ['The changed policy files are in force']


def test_a_file_that_went_just_now_is_not_taken_for_removed_at_once(
    put, policy, monkeypatch
):
    policy.write_text(DENY)
    put()
    now = policy.parent.stat().st_ctime
    policy.unlink()
    monkeypatch.setattr(reloader, 'POLL_SECONDS', 1e-9)
    monkeypatch.setattr(reloader.time, 'time', lambda: now)

    assert [put(), put()] == [403, 200]


def test_a_file_that_appears_after_the_start_counts(nova, tmp_path):
    policy = tmp_path / 'update-guard-policy.yaml'
    conf = tmp_path / 'nova-update-guard.conf'
    conf.write_text('')
    guard = webtest.TestApp(
        filters.update_guard({}, oslo_config_file=str(conf))(nova)
    )

    def status():
        return guard.put_json(
            '/servers/s1', RENAME, extra_environ=MEMBER, expect_errors=True
        ).status_int

    assert status() == 200
    policy.write_text(DENY)
    assert status() == 403


def test_folders_come_after_the_file_in_the_order_of_names(guarded, tmp_path):
    folder = tmp_path / 'd'
    folder.mkdir()
    (folder / 'a.yaml').write_text(DENY)
    (folder / '.hidden').write_text('broken: [')
    (folder / 'sub').mkdir()
    guard = guarded(f'{NAME}: "@"', policy_dirs=str(folder))

    def status():
        return guard.put_json(
            '/servers/s1', RENAME, extra_environ=MEMBER, expect_errors=True
        ).status_int

    assert status() == 403
    (folder / 'b.yaml').write_text(f'{NAME}: role:member')
    assert status() == 200


def test_a_backup_in_a_folder_is_in_force_and_warned_of(
    guarded, tmp_path, caplog
):
    folder = tmp_path / 'd'
    folder.mkdir()
    guard = guarded(f'{NAME}: "@"', policy_dirs=str(folder))

    def status():
        return guard.put_json(
            '/servers/s1', RENAME, extra_environ=MEMBER, expect_errors=True
        ).status_int

    before = status()
    (folder / 'b.yaml~').write_text(DENY)

    assert (before, status()) == (200, 403)
    assert f'{folder}/b.yaml~: is read as a policy file' in caplog.text


def loop(path):
    path.symlink_to(path)


def dangle(path):
    path.symlink_to(path.with_name('nowhere'))


def lose(path):
    """Have a file stand where the folder above was."""
    path.parent.rmdir()
    path.parent.write_text('')


@pytest.mark.parametrize(
    ('names', 'lost'),
    [
        ('d', Path.touch),
        ('d', loop),
        ('d', dangle),
        ('over/d', lose),
        ('d/a.yaml', loop),
        ('d/a.yaml', dangle),
    ],
)
def test_files_that_become_unreachable_stay_in_force(
    guarded, tmp_path, caplog, names, lost
):
    path = tmp_path / names
    folder = path.parent if path.suffix else path
    folder.mkdir(parents=True)
    file = folder / 'a.yaml'
    file.write_text(DENY)
    guard = guarded(policy_dirs=str(folder))

    def status():
        return guard.put_json(
            '/servers/s1', RENAME, extra_environ=MEMBER, expect_errors=True
        ).status_int

    said = [status()]
    path.rename(tmp_path / 'away')
    lost(path)
    with caplog.at_level(logging.INFO, 'nova_update_guard.policy.reloader'):
        said += [status() for _ in range(3)]
    (line,) = [r for r in caplog.records if r.name.endswith('.reloader')]
    if lost is lose:
        path.parent.unlink()
        path.parent.mkdir()
    else:
        path.unlink()
    (tmp_path / 'away').rename(path)
    file.write_text(f'{NAME}: role:member')
    said.append(status())

    assert said == [403] * 4 + [200]
    assert str(tmp_path) in line.getMessage()
    assert 'the old rules stay in force' in line.getMessage()


def test_a_policy_file_that_leads_nowhere_stays_in_force(put, policy):
    policy.write_text(DENY)
    said = [put()]
    policy.unlink()
    dangle(policy)
    said += [put(), put()]
    policy.unlink()
    said.append(put())

    assert said == [403, 403, 403, 200]


def test_files_are_not_checked_before_it_is_time(put, policy, monkeypatch):
    monkeypatch.setattr(reloader, 'POLL_SECONDS', 3600)
    put()
    policy.write_text(DENY)

    assert put() == 200


def test_an_unexpected_error_changes_nothing(put, policy, monkeypatch):
    policy.write_text(DENY)
    put()
    # A file that breaks the parser itself.
    policy.write_text('[' * 100000)

    assert put() == 403


@pytest.fixture
def watched(tmp_path):
    """A reloader of one file, and its messages; it checks on demand."""
    file = tmp_path / 'file'
    file.write_text('first')
    return file, reloader.Reloader(file.read_text, lambda: {file: file.stat()})


def test_a_file_changed_just_now_counts_at_the_second_check(
    watched, monkeypatch
):
    file, watching = watched
    monkeypatch.setattr(reloader.time, 'time', lambda: file.stat().st_ctime)
    file.write_text('half')
    monkeypatch.setattr(reloader, 'POLL_SECONDS', 1e-9)

    first = watching.current()
    file.write_text('second')
    second = watching.current()
    third = watching.current()

    assert (first, second, third) == ('first', 'first', 'second')


@pytest.mark.parametrize('half', ['half', 'broken', None])
def test_a_file_changed_while_it_is_read_is_read_again(tmp_path, caplog, half):
    file, reported = tmp_path / 'file', []
    file.write_text('first')
    writing = []

    def load():
        if writing:
            file.unlink() if half is None else file.write_text(half)
            writing.clear()
        text = file.read_text()
        if text == 'broken':
            raise PolicyError(Mistake('is broken'))
        return text

    def look():
        return {file: file.stat()} if file.exists() else {}

    def failed():
        reported.append('failed')

    watching = reloader.Reloader(load, look, failed, reported.append)
    file.write_text('second')
    writing.append(True)
    first = watching.current()
    file.write_text('whole')
    for _ in range(3):
        watching.current()

    assert first == 'first'
    assert reported == ['first', 'whole']
    assert caplog.text == ''


@pytest.mark.parametrize('error', [OSError('full'), ValueError('full')])
def test_rules_that_are_logged_to_stay_in_force_do(tmp_path, caplog, error):
    """A load can fail when all is read: its counters are files, too."""
    file = tmp_path / 'file'
    file.write_text('first')

    def loaded(made):
        if made != 'first':
            raise error

    watching = reloader.Reloader(
        file.read_text, lambda: {file: file.stat()}, lambda: None, loaded
    )
    file.write_text('second')

    assert {watching.current() for _ in range(3)} == {'first'}
    assert 'the old rules stay in force' in caplog.text


def test_a_file_flipped_while_it_is_read_mixes_no_rules(
    guarded, tmp_path, monkeypatch
):
    """As Kubernetes does: all files are in a folder, a link leads to it."""
    hostname = 'update_guard:server:update:hostname'
    link = tmp_path / 'data'
    for name, check in (('old', '"!"'), ('new', '"@"')):
        folder = tmp_path / name
        folder.mkdir()
        (folder / 'a.yaml').write_text(f'{NAME}: {check}')
        (folder / 'b.yaml').write_text(f'{hostname}: {check}')
    link.symlink_to('old')
    guard = guarded(policy_dirs=str(link))
    read = PolicyFiles._data

    def flipping(self, path, *others):
        data = read(self, path, *others)
        if path.name == 'a.yaml':
            (tmp_path / 'link').symlink_to('new')
            (tmp_path / 'link').rename(link)
        return data

    monkeypatch.setattr(PolicyFiles, '_data', flipping)
    # So that it is read anew.
    (tmp_path / 'old' / 'c.yaml').write_text('# of us')

    said = [
        guard.put_json(
            '/servers/s1',
            {'server': {field: 'new'}},
            headers={'OpenStack-API-Version': 'compute 2.90'},
            extra_environ=MEMBER,
            expect_errors=True,
        ).status_int
        for field in ('hostname', 'name', 'hostname')
    ]

    assert said == [403, 200, 200]


def test_a_file_that_cannot_be_read_is_retried_and_logged_once(
    tmp_path, caplog
):
    file = tmp_path / 'file'
    file.write_text('first')
    broken = []

    def load():
        if broken:
            raise PermissionError(13, 'Permission denied')
        return file.read_text()

    watching = reloader.Reloader(load, lambda: {file: file.stat()})
    file.write_text('second')
    broken.append(True)
    said = [watching.current() for _ in range(3)]
    broken.clear()

    assert [*said, watching.current()] == ['first'] * 3 + ['second']
    assert caplog.text.count('Permission denied') == 1


def test_an_unchanged_file_is_loaded_again_after_an_error(tmp_path, caplog):
    """So that all is told: an error that comes again is one, too."""
    link, reported = tmp_path / 'link', []
    for name, text in (('good', 'good'), ('bad', 'bad')):
        (tmp_path / name).write_text(text)

    def flip(name):
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / name)

    def load():
        if link.read_text() == 'bad':
            raise PolicyError(Mistake('is bad'))
        reported.append('loaded')

    flip('good')
    watching = reloader.Reloader(
        load, lambda: {link: link.stat()}, lambda: reported.append('failed')
    )
    for name in ('bad', 'bad', 'good', 'good', 'bad', 'good'):
        flip(name)
        watching.current()

    assert reported == ['loaded', 'failed'] * 2 + ['loaded']
    assert caplog.text.count('is bad') == 2


def test_a_change_of_mode_alone_is_a_change(tmp_path):
    file = tmp_path / 'file'
    file.write_text('first')
    loads = []
    monitored = reloader.Reloader(
        lambda: loads.append(1), lambda: {file: file.stat()}
    )
    file.chmod(0o600)
    monitored.current()

    assert len(loads) == 2


def test_after_an_idle_time_no_request_is_checked_by_old_rules(
    tmp_path, monkeypatch
):
    file = tmp_path / 'file'
    file.write_text('first')

    def load():
        text = file.read_text()
        threading.Event().wait(0.05)
        return text

    watching = reloader.Reloader(load, lambda: {file: file.stat()})
    file.write_text('second')
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda _: watching.current(), range(8)))

    assert said == ['second'] * 8


def test_a_file_removed_some_time_ago_counts_at_the_first_check(put, policy):
    policy.write_text(DENY)
    put()
    policy.unlink()

    assert put() == 200


def test_each_file_that_is_gone_is_told_by_a_warning(
    guarded, tmp_path, caplog
):
    """Its rules may have been the narrower ones."""
    hostname = 'update_guard:server:update:hostname: "!"'
    (tmp_path / 'd').mkdir()
    files = [tmp_path / 'd' / name for name in ('a.yaml', 'b.yaml')]
    for file, text in zip(files, (DENY, hostname), strict=True):
        file.write_text(text)
    guard = guarded(policy_dirs=str(tmp_path / 'd'))

    def status():
        return guard.put_json(
            '/servers/s1', RENAME, extra_environ=MEMBER, expect_errors=True
        ).status_int

    said = [status()]
    for file in files:
        file.unlink()
    said += [status(), status()]

    assert said == [403, 200, 200]
    assert [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if 'any more' in record.getMessage()
    ] == [
        (
            'WARNING',
            f'{file}: there is no policy file any more: the documented '
            'defaults hold for what only it set',
        )
        for file in files
    ]


def test_a_file_that_has_only_a_new_name_is_not_told_as_gone(
    guarded, tmp_path, caplog
):
    (tmp_path / 'd').mkdir()
    (tmp_path / 'd' / 'a.yaml').write_text(DENY)
    guard = guarded(policy_dirs=str(tmp_path / 'd'))
    (tmp_path / 'd' / 'a.yaml').rename(tmp_path / 'd' / 'b.yaml')

    response = guard.put_json(
        '/servers/s1', RENAME, extra_environ=MEMBER, expect_errors=True
    )

    assert response.status_int == 403
    assert 'any more' not in caplog.text


def test_an_error_is_logged_out_of_its_handler(put, policy):
    """oslo.log adds the exception being handled to a line."""
    handled = []

    class Handler(logging.Handler):
        def emit(self, record):
            handled.append(sys.exc_info()[0])

    policy.write_text('a: [')
    logger = logging.getLogger('nova_update_guard')
    handler = Handler()
    logger.addHandler(handler)
    try:
        put()
    finally:
        logger.removeHandler(handler)

    assert handled
    assert set(handled) == {None}


POLL = 0.5
MILLISECONDS = st.integers(min_value=0, max_value=499)


@given(MILLISECONDS, MILLISECONDS, MILLISECONDS)
def test_two_workers_never_disagree_for_longer_than_the_poll(
    changed, one, other
):
    """Both are asked all the time, and have begun to look at any moment."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reloader, 'POLL_SECONDS', POLL)
        patch.setattr(reloader, 'time', clock)
        clock.changed = 2 + changed / 1000
        workers, adopted = {}, {}
        for step in range(4000):
            clock.now = step / 1000
            for start in (one, 500 + other):
                if step == start:
                    workers[start] = reloader.Reloader(clock.text, clock.look)
            for start, worker in workers.items():
                if worker.current() == 'new':
                    adopted.setdefault(start, clock.now)

    first, second = sorted(adopted.values())
    assert second - first <= POLL + 0.001
    assert second - clock.changed <= 2 * POLL + 0.001


class Clock:
    """A clock and a file that changes once, for a reloader."""

    def __init__(self):
        self.now = 0
        self.changed = math.inf

    def monotonic(self):
        return self.now

    def time(self):
        return self.now

    def text(self):
        return 'new' if self.now >= self.changed else 'old'

    def look(self):
        at = self.changed if self.now >= self.changed else 0
        stat = SimpleNamespace(
            st_ctime=at, st_ctime_ns=at, st_mtime_ns=at, st_size=1, st_ino=1
        )
        return {Path('policy'): stat}


FORKING = """
import os, threading, time
from nova_update_guard.policy import reloader

inside, go_on = threading.Event(), threading.Event()

def stat():
    if threading.current_thread() is not threading.main_thread():
        inside.set()
        go_on.wait()
    return {}

rules = reloader.Reloader(lambda: 'rules', stat)
time.sleep(2 * reloader.POLL_SECONDS)
threading.Thread(target=rules.current, daemon=True).start()
inside.wait()
child = os.fork()
if child == 0:
    os._exit(0 if rules.current() == 'rules' else 1)
for _ in range(100):
    found, status = os.waitpid(child, os.WNOHANG)
    if found:
        break
    time.sleep(0.1)
else:
    os.kill(child, 9)
    status = 'the child waits for a thread that it does not have'
go_on.set()
print(status)
"""


def test_a_fork_while_a_thread_reads_the_files_holds_up_nobody():
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', FORKING],
        capture_output=True,
        text=True,
    )

    assert done.stdout == '0\n', done.stderr


FORKING_AT_THE_LOG = """
import logging, os
from pathlib import Path
from nova_update_guard.policy import reloader

file = Path('file')
file.write_text('old')
reloader.POLL_SECONDS = 0
rules = reloader.Reloader(file.read_text, lambda: {file: file.stat()})

class Forks(logging.Handler):
    def emit(self, record):
        child = os.fork()
        if child == 0:
            print(rules.current(), flush=True)
            os._exit(0)
        os.waitpid(child, 0)

reloader.LOG.addHandler(Forks())
reloader.LOG.setLevel(logging.INFO)
file.write_text('new, and longer')
rules.current()
"""


def test_a_fork_while_a_new_policy_is_logged_leaves_no_old_rules(tmp_path):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', FORKING_AT_THE_LOG],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)},
    )

    assert done.stdout == 'new, and longer\n', done.stderr
