"""The bar that is shown while much is read."""

import io

import pytest

from nova_update_guard.report import progress


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'records'
    path.write_bytes(b'x' * 2000)
    return path


def shown(monkeypatch, stderr, names, **options):
    """Return what stands there after half of a file was read."""
    monkeypatch.setattr('sys.stderr', stderr)
    with progress.bar(names, **{'is_quiet': False, **options}) as watched:
        assert len(watched(io.BytesIO(b'x' * 2000)).read(1000)) == 1000
        return stderr.getvalue()


def test_what_is_quick_shows_no_bar(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 10**6)

    assert '%' not in shown(monkeypatch, Terminal(), [str(file)])


def test_on_a_terminal_it_says_how_much_is_read(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 0)

    assert '%' in shown(monkeypatch, Terminal(), [str(file), str(file)])


@pytest.mark.parametrize('name', ['-', '/dev/null', 'missing'])
def test_without_a_known_length_it_counts(monkeypatch, file, name):
    monkeypatch.setattr(progress, '_PATIENCE', 0)
    text = shown(monkeypatch, Terminal(), [str(file), name])

    assert '%' not in text
    assert 'B/s' in text


def test_elsewhere_there_is_no_bar(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 0)

    assert shown(monkeypatch, io.StringIO(), [str(file)]) == ''


def test_who_wants_quiet_gets_no_bar(monkeypatch, file):
    monkeypatch.setattr(progress, '_PATIENCE', 0)

    assert shown(monkeypatch, Terminal(), [str(file)], is_quiet=True) == ''
