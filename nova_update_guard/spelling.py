"""Find the name that a misspelt one was meant to be."""

import difflib
from collections.abc import Iterable

# From this similarity on (0 to 1, by difflib), one name is a misspelling of
# the other.
_NEAR = 0.85


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return a hint at the nearest of *known* names; '' if none is near."""
    near = difflib.get_close_matches(str(name), known, 1, _NEAR)
    return f' (did you mean {near[0]!r}?)' if near else ''
