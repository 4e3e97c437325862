"""The progress bar while records are read."""

import io
import time

import pytest

from nova_update_guard.report import progress


class Terminal(io.StringIO):
    """A terminal that keeps its text."""

    def isatty(self):
        return True


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'records'
    path.write_bytes(b'x' * 2000)
    return path


def visible(monkeypatch, stderr, names, **options):
    """Return the text on *stderr* after a file was read, in two halves."""
    monkeypatch.setattr('sys.stderr', stderr)
    with progress.bar(names, **{'is_quiet': False, **options}) as watched:
        stream = watched(io.BytesIO(b'x' * 2000))
        assert len(stream.read(1000)) == 1000
        # tqdm shows a change after a tenth of a second, not earlier.
        time.sleep(0.15)
        assert len(stream.read(1000)) == 1000
        return stderr.getvalue()


def test_a_short_run_has_no_bar(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 10**6)

    assert '%' not in visible(monkeypatch, Terminal(), [str(file)])


def test_on_a_terminal_the_bar_has_a_percentage(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 0)

    assert '50%' in visible(monkeypatch, Terminal(), [str(file), str(file)])


@pytest.mark.parametrize('name', ['-', '/dev/null', 'missing'])
def test_without_a_known_length_the_bar_counts_bytes(monkeypatch, file, name):
    monkeypatch.setattr(progress, '_PATIENCE', 0)
    text = visible(monkeypatch, Terminal(), [str(file), name])

    assert '%' not in text
    assert 'B/s' in text


def test_without_a_terminal_there_is_no_bar(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 0)

    assert visible(monkeypatch, io.StringIO(), [str(file)]) == ''


def test_quiet_turns_the_bar_off(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 0)

    assert visible(monkeypatch, Terminal(), [str(file)], is_quiet=True) == ''
