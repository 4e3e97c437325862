"""The names of projects and users, to print beside their ids.

Names are untrusted text, and two projects can have the same one. So a name
never replaces an id.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from nova_update_guard.report.grouping import OTHERS, Grouping

# The dimensions whose values are ids of keystone's.
NAMED = ('project', 'user')
# keystone takes no longer ones; an LDAP server can have some.
MOST_LETTERS = 255

# By id.
Known = dict[str, str]


@dataclass(frozen=True)
class Names:
    """The known names of each dimension that is to have names."""

    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def columns(self, dimensions: Iterable[str]) -> list[str]:
        """Return *dimensions*, with a column of names after those of ids."""
        return [
            column
            for dimension in dimensions
            for column in (
                (dimension, f'{dimension}_name')
                if dimension in self.known
                else (dimension,)
            )
        ]

    def values(
        self, dimensions: Sequence[str], values: Sequence[object]
    ) -> list[object]:
        """Return the *values* of a row in the order of its columns."""
        return [
            each
            for dimension, value in zip(dimensions, values, strict=True)
            for each in (
                (value, self.name(dimension, value))
                if dimension in self.known
                else (value,)
            )
        ]

    def name(self, dimension: str, value: object) -> str | None:
        """Return the name of an id in *dimension*; None if it is not known."""
        if isinstance(value, str):
            return self.known.get(dimension, {}).get(value)
        return None

    def unnamed(self, groupings: Iterable[Grouping]) -> dict[str, int]:
        """Return the number of ids without a name, by dimension."""
        ids: dict[str, set[object]] = {each: set() for each in self.known}
        for grouping in groupings:
            for key, _ in grouping.groups():
                for dimension, value in zip(
                    grouping.dimensions, key, strict=True
                ):
                    if dimension in ids and value not in (None, OTHERS):
                        ids[dimension].add(value)
        return {
            dimension: sum(self.name(dimension, each) is None for each in all_)
            for dimension, all_ in ids.items()
        }


NO_NAMES = Names()


class _Entry(msgspec.Struct, rename={'id': 'ID', 'name': 'Name'}):
    """What is read of one project or user; further keys are ignored."""

    id: str
    name: str


class _Kept(msgspec.Struct):
    """Names as they are kept for the next report."""

    project: dict[str, str]
    user: dict[str, str]


def listed(text: bytes) -> Known:
    """Parse names as ``openstack project list -f json`` prints them.

    The list of users looks the same. Raises ValueError.
    """
    entries = msgspec.convert(_parsed(text), list[_Entry])
    return known((entry.id, entry.name) for entry in entries)


def kept(text: bytes) -> dict[str, Known]:
    """Parse what `keep` returned. Raises ValueError."""
    found = msgspec.convert(_parsed(text), _Kept)
    return {'project': found.project, 'user': found.user}


def keep(names: Mapping[str, Mapping[str, str]]) -> str:
    """Return *names* of projects and users as JSON: ids and names only."""
    return json.dumps({dimension: {**names[dimension]} for dimension in NAMED})


def known(pairs: Iterable[tuple[str, str]]) -> Known:
    """Return names by id, of pairs of both; the last name of an id counts."""
    return {each: _clean(name) for each, name in pairs}


def _clean(name: str) -> str:
    """Return *name* as text that can be encoded, cut if it is too long.

    JSON can have half a surrogate pair, and UTF-8 cannot.
    """
    if len(name) > MOST_LETTERS:
        name = f'{name[: MOST_LETTERS - 1]}…'
    return name.encode('utf-8', 'replace').decode()


def _parsed(text: bytes) -> object:
    """Parse JSON as any program writes it. Raises ValueError."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError('it is nested too deeply') from None
