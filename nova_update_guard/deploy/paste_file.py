"""Check the pipelines of the paste file that the filter was loaded from."""

import configparser
from collections.abc import Iterator
from pathlib import Path

# nova's app, and the proxy to it.
_NOVA = ('APIRouterV21', 'nova_proxy')
_GUARD = 'nova_update_guard'


_MISSING = (
    'ends in nova without a filter of nova_update_guard: its requests are '
    'not guarded'
)
_MISPLACED = (
    'has {} between nova_update_guard and nova: move the guard last, right '
    'before the app'
)
_STRANGERS = (
    'has {} after nova_update_guard: requests reach the guard without a '
    'verified identity and get 401. Move the guard after it'
)
# The filters that verify callers, as nova's file and ours name them.
_VERIFIES = ('authtoken', 'keystonecontext')


def problems(path: str) -> list[tuple[str, str]]:
    """Return the pipelines to nova without the guard in the right place.

    Each with its problem. nova's own pipelines stand in ``[composite:...]``
    sections, one for each way to authenticate; others in ``[pipeline:...]``.
    Raises OSError, or configparser.Error for a file that is no paste file.
    """
    paste = _read(path)
    apps = {name for word in _NOVA for name in _names(paste, 'app', word)}
    guards = set(_names(paste, 'filter', _GUARD))
    found = []
    for section, (*filters, app) in _pipelines(paste):
        ours = [word in guards or _GUARD in word for word in filters]
        if app in apps and not any(ours):
            found.append((section, _MISSING))
        elif app in apps and not ours[-1]:
            between = filters[len(ours) - ours[::-1].index(True) :]
            late = [word for word in between if word in _VERIFIES]
            found.append((section, _MISPLACED.format(', '.join(between))))
            if late:
                found.append((section, _STRANGERS.format(', '.join(late))))
    return found


def ends_in_nova(path: str) -> bool:
    """Check whether the file has nova's app. Raises as problems() does."""
    return bool([*_names(_read(path), 'app', _NOVA[0])])


def _read(path: str) -> configparser.RawConfigParser:
    # As Paste reads it, but without interpolation of %(...)s.
    paste = configparser.RawConfigParser(strict=False)
    paste.read_string(Path(path).read_text(encoding='utf-8'), path)
    return paste


def _names(
    paste: configparser.RawConfigParser, kind: str, word: str
) -> Iterator[str]:
    """Yield the names of sections of *kind* that have *word* in a value."""
    for section in paste.sections():
        values = ' '.join(paste[section].values())
        if section.startswith(f'{kind}:') and word in values:
            yield section.partition(':')[2]


def _pipelines(
    paste: configparser.RawConfigParser,
) -> Iterator[tuple[str, list[str]]]:
    for section in paste.sections():
        if section.partition(':')[0] in ('pipeline', 'composite'):
            for value in paste[section].values():
                if value.split():
                    yield section, value.split()
