"""The bench runs against the guard as it is; what it measures, is not told.

``python -m tests.bench`` measures at length. Its rows beside nova and behind
proxies take minutes: the code that they share with these is run here.
"""

import pytest

from tests.bench import growth, inprocess, measure


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(measure, 'ROUNDS', 2)
    monkeypatch.setattr(measure, 'SECONDS', 0.001)


def test_each_row_of_the_guard_alone_is_measured_against_a_budget():
    rows = inprocess.rows()

    assert len({row.name for row in rows}) == len(rows) > 0
    assert [row.name for row in rows if row.budget is None] == []


def test_each_series_has_a_cost_for_each_size():
    series = growth.series()

    assert [len(_.sizes) for _ in series] == [len(_.costs) for _ in series]
    assert all(cost.median > 0 for each in series for cost in each.costs)


@pytest.mark.parametrize(
    'request_of', [inprocess.updating, inprocess.creating]
)
def test_the_request_of_a_row_reaches_nova(request_of):
    reached = []

    def nova(environ, start):
        reached.append(environ['REQUEST_METHOD'])
        return inprocess.ok(environ, start)

    request_of(inprocess.guard(nova), inprocess.member())()

    assert len(reached) == 1
