from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.report import chart
from nova_update_guard.report.findings import KINDS

NOON = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
COUNTS = st.lists(st.integers(0, 10**9), min_size=4, max_size=4)


def of(*counts, length=MINUTE):
    spans = [
        (NOON + number * length, each) for number, each in enumerate(counts)
    ]
    return chart.chart(spans, length)


def test_each_kind_is_on_one_scale():
    kinds = [kind for some, _ in chart.SCALES for kind in some]

    assert sorted(kinds) == [*range(len(KINDS))]


def test_without_counts_there_is_no_panel():
    assert of().panels == []
    assert of([0, 0, 0, 0]).panels == []


def test_only_counted_kinds_have_a_panel():
    (panel,) = of([0, 0, 0, 1], [0, 0, 1, 0]).panels

    assert panel.kinds == (2, 3)


def test_the_parts_of_a_span_are_stacked():
    (panel,) = of([1, 3, 0, 0]).panels
    ((refused, would),) = (span.bars for span in panel.spans)

    assert (refused.kind, refused.start) == (0, 0)
    assert would.start == refused.length == panel.height / 4
    assert would.start + would.length == panel.height


@given(st.lists(COUNTS, max_size=120))
def test_nothing_is_drawn_outside_of_the_chart(counts):
    drawn = of(*counts)

    for panel in drawn.panels:
        for span in panel.spans:
            assert 0 <= span.place <= 100 - drawn.width + 0.01
            for bar in span.bars:
                assert bar.start + bar.length <= panel.height + 0.02
    assert len(drawn.marks) <= 4


def test_many_spans_are_as_wide_as_the_chart_together():
    drawn = of(*[[1, 0, 0, 0]] * 100)
    places = [span.place for span in drawn.panels[0].spans]

    assert drawn.width == 1
    assert (places[0], places[-1]) == (0, 99)


def test_a_few_spans_are_narrow_and_in_the_middle():
    drawn = of([1, 0, 0, 0])
    (span,) = drawn.panels[0].spans

    assert drawn.width < 5
    assert span.place + drawn.width / 2 == pytest.approx(50, abs=0.01)


@pytest.mark.parametrize(
    ('length', 'text'),
    [(timedelta(hours=12), '11-24 12:00'), (timedelta(days=1), '2026-11-24')],
)
def test_marks_of_days_are_dates(length, text):
    assert of([1, 0, 0, 0], length=length).marks[0].text == text


def test_an_axis_begins_at_nothing_and_ends_at_a_round_number():
    (panel,) = of([1100, 0, 0, 0]).panels

    assert [mark.text for mark in panel.marks] == ['0', '1,000', '2,000']
    assert [mark.place for mark in panel.marks] == [
        0,
        panel.height / 2,
        panel.height,
    ]


@pytest.mark.parametrize(
    ('count', 'top'),
    [(0, 1), (1, 1), (2, 2), (3, 4), (7, 8), (9, 10), (10, 10), (11, 20)],
)
def test_an_axis_is_a_little_longer_than_its_largest_value(count, top):
    assert chart.ceiling(count) == top


@given(st.integers(0, 10**18))
def test_every_count_has_an_axis_that_is_at_most_twice_as_long(count):
    assert count <= chart.ceiling(count) <= max(1, 2 * count)


def test_bars_of_rows_are_percent_of_the_most_on_their_scale():
    rows = [[1, 3, 0, 0], [0, 2, 5, 5]]
    most = chart.most_of(rows)
    refusals, redactions = chart.stacks(rows[1], most)

    assert most == [4, 10]
    assert [bar.length for bar in refusals] == [50]
    assert [(bar.start, bar.length) for bar in redactions] == [
        (0, 50),
        (50, 50),
    ]


def test_where_nothing_was_counted_there_are_no_bars():
    assert chart.most_of([]) == [0, 0]
    assert chart.stacks([0] * 4, [0, 0]) == [[], []]


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_some_is_warmer_than_none_and_the_most_is_warmest(count, most):
    count = min(count, most)
    warm = chart.warmth(count, most, 5)

    assert (warm == 0) == (count == 0)
    assert warm <= chart.warmth(most, most, 5) == 5
