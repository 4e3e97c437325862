"""Find what a misspelt name, or a value that YAML misread, was meant to be."""

import difflib
from collections.abc import Iterable

# From this similarity on (0 to 1, by difflib), one name is a misspelling of
# the other.
_NEAR = 0.85


def did_you_mean(
    name: object, known: Iterable[str], near_from: float = _NEAR
) -> str:
    """Return a hint at the nearest of *known* names; '' if none is near.

    Case, and whether - or _ stands between words, does not matter.
    """
    by_form = {_form(each): each for each in known}
    near = difflib.get_close_matches(_form(str(name)), by_form, 1, near_from)
    return f' (did you mean {by_form[near[0]]!r}?)' if near else ''


def not_quoted(value: object) -> str:
    """Return a hint if YAML read a word without quotes as *value*, or ''."""
    if not isinstance(value, bool):
        return ''
    words = 'yes, on or true' if value else 'no, off or false'
    return f' (YAML reads {words} as a boolean: put the text in quotes)'


def _form(name: str) -> str:
    return name.lower().replace('-', '_')
