"""``python -m tests.bench``: what the guard costs, as a table of ratios.

``--json FILE`` keeps what was measured, ``--compare FILE`` tells which ratios
got worse since by more than their spread; then the command ends with 1.
"""

import argparse
import json
import logging
import sys
from pathlib import Path

from tests.bench import answers, measure
from tests.bench.measure import Ratio, Row


def main() -> int:
    """Return 0 unless a ratio got worse."""
    parser = argparse.ArgumentParser(prog='python -m tests.bench')
    parser.add_argument('--json', type=Path)
    parser.add_argument('--compare', type=Path)
    asked = parser.parse_args()
    logging.disable()
    measured = {}
    print('| work | against | ratio | spread | budget | |')
    print('| --- | --- | --- | --- | --- | --- |')
    for row in answers.rows():
        measured[row.name] = measure.ratio(row)
        print(_line(row, measured[row.name]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(measured, indent=1))
    worse = _worse(asked.compare, measured) if asked.compare else []
    for line in worse:
        print(line)
    return 1 if worse else 0


def _line(row: Row, ratio: Ratio) -> str:
    bound = 'at least' if row.more else 'at most'
    met = 'met' if measure.is_met(row, ratio) else 'missed'
    return (
        f'| {row.name} | {row.against} | {ratio.median:.2f} | '
        f'{ratio.low:.2f}-{ratio.high:.2f} | {bound} {row.budget:g} | {met} |'
    )


def _worse(path: Path, measured: dict[str, Ratio]) -> list[str]:
    """Return a line for each ratio that got worse by more than its spread."""
    before = {
        name: Ratio(*figures)
        for name, figures in json.loads(path.read_text()).items()
    }
    more = {row.name for row in answers.rows() if row.more}
    found = []
    for name in measured.keys() & before.keys():
        now, then = measured[name], before[name]
        worse = now.high < then.low if name in more else now.low > then.high
        if worse:
            found.append(f'worse: {name}: {then.median:.2f}, {now.median:.2f}')
    return sorted(found)


if __name__ == '__main__':
    sys.exit(main())
