"""The operator's policy files while the guard runs."""

import logging
import os

import pytest

from nova_update_guard import watch
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
    for text in (DENY, '', DENY):
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


def test_a_file_that_is_gone_for_one_look_is_not_taken_for_removed(
    put, policy
):
    policy.write_text(DENY)
    put()
    policy.unlink()

    assert [put(), put()] == [403, 200]


def test_a_file_that_appears_after_the_start_counts(put, tmp_path, guarded):
    policy = tmp_path / 'later.yaml'
    guard = guarded(policy_file=str(policy))

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
