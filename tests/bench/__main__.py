"""``python -m tests.bench``: the guard's costs, as a table of ratios.

``--json FILE`` keeps what was measured and ``--svg FILE`` draws it;
``--compare FILE`` tells which ratios got worse since by more than their
spread, when the group of each is measured again, too; then the command ends
with 1. ``--only`` names groups to measure.
"""

import argparse
import json
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from tests.bench import comparison, groups
from tests.bench.groups import GROUPS, Found
from tests.bench.measure import Measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 unless a ratio got worse."""
    requested = _parser().parse_args(arguments)
    began = time.monotonic()
    print('| work | against | ratio | spread | budget | |')
    print('| --- | --- | --- | --- | --- | --- |')
    found = {}
    for name in requested.only or GROUPS:
        found[name] = groups.measure(name)
        for row in found[name].rows:
            print(_line(row), flush=True)
    for each in (each for group in found.values() for each in group.series):
        print(f'\n{each.name}, as a share of the last:')
        for size, cost in zip(each.sizes, each.costs, strict=True):
            print(f'  {size:5} {cost.median:.4f}')
    print(f'\n{time.monotonic() - began:.0f} seconds')
    _keep(requested, found.values())
    if not requested.compare:
        return 0
    return _compare(requested.compare, found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='python -m tests.bench')
    parser.add_argument('--json', type=Path, metavar='FILE')
    parser.add_argument('--svg', type=Path, metavar='FILE')
    parser.add_argument('--compare', type=Path, metavar='FILE')
    parser.add_argument('--only', action='append', choices=GROUPS)
    return parser


def _keep(requested: argparse.Namespace, parts: Collection[Found]) -> None:
    """Write what was found, of which each group has a part."""
    found = Found(
        [row for part in parts for row in part.rows],
        [each for part in parts for each in part.series],
    )
    if requested.json:
        text = json.dumps(found._asdict(), indent=1)
        requested.json.write_text(f'{text}\n')
    if requested.svg:
        # matplotlib takes a second to load.
        from tests.bench import chart

        chart.draw(found, requested.svg)


def _compare(path: Path, found: Mapping[str, Found]) -> int:
    """Print the rows that are worse than at *path*; return 1 if any is."""
    rows = {name: group.rows for name, group in found.items()}
    worse = [
        *comparison.worse(
            comparison.earlier(path),
            rows,
            lambda name: groups.measure(name).rows,
        )
    ]
    for then, row in worse:
        print(
            f'worse: {row.name}, against {row.against}: '
            f'{_figure(then.median)}, now {_figure(row.ratio.median)}'
        )
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


if __name__ == '__main__':
    sys.exit(main())
