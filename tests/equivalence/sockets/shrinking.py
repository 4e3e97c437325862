"""The plainest request with which the same goes wrong.

Hypothesis could only shrink what it has drawn itself, one request at a time.
Here many are under way at once, and those that go wrong are few.
"""

from collections.abc import Callable

from tests.equivalence.picks import WIDTH


def smallest(data: bytes, goes_wrong: Callable[[bytes], bool]) -> bytes:
    """Return the picks of *data*, each as small as it goes wrong with.

    They are *data* if that does not go wrong again.
    """
    if not goes_wrong(data):
        return data
    before = None
    while data != before:
        before = data
        for at in range(0, len(data), WIDTH):
            data = _with_smaller(data, at, goes_wrong)
    return data


def _with_smaller(
    data: bytes, at: int, goes_wrong: Callable[[bytes], bool]
) -> bytes:
    """Return *data* with the pick at *at* lowered, to zero where possible."""

    def changed(pick: int) -> bytes:
        new = pick.to_bytes(WIDTH, 'big')
        return data[:at] + new + data[at + WIDTH :]

    most = int.from_bytes(data[at : at + WIDTH], 'big')
    if not most or goes_wrong(changed(0)):
        return changed(0)
    least = 1
    while least < most:
        middle = (least + most) // 2
        if goes_wrong(changed(middle)):
            most = middle
        else:
            least = middle + 1
    return changed(most)
