"""What of a printed table, or of returned documents, is other than before."""

import json
from collections.abc import Iterator, Mapping, Sequence

Row = Mapping[str, object]

# The headings of a table of one object, a line for each attribute.
_NAMES = {'Field', 'Property'}
_LONGEST = 40
_MISSING = object()


def rows(printed: str) -> list[Row]:
    """Return the objects in *printed*: a client's table, or JSON."""
    if printed.startswith('['):
        return list(json.loads(printed))
    lines = [_cells(line) for line in printed.splitlines() if line[:1] == '|']
    if not lines:
        return []
    heading, *rest = lines
    if heading[0] in _NAMES:
        return [{name: value for name, value, *_ in rest if name}]
    return [dict(zip(heading, line, strict=True)) for line in rest]


def differences(before: Sequence[Row], after: Sequence[Row]) -> Iterator[str]:
    """Yield what a reader sees of *after* that *before* did not have so."""
    if len(before) != len(after):
        yield f'{len(after)} rows instead of {len(before)}'
        return
    names = dict.fromkeys(name for row in (*before, *after) for name in row)
    for name in names:
        pairs = [
            (old.get(name, _MISSING), new.get(name, _MISSING))
            for old, new in zip(before, after, strict=True)
        ]
        shown = {_word(new) for old, new in pairs if old != new}
        if shown:
            yield f'`{name}` {" or ".join(sorted(shown))}'


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip('|').split(' | ')]


def _word(value: object) -> str:
    if value is _MISSING:
        return 'is not there'
    if value in ('', '-', [], {}):
        return 'is empty'
    text = value if isinstance(value, str) else json.dumps(value)
    return f'is `{text}`' if len(text) <= _LONGEST else 'is another'
