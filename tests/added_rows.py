"""A copy of the package with rows added to its tables, imported in its place.

Each row stands in one source file: what a test sees of it follows from there.
"""

import importlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

PACKAGE = 'nova_update_guard'
ROOT = Path(__file__).parents[1]


def copied(folder: Path, rows: Mapping[tuple[str, str], str]) -> Path:
    """Return *folder* with a copy, with *rows* by file and name of the table.

    A row becomes the last one of its table.
    """
    shutil.copytree(
        ROOT / PACKAGE,
        folder / PACKAGE,
        ignore=shutil.ignore_patterns('__pycache__'),
    )
    for (name, table), row in rows.items():
        file = folder / PACKAGE / name
        head, begin, rest = file.read_text().partition(f'\n{table} = (\n')
        others, end, tail = rest.partition('\n)\n')
        assert begin
        assert end
        file.write_text(f'{head}{begin}{others}\n    {row}{end}{tail}')
    return folder


@contextmanager
def imported(folder: Path) -> Iterator[None]:
    """Let imports of the package be of the copy in *folder*."""
    own = _forgotten()
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        _forgotten()
        sys.modules.update(own)


def module(name: str) -> ModuleType:
    """Return the module *name* of the package that is imported now."""
    return importlib.import_module(f'{PACKAGE}.{name}')


def _forgotten() -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.split('.')[0] == PACKAGE]
    return {name: sys.modules.pop(name) for name in names}
