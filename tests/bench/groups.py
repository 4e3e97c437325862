"""The parts of the bench, each in a process of its own.

What a process has loaded counts: with nova in it, Python's garbage collector
looks through a hundred times as many objects, and all that makes objects is
slower.
"""

import importlib
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.bench.growth import Series
from tests.bench.measure import Measured, Ratio

# By name, the function that measures it, as ``module:function``.
GROUPS = {
    'guard': 'tests.bench.inprocess:rows',
    'nova': 'tests.whole_nova.bench:rows',
    'growth': 'tests.bench.growth:series',
    'proxies': 'tests.bench.proxies.rows:rows',
    'cloud': 'tests.bench.proxies.cloud:rows',
}
_MARK = 'measured '


class Found(NamedTuple):
    """The measurements of a group."""

    rows: list[Measured]
    series: list[Series]


def measure(name: str) -> Found:
    """Measure the group *name* in a process of its own.

    Raises CalledProcessError, after what it said.
    """
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', __name__, name],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    (said,) = [
        line.removeprefix(_MARK)
        for line in done.stdout.splitlines()
        if line.startswith(_MARK)
    ]
    return Found(*_read(json.loads(said)))


def _read(said: list[Any]) -> Iterator[list[Any]]:
    rows, series = said
    yield [
        Measured(name, against, Ratio(*ratio), *budget)
        for name, against, ratio, *budget in rows
    ]
    yield [
        Series(name, sizes, [Ratio(*cost) for cost in costs])
        for name, sizes, costs in series
    ]


def main(name: str) -> None:
    """Measure the group *name* here, and say it in one line."""
    warnings.simplefilter('ignore')
    logging.disable()
    module, _, function = GROUPS[name].partition(':')
    found = getattr(importlib.import_module(module), function)()
    series = [each for each in found if isinstance(each, Series)]
    rows = [each for each in found if isinstance(each, Measured)]
    print(f'{_MARK}{json.dumps([rows, series])}')


if __name__ == '__main__':
    main(sys.argv[1])
