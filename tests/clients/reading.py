"""What of a printed table, or of returned documents, is other than before."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, object]

# The headings of a table of one object, a line for each attribute.
_NAMES = {'Field', 'Property'}
# These change from one minute to the next, or from one machine to another:
# openstacksdk's list_servers tries which addresses it can connect to.
_MOVING = {'uptime', 'access_ipv4', 'interface_ip', 'public_v4'}
_LONGEST = 200
_EMPTY = 'is empty'
_NUMBER = re.compile(r'\.\d+')
_MISSING = object()
_URL = re.compile(r'http://[^\s,]+')
_REQUEST = re.compile(r' \(Request-ID: [^)]*\)')


def rows(printed: str) -> list[Row]:
    """Return the objects in *printed*: a client's table, or JSON."""
    if printed.startswith('['):
        return [dict(_flat(item)) for item in json.loads(printed)]
    lines = [_cells(line) for line in printed.splitlines() if line[:1] == '|']
    if not lines:
        return []
    heading, *rest = lines
    if heading[0] in _NAMES:
        return [_object(rest)]
    return [dict(zip(heading, line, strict=True)) for line in rest]


def message(words: str) -> str:
    """Return *words* without what is another in each request."""
    return _REQUEST.sub('', _URL.sub('URL', ' '.join(words.split())))


def differences(before: Sequence[Row], after: Sequence[Row]) -> Iterator[str]:
    """Yield what a reader sees of *after* that *before* did not have so."""
    if len(before) != len(after):
        yield f'{len(after)} rows instead of {len(before)}'
        return
    names = dict.fromkeys(name for row in (*before, *after) for name in row)
    found: dict[str, str] = {}
    for name in names:
        pairs = [
            (old.get(name, _MISSING), new.get(name, _MISSING))
            for old, new in zip(before, after, strict=True)
        ]
        shown = {_word(old, new) for old, new in pairs if old != new}
        if shown:
            found[_NUMBER.sub('', name)] = ' or '.join(sorted(shown))
    for name, words in found.items():
        if not any(_is_below(name, other, found) for other in found):
            yield f'`{name}` {words}'


def _is_below(name: str, other: str, found: Mapping[str, str]) -> bool:
    """Return whether *name* is gone because *other* is empty."""
    return name.startswith(f'{other}.') and found[other] == _EMPTY


def _object(lines: Sequence[Sequence[str]]) -> Row:
    """Return the object of a table; a value may take several lines."""
    found: dict[str, str] = {}
    last = ''
    for name, value, *_ in lines:
        last = name or last
        found[last] = f'{found[last]} {value}' if not name else value
    return found


def _flat(item: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the values below *item* with their names, as ``flavor.ram``."""
    if isinstance(item, list) and item and isinstance(item[0], dict):
        item = {str(number): each for number, each in enumerate(item)}
    if not (isinstance(item, dict) and item):
        yield '.'.join(path), item
        return
    for name, value in item.items():
        if name not in _MOVING:
            yield from _flat(value, (*path, name))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip('|').split(' | ')]


def _word(old: object, new: object) -> str:
    if new is _MISSING:
        return 'is not there'
    if new in ('', '-', [], {}):
        return _EMPTY
    text = new if isinstance(new, str) else json.dumps(new)
    if isinstance(old, str) and ', ' in text:
        # As many a client prints what is nested: only what changed.
        known = old.split(', ')
        parts = [part for part in text.split(', ') if part not in known]
        text = ', '.join(filter(None, parts))
        if not text:
            return 'has less in it'
    return f'is `{text}`' if len(text) <= _LONGEST else 'is another'
