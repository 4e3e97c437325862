"""nova's paste file, as it is and with the guard in both pipelines."""

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

_APP = ' osapi_compute_app_v21\n'
_PIPELINES = 2


def plain(folder: Path) -> Path:
    """Write nova's own paste file."""
    return _written(folder / 'plain-paste.ini', _nova_paste())


def guarded(folder: Path, options: Sequence[str]) -> Path:
    """Write nova's paste file with a guard that has these *options*."""
    text = _nova_paste()
    keystone = [
        line
        for line in text.splitlines(keepends=True)
        if line.startswith('keystone = ') and line.endswith(_APP)
    ]
    assert len(keystone) == _PIPELINES, keystone
    for line in keystone:
        text = text.replace(line, line.replace(_APP, f' update_guard{_APP}'))
    # No file of its own, nor one of this machine's: all else is default.
    none = _written(folder / 'no-options.conf', '')
    section = [
        '[filter:update_guard]',
        'use = egg:nova_update_guard#update_guard',
        f'oslo_config_file = {none}',
        *options,
    ]
    lines = '\n'.join(['', *section, ''])
    return _written(folder / 'guarded-paste.ini', text + lines)


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _nova_paste() -> str:
    return next(
        Path(file.locate()).read_text()
        for file in metadata.files('nova') or ()
        if file.name == 'api-paste.ini'
    )
