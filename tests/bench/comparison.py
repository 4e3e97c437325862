"""Which rows are worse than in an earlier run: only what two runs agree on.

Machines are noisy for minutes: all rounds of a row may be in such a time.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.bench.measure import Measured, Ratio

# A row's work, and what it is measured against: neither is enough to name it.
Key = tuple[str, str]
Before = Mapping[Key, Ratio]


def earlier(path: Path) -> Before:
    """Return the ratios that ``--json`` has written to *path*."""
    return {
        (name, against): Ratio(*ratio)
        for name, against, ratio, *_ in json.loads(path.read_text())['rows']
    }


def worse(
    before: Before,
    found: Mapping[str, Sequence[Measured]],
    again: Callable[[str], Sequence[Measured]],
) -> Iterator[tuple[Ratio, Measured]]:
    """Yield each row that is worse than *before*, and is so once more.

    *found* are the rows by group; *again* measures a group anew, and is called
    for those that have a worse row. With each comes its earlier ratio.
    """
    for group, rows in found.items():
        suspects = {_key(row) for row in _worse(before, rows)}
        if suspects:
            for row in _worse(before, again(group)):
                if _key(row) in suspects:
                    yield before[_key(row)], row


def _worse(before: Before, rows: Iterable[Measured]) -> Iterator[Measured]:
    """Yield the *rows* that are worse by more than the spread."""
    for row in rows:
        then, now = before.get(_key(row)), row.ratio
        if then and (now.high < then.low if row.more else now.low > then.high):
            yield row


def _key(row: Measured) -> Key:
    return row.name, row.against
