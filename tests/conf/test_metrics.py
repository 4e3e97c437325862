"""The directory of metrics, as a start and a check look at it."""

import os
from types import SimpleNamespace

import pytest

from nova_update_guard.conf import metrics
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy import config_checks

MEBIBYTE = 2**20


def full(monkeypatch, left, blocks=1000):
    """Let file systems have *left* bytes, in blocks of 512."""
    found = SimpleNamespace(
        f_blocks=blocks, f_bavail=left // 512, f_frsize=512
    )
    monkeypatch.setattr(os, 'statvfs', lambda _: found)


def test_too_little_space_for_the_files_stops_the_start(monkeypatch, tmp_path):
    """The system would end a process that writes where none is left."""
    full(monkeypatch, MEBIBYTE - 512)
    options = {'directory': str(tmp_path)}

    with pytest.raises(OptionError, match='less than 1 MiB is left'):
        metrics.load(options)
    (problem,) = config_checks.of_metrics(options, is_made=False)
    assert problem.is_error
    assert f'directory = {tmp_path}: less than 1 MiB' in problem.text


@pytest.mark.parametrize(('left', 'blocks'), [(MEBIBYTE, 1000), (0, 0)])
def test_enough_space_or_a_file_system_without_a_limit_does_not(
    monkeypatch, tmp_path, left, blocks
):
    full(monkeypatch, left, blocks)
    options = {'directory': str(tmp_path)}

    assert metrics.load(options).directory == str(tmp_path)
    assert [*config_checks.of_metrics(options, is_made=False)] == []
