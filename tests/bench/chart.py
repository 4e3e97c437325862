"""The bench as one picture: each row's share of its budget, and growth."""

from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot
from matplotlib.axes import Axes

from tests.bench.groups import Found
from tests.bench.growth import Series
from tests.bench.measure import Measured

_MET, _MISSED = '#1f6f50', '#b3401a'


def draw(found: Found, path: Path) -> None:
    """Write the picture to *path*, as SVG with text that stays text."""
    settings = {'svg.fonttype': 'none', 'svg.hashsalt': 'bench'}
    with mpl.rc_context(settings):
        figure, places = pyplot.subplots(
            2, 1, figsize=(9, 10), height_ratios=(3, 2), layout='constrained'
        )
        _budgets(places[0], [row for row in found.rows if row.budget])
        _growth(places[1], found.series)
        figure.savefig(path, metadata={'Date': None})
        pyplot.close(figure)


def _budgets(axes: Axes, rows: list[Measured]) -> None:
    """Draw how much of its budget each row takes; less is better."""
    shares = [_share(row) for row in rows]
    colours = [_MET if row.is_met else _MISSED for row in rows]
    axes.barh(range(len(rows)), shares, color=colours)
    axes.axvline(1, color='black', linewidth=1)
    axes.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale('log')
    axes.set_title('Share of the budget (left of the line: met)')


def _share(row: Measured) -> float:
    budget = row.budget or 1
    ratio = max(row.ratio.median, 1e-4)
    return budget / ratio if row.more else ratio / budget


def _growth(axes: Axes, series: list[Series]) -> None:
    """Draw the cost by size, both as shares of the largest."""
    axes.plot([1e-3, 1], [1e-3, 1], ':', color='grey', label='linear')
    for each in series:
        points = [
            (size / each.sizes[-1], cost.median)
            for size, cost in zip(each.sizes, each.costs, strict=True)
            if size
        ]
        axes.plot(*zip(*points, strict=True), marker='o', label=each.name)
    axes.set_xscale('log')
    axes.set_yscale('log')
    axes.set_xlabel('size, as a share of the largest')
    axes.set_ylabel('cost, as a share of the largest')
    axes.legend(fontsize=8)
