import random
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.report.timeline import Timeline

NOON = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
MOMENT = st.datetimes(
    min_value=datetime(1, 1, 1),
    max_value=datetime(9999, 12, 31),
    timezones=st.just(timezone.utc),
)
NEAR = st.integers(0, 10**7).map(lambda far: NOON + timedelta(seconds=far))


def timeline(*moments, most=120):
    line = Timeline(most, 1)
    for moment in moments:
        line.count(moment, 0, 1)
    return line


def test_without_records_there_are_no_spans():
    assert timeline().spans() == []


def test_one_moment_is_in_one_span_of_a_minute():
    line = timeline(NOON + timedelta(seconds=59.9))

    assert line.spans() == [(NOON, [1])]
    assert line.width == timedelta(minutes=1)


def test_kinds_are_counted_apart_and_by_weight():
    line = Timeline(120, 3)
    line.count(NOON, 0, 5)
    line.count(NOON, 2, 7)

    assert line.spans() == [(NOON, [5, 0, 7])]


def test_gaps_are_spans_without_counts():
    line = timeline(NOON, NOON + timedelta(minutes=3))

    assert [counts for _, counts in line.spans()] == [[1], [0], [0], [1]]


@pytest.mark.parametrize('most', [2, 120])
def test_spans_widen_only_when_there_are_too_many(most):
    last = NOON + timedelta(minutes=most - 1)

    assert timeline(NOON, last, most=most).width == timedelta(minutes=1)
    assert timeline(
        NOON, last + timedelta(minutes=1), most=most
    ).width > timedelta(minutes=1)


@pytest.mark.parametrize(
    ('far', 'width'),
    [
        (timedelta(hours=5), timedelta(minutes=5)),
        (timedelta(days=1), timedelta(minutes=15)),
        (timedelta(days=14), timedelta(hours=6)),
        (timedelta(days=100), timedelta(days=1)),
        (timedelta(days=365), timedelta(days=7)),
        (timedelta(days=365 * 4), timedelta(days=14)),
    ],
)
def test_spans_are_as_long_as_people_count_time(far, width):
    assert timeline(NOON, NOON + far).width == width


def test_weeks_begin_on_monday():
    starts = [
        start
        for start, _ in timeline(NOON, NOON + timedelta(days=365)).spans()
    ]

    assert {start.strftime('%A') for start in starts} == {'Monday'}


@given(st.lists(MOMENT | NEAR, max_size=30), st.randoms())
def test_the_order_of_counting_changes_nothing(moments, chance):
    before = timeline(*moments)
    mixed = random.Random(chance.random()).sample(moments, len(moments))

    after = timeline(*mixed)

    assert (after.width, after.spans()) == (before.width, before.spans())


@given(st.lists(MOMENT | NEAR, min_size=1, max_size=30), st.integers(2, 120))
def test_every_record_is_counted_in_one_of_a_few_spans(moments, most):
    line = timeline(*moments, most=most)
    spans = line.spans()

    assert len(spans) <= most
    for start, counts in spans:
        inside = [
            each
            for each in moments
            if 0
            <= (each - start).days * 86400 + (each - start).seconds
            < line.width.total_seconds()
        ]
        assert counts == [len(inside)]
