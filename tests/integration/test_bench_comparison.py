"""Rows that are worse than in an earlier run of the bench."""

import json

import pytest

from tests.bench import comparison
from tests.bench.measure import Measured, Ratio

SAME = Ratio(1.0, 0.9, 1.1)
MORE = Ratio(1.5, 1.4, 1.6)
LESS = Ratio(0.5, 0.4, 0.6)
WITHIN = Ratio(1.15, 1.05, 1.25)


def row(ratio, name='work', against='floor', more=False):
    return Measured(name, against, ratio, 2.0, more)


def worse(first, second, more=False):
    """Return names that are worse than SAME after two runs of a group."""
    found = {'a group': [row(first, more=more)]}
    return [
        each.name
        for _, each in comparison.worse(
            {('work', 'floor'): SAME},
            found,
            lambda name: [row(second, more=more)],
        )
    ]


@pytest.mark.parametrize(
    ('first', 'second', 'more'),
    [
        (MORE, SAME, False),
        (MORE, WITHIN, False),
        (SAME, MORE, False),
        (LESS, LESS, False),
        (LESS, SAME, True),
        (MORE, MORE, True),
    ],
)
def test_row_that_is_worse_in_one_run_of_two_is_not_named(first, second, more):
    assert worse(first, second, more) == []


@pytest.mark.parametrize(('ratio', 'more'), [(MORE, False), (LESS, True)])
def test_row_that_is_worse_in_both_runs_is_named(ratio, more):
    assert worse(ratio, ratio, more) == ['work']


def test_only_groups_with_a_worse_row_are_measured_again():
    measured = []

    def again(name):
        measured.append(name)
        return [row(MORE)]

    found = {'good': [row(SAME)], 'bad': [row(MORE)], 'new': [row(MORE, 'n')]}

    ((then, named),) = comparison.worse(
        {('work', 'floor'): SAME}, found, again
    )

    assert measured == ['bad']
    assert (then, named.ratio) == (SAME, MORE)


def test_rows_of_one_name_are_told_apart_by_what_they_are_against(tmp_path):
    kept = tmp_path / 'bench.json'
    rows = [row(SAME, against='one'), row(MORE, against='other')]
    kept.write_text(json.dumps({'rows': rows}))
    before = comparison.earlier(kept)

    assert [*comparison.worse(before, {'a': rows}, lambda name: rows)] == []
