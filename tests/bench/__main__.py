"""``python -m tests.bench``: the guard's costs, as a table of ratios.

``--json FILE`` keeps what was measured and ``--svg FILE`` draws it;
``--compare FILE`` tells which ratios got worse since by more than their
spread, and then the command ends with 1. ``--only`` names groups to measure.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench import groups
from tests.bench.groups import GROUPS, Found
from tests.bench.measure import Measured, Ratio


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 unless a ratio got worse."""
    requested = _parser().parse_args(arguments)
    began = time.monotonic()
    print('| work | against | ratio | spread | budget | |')
    print('| --- | --- | --- | --- | --- | --- |')
    rows, series = [], []
    for name in requested.only or GROUPS:
        found = groups.measure(name)
        rows += found.rows
        series += found.series
        for row in found.rows:
            print(_line(row), flush=True)
    for each in series:
        print(f'\n{each.name}, as a share of the last:')
        for size, cost in zip(each.sizes, each.costs, strict=True):
            print(f'  {size:5} {cost.median:.4f}')
    print(f'\n{time.monotonic() - began:.0f} seconds')
    return _kept(requested, Found(rows, series))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='python -m tests.bench')
    parser.add_argument('--json', type=Path, metavar='FILE')
    parser.add_argument('--svg', type=Path, metavar='FILE')
    parser.add_argument('--compare', type=Path, metavar='FILE')
    parser.add_argument('--only', action='append', choices=GROUPS)
    return parser


def _kept(requested: argparse.Namespace, found: Found) -> int:
    """Write and compare the *found* rows; return the exit status."""
    if requested.json:
        text = json.dumps(found._asdict(), indent=1)
        requested.json.write_text(f'{text}\n')
    if requested.svg:
        # matplotlib takes a second to load.
        from tests.bench import chart

        chart.draw(found, requested.svg)
    worse = (
        [*_worse(requested.compare, found.rows)] if requested.compare else []
    )
    for line in worse:
        print(line)
    return 1 if worse else 0


def _line(row: Measured) -> str:
    ratio = row.ratio
    bound = 'at least' if row.more else 'at most'
    budget = '' if row.budget is None else f'{bound} {row.budget:g}'
    met = {True: 'met', False: '**missed**', None: ''}[row.is_met]
    return (
        f'| {row.name} | {row.against} | {_figure(ratio.median)} | '
        f'{_figure(ratio.low)}-{_figure(ratio.high)} | {budget} | {met} |'
    )


def _figure(value: float) -> str:
    return f'{value:.2g}' if abs(value) < 0.1 else f'{value:.3g}'


def _worse(path: Path, rows: Sequence[Measured]) -> Iterator[str]:
    """Yield a line for each ratio that got worse by more than its spread."""
    before = {
        name: Ratio(*ratio)
        for name, _, ratio, *_ in json.loads(path.read_text())['rows']
    }
    for row in rows:
        then = before.get(row.name)
        if then is None:
            continue
        now = row.ratio
        worse = now.high < then.low if row.more else now.low > then.high
        if worse:
            yield (
                f'worse: {row.name}: {_figure(then.median)}, now '
                f'{_figure(now.median)}'
            )


if __name__ == '__main__':
    sys.exit(main())
