"""A microversion, and the rows of a table that are in force at it."""

import bisect
import functools
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol


class Version(NamedTuple):
    """A microversion; compares as a tuple, ``str()`` gives ``'2.104'``."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f'{self.major}.{self.minor}'


# Under /v2 nova serves its 2.0 schemas; no microversion selects them.
LEGACY_V2 = Version(2, 0)
MIN = Version(2, 1)


class Row(Protocol):
    """A row of a table, in force from version *since* on."""

    @property
    def since(self) -> Version:
        """The first version at which the row is in force."""


def effective_version_of(
    rows: Iterable[Row],
) -> Callable[[Version], Version]:
    """Return a function from a version to the one of the newest of *rows*.

    Between the two, the same rows are in force. There are few of these
    versions, so a cache by them is bounded; a client can request any other.
    """
    edges = sorted({row.since for row in rows})

    @functools.lru_cache(256)
    def effective_version(version: Version) -> Version:
        return edges[bisect.bisect_right(edges, version) - 1]

    return effective_version
