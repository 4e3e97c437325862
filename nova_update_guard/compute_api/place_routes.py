"""Find the place that a request is for: a route by which nova shows values."""

import dataclasses
from collections.abc import Sequence

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.places import SHOWN, Shown
from nova_update_guard.compute_api.server_attributes import attributes_at

_ROWS = attributes_at(MAX)


def rule_of(attribute: str) -> str:
    """Return the rule of *attribute*: that of the newest version."""
    return _ROWS[attribute].rule


@dataclasses.dataclass(frozen=True, eq=False)
class Place:
    """All rows of a *route* for one method, and the *rules* of them.

    *whole* is the attribute that alone is shown, or an empty string.
    *tells_by_errors* says whether an error of nova's may tell what a server is
    like, too.
    """

    route: str
    rows: tuple[Shown, ...]
    rules: frozenset[str]
    whole: str
    tells_by_errors: bool


def find(method: str, segments: list[str]) -> tuple[Place, int] | None:
    """Return the place of a request, and where it begins in *segments*.

    Whatever precedes it: nova may be mounted below any prefix.
    """
    count = len(segments)
    # nova's patterns accept one newline at the end.
    if segments and segments[-1].endswith('\n'):
        segments = [*segments[:-1], segments[-1].removesuffix('\n')]
    for start in range(max(0, count - _LONGEST), count):
        if segments[start] in COLLECTIONS:
            found = PLACES.get(_key(method, segments, start))
            if found:
                return found, start
    return None


def _key(
    method: str, segments: list[str], start: int = 0
) -> tuple[str, str, int, str]:
    """Return what tells requests for places apart.

    ``/os-hypervisors/detail`` and ``/os-hypervisors/{id}`` are alike: the rows
    of both hold.
    """
    length = len(segments) - start
    third = segments[start + 2] if length > 2 else ''
    return method, segments[start], length, third


def _key_of(row: Shown, method: str) -> tuple[str, str, int, str]:
    return _key(method, row.route.strip('/').split('/'))


def _place(key: tuple[str, str, int, str], rows: Sequence[Shown]) -> Place:
    names = {name for row in rows for name, _ in row.values.values()}
    whole = next((row.whole for row in rows if row.whole), '')
    rules = frozenset(map(rule_of, {*names, whole} - {''}))
    tells = key[0] != 'GET' or key[-1] == 'diagnostics'
    return Place(rows[-1].route, tuple(rows), rules, whole, tells)


def _rows() -> dict[tuple[str, str, int, str], list[Shown]]:
    """Return all rows, by what tells requests for them apart."""
    rows: dict[tuple[str, str, int, str], list[Shown]] = {}
    for row in SHOWN:
        for method in row.methods:
            rows.setdefault(_key_of(row, method), []).append(row)
    return rows


PLACES = {key: _place(key, rows) for key, rows in _rows().items()}
PLACES |= {
    ('HEAD', *key[1:]): place
    for key, place in PLACES.items()
    if key[0] == 'GET'
}
# The first names of their paths.
COLLECTIONS = frozenset(collection for _, collection, _, _ in PLACES)
_LONGEST = max(length for _, _, length, _ in PLACES)
