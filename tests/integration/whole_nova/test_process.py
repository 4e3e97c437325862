"""The whole nova leaves the process of the tests as it was."""

import builtins
import io
import os
import posix
import sys
import tempfile
import threading

import pytest

pytestmark = pytest.mark.usefixtures('seeded')


def test_threads_are_python_s_own() -> None:
    assert 'eventlet' not in sys.modules
    assert isinstance(threading.current_thread(), threading._MainThread)


def test_files_and_system_calls_are_not_replaced() -> None:
    assert builtins.open is io.open
    assert os.uname is posix.uname


def test_temporary_files_are_where_they_were() -> None:
    assert tempfile.tempdir in (None, tempfile._get_default_tempdir())
