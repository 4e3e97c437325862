"""The mistakes in policy files, and the error that has all of them."""

from pathlib import Path
from typing import NamedTuple

# The most mistakes in the message of one error; the commands show all.
_MOST = 20


class Place(NamedTuple):
    """A place in a file; lines are counted from 1, and 0 is the whole file."""

    path: Path
    line: int = 0

    def __str__(self) -> str:
        return f'{self.path}:{self.line}' if self.line else str(self.path)


class Mistake(NamedTuple):
    """A *text* about *rule*, or else about the *place*, and what to do.

    A rule without a place is one that no file sets.
    """

    text: str
    rule: str = ''
    place: Place | None = None

    def __str__(self) -> str:
        place = self.place or ('the defaults' if self.rule else '')
        return ': '.join(
            str(part) for part in (place, self.rule, self.text) if part
        )


class PolicyError(Exception):
    """Policy files that cannot be used, for each of its ``mistakes``.

    They are in the order of files and lines; the message has the first of
    them, a line each.
    """

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = sorted(dict.fromkeys(mistakes), key=_order)
        lines = [str(mistake) for mistake in self.mistakes[:_MOST]]
        if more := len(self.mistakes[_MOST:]):
            lines.append(f'and {more} more: nova-update-guard check lists all')
        super().__init__('\n'.join(lines))


def _order(mistake: Mistake) -> tuple[bool, Place]:
    return mistake.place is None, mistake.place or Place(Path())
