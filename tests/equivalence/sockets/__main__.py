"""``python -m tests.equivalence.sockets N``: N requests a combination.

Each guard before each front of nova, one after the other. Prints how it goes,
a table, and every disagreement, made as small as it can be, as raw bytes; and
ends with 1 if there is one.
"""

import argparse
import itertools
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.equivalence.sockets import running, stage
from tests.equivalence.sockets.fronts import FRONTS
from tests.equivalence.sockets.proxies import SERVERS
from tests.equivalence.sockets.running import Run
from tests.equivalence.sockets.stage import Stage

_REPORT_SECONDS = 30
# What is told of a run.
_COLUMNS = (
    *('guard before front', 'requests', 'reached', 'updates', '2xx', '400'),
    *('403', 'none', 'other', 'seconds', 'unjudged'),
)


def main() -> int:
    """Return 0 if all that was reached was judged."""
    parser = argparse.ArgumentParser(
        prog='python -m tests.equivalence.sockets'
    )
    parser.add_argument('requests', type=int, nargs='?', default=10_000)
    parser.add_argument('--guard', choices=SERVERS, action='append')
    parser.add_argument('--front', choices=FRONTS, action='append')
    parser.add_argument('--seed', type=int, default=int(time.time()))
    requested = parser.parse_args()
    chosen = itertools.product(
        requested.guard or SERVERS, requested.front or FRONTS
    )
    print(f'seed {requested.seed}', flush=True)
    warnings.simplefilter('ignore')
    with (
        tempfile.TemporaryDirectory() as folder,
        stage.set_in(Path(folder)) as on,
    ):
        runs = [*_runs(on, [*chosen], requested.requests, requested.seed)]
    _print_table(runs)
    for run in runs:
        for wrong in run.wrong:
            print(f'- {run.name}: {wrong}')
    return 1 if any(run.wrong for run in runs) else 0


def _runs(
    on: Stage, chosen: list[tuple[str, str]], requests: int, seed: int
) -> Iterator[Run]:
    for guard, front in chosen:
        if FRONTS[front].missing:
            print(f'{guard} before {front}: {FRONTS[front].missing}')
            continue
        combination = on.combination(guard, front)
        run = running.run(combination, requests, seed, _Teller())
        print(_progress(run), flush=True)
        yield run


class _Teller:
    """Tells how a run goes, now and then."""

    def __init__(self) -> None:
        self._reported = time.monotonic()

    def __call__(self, run: Run) -> None:
        if time.monotonic() - self._reported > _REPORT_SECONDS:
            self._reported = time.monotonic()
            print(_progress(run), flush=True)


def _progress(run: Run) -> str:
    return (
        f'{run.name}: {run.requests} requests in {run.seconds:.0f} s, '
        f'{run.requests / run.seconds:.0f} a second; {run.reached} reached '
        f'nova, {run.unjudged} unjudged'
    )


def _print_table(runs: list[Run]) -> None:
    _print_row(_COLUMNS[0], _COLUMNS[1:])
    numbers = [_numbers(run) for run in runs]
    for run, row in zip(runs, numbers, strict=True):
        _print_row(run.name, row)
    _print_row('all', [sum(column) for column in zip(*numbers, strict=True)])


def _print_row(name: str, cells: Iterable[object]) -> None:
    print(f'{name:28}' + ''.join(f'{cell!s:>9}' for cell in cells))


def _numbers(run: Run) -> list[int]:
    codes = run.statuses
    reported = [
        sum(codes[code] for code in codes if code // 100 == 2),
        *(codes[400], codes[403], codes[0]),
    ]
    other = run.requests - sum(reported)
    return [
        *(run.requests, run.reached, run.changed, *reported, other),
        *(round(run.seconds), run.unjudged),
    ]


if __name__ == '__main__':
    sys.exit(main())
