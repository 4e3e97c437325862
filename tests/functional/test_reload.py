"""The operator's policy files while the guard runs."""

import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import webtest

from nova_update_guard import deploy, watch
from tests.functional.standin import MEMBER

NAME = 'update_guard:server:update:name'
RENAME = {'server': {'name': 'new'}}
DENY = f'{NAME}: "!"'


@pytest.fixture(autouse=True)
def _looks_at_every_request(monkeypatch):
    monkeypatch.setattr(watch, 'POLL_SECONDS', 0)


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
    'text', ['a: [', '- a', f'{NAME}: nonsense', f'{NAME}: rule:nothing']
)
def test_a_broken_file_changes_nothing_and_is_logged_once(
    put, policy, text, caplog
):
    policy.write_text(DENY)
    put()
    policy.write_text(text)

    with caplog.at_level(logging.ERROR):
        assert [put() for _ in range(3)] == [403] * 3
    (said,) = [r for r in caplog.messages if 'stay as they were' in r]
    assert str(policy) in said or NAME in said


def test_a_mended_file_is_in_force_again(put, policy):
    policy.write_text('a: [')
    put()
    policy.write_text(DENY)

    assert put() == 403


def test_a_file_that_went_just_now_is_not_taken_for_removed_at_once(
    put, policy, monkeypatch
):
    policy.write_text(DENY)
    put()
    now = policy.parent.stat().st_ctime
    policy.unlink()
    monkeypatch.setattr(watch, 'POLL_SECONDS', 1e-9)
    monkeypatch.setattr(watch.time, 'time', lambda: now)

    assert [put(), put()] == [403, 200]


def test_a_file_that_appears_after_the_start_counts(nova, tmp_path):
    policy = tmp_path / 'update-guard-policy.yaml'
    conf = tmp_path / 'nova-update-guard.conf'
    conf.write_text('')
    guard = webtest.TestApp(
        deploy.update_guard({}, oslo_config_file=str(conf))(nova)
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


def test_files_are_not_looked_at_before_it_is_time(put, policy, monkeypatch):
    monkeypatch.setattr(watch, 'POLL_SECONDS', 3600)
    put()
    policy.write_text(DENY)

    assert put() == 200


def test_what_goes_wrong_besides_changes_nothing_either(
    put, policy, monkeypatch
):
    policy.write_text(DENY)
    put()
    # A file that breaks the parser itself.
    policy.write_text('[' * 100000)

    assert put() == 403


def test_a_file_that_held_something_and_is_empty_changes_nothing(
    put, policy, caplog
):
    policy.write_text(DENY)
    put()
    policy.write_text('')

    assert [put(), put()] == [403, 403]
    assert 'is empty now' in caplog.text


@pytest.fixture
def watched(tmp_path):
    """A watch of one file, and what it says; each look is asked for."""
    file = tmp_path / 'file'
    file.write_text('first')
    return file, watch.Watch(file.read_text, lambda: {file: file.stat()})


def test_a_file_changed_just_now_counts_at_the_second_look(
    watched, monkeypatch
):
    file, watching = watched
    monkeypatch.setattr(watch.time, 'time', lambda: file.stat().st_ctime)
    file.write_text('half')
    monkeypatch.setattr(watch, 'POLL_SECONDS', 1e-9)

    first = watching.current()
    file.write_text('second')
    second = watching.current()
    third = watching.current()

    assert (first, second, third) == ('first', 'first', 'second')


def test_what_could_not_be_read_is_tried_again_and_said_once(tmp_path, caplog):
    file = tmp_path / 'file'
    file.write_text('first')
    broken = []

    def load():
        if broken:
            raise PermissionError(13, 'Permission denied')
        return file.read_text()

    watching = watch.Watch(load, lambda: {file: file.stat()})
    file.write_text('second')
    broken.append(True)
    said = [watching.current() for _ in range(3)]
    broken.clear()

    assert [*said, watching.current()] == ['first'] * 3 + ['second']
    assert caplog.text.count('Permission denied') == 1


def test_a_change_of_mode_alone_is_a_change(tmp_path):
    file = tmp_path / 'file'
    file.write_text('first')
    loads = []
    monitored = watch.Watch(
        lambda: loads.append(1), lambda: {file: file.stat()}
    )
    file.chmod(0o600)
    monitored.current()

    assert len(loads) == 2


def test_after_an_idle_time_nobody_is_judged_by_old_rules(
    tmp_path, monkeypatch
):
    file = tmp_path / 'file'
    file.write_text('first')

    def load():
        text = file.read_text()
        threading.Event().wait(0.05)
        return text

    watching = watch.Watch(load, lambda: {file: file.stat()})
    file.write_text('second')
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda _: watching.current(), range(8)))

    assert said == ['second'] * 8


def test_a_file_removed_some_time_ago_counts_at_the_first_look(put, policy):
    policy.write_text(DENY)
    put()
    policy.unlink()

    assert put() == 200


def test_an_error_is_logged_out_of_its_handler(put, policy):
    """oslo.log adds to a line whatever is being handled."""
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
