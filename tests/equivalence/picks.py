"""Choices, made by bytes.

Hypothesis draws numbers close to the first choice far more often than others,
which is right for shrinking and makes most requests plain ones. Bytes it
draws evenly: the weights in the lists are those of the examples. It draws
them once for each example, which is less than half of the work, and shrinks
them to zeros, which pick the first of each list.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar('T')

# Of each choice; no list is so long that three would make it uneven.
WIDTH = 3


class Picks:
    """Picks from lists; the first of each when there are no bytes left."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def one(self, choices: Sequence[T]) -> T:
        """Return one of *choices*, of which zeros pick the first."""
        at, self._at = self._at, self._at + WIDTH
        chosen = int.from_bytes(self._data[at : self._at], 'big')
        return choices[chosen * len(choices) >> (8 * WIDTH)]


def examples(make: Callable[[Picks], T], most: int) -> st.SearchStrategy[T]:
    """Return the strategy of *make* with at most *most* picks."""
    size = most * WIDTH
    return st.binary(min_size=size, max_size=size).map(
        lambda data: make(Picks(data))
    )
