from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.report.findings import (
    KINDS,
    REDACTED,
    REFUSED,
    WOULD_REDACT,
    WOULD_REFUSE,
    Finding,
)
from nova_update_guard.report.grouping import (
    DIMENSIONS,
    OTHERS,
    Grouping,
    by_kind,
    marks,
)

NOON = datetime(2026, 11, 24, 12, 30, 15, 7, timezone.utc)


def finding(kind=WOULD_REFUSE, time=NOON, **changed):
    named = dict.fromkeys(Finding._fields)
    return Finding(**{**named, 'kind': kind, 'time': time, **changed})


def grouped(*requests, by=('client',), most=10):
    grouping = Grouping(by, most)
    for found in requests:
        grouping.count(by_kind(found), found[0].time, 1)
    return grouping


def counts(grouping):
    return {key: group.counts for key, group in grouping.groups()}


@pytest.mark.parametrize('name', sorted({*DIMENSIONS} - {'hour', 'day'}))
def test_another_value_of_a_dimension_is_another_group(name):
    one, other = finding(**{name: 'a'}), finding(**{name: 'b'})
    grouping = grouped([one], [other], [one], by=[name])

    assert counts(grouping) == {('a',): [0, 2, 0, 0], ('b',): [0, 1, 0, 0]}


def test_several_dimensions_make_one_group():
    found = [finding(client='c', field='f', rule='r')]
    grouping = grouped(found, by=['rule', 'client', 'field'])

    assert list(counts(grouping)) == [('r', 'c', 'f')]


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('hour', datetime(2026, 11, 24, 12, tzinfo=timezone.utc)),
        ('day', date(2026, 11, 24)),
    ],
)
def test_time_is_grouped_by_its_value_rounded_down(name, value):
    grouping = grouped([finding(client='c')], by=[name, 'client'])

    assert list(counts(grouping)) == [(value, 'c')]


def test_a_request_counts_once_in_a_group_however_much_is_found():
    found = [finding(field='name'), finding(field='description')]

    assert counts(grouped(found)) == {(None,): [0, 1, 0, 0]}
    assert counts(grouped(found, by=['field'])) == {
        ('name',): [0, 1, 0, 0],
        ('description',): [0, 1, 0, 0],
    }


@pytest.mark.parametrize(
    ('kinds', 'counted'),
    [
        ({REFUSED, WOULD_REFUSE}, {REFUSED}),
        ({REDACTED, WOULD_REDACT}, {REDACTED}),
        ({WOULD_REFUSE, REDACTED}, {WOULD_REFUSE, REDACTED}),
        ({WOULD_REFUSE, WOULD_REDACT}, {WOULD_REFUSE, WOULD_REDACT}),
        ({*range(len(KINDS))}, {REFUSED, REDACTED}),
    ],
)
def test_an_enforced_refusal_does_not_count_as_audited_too(kinds, counted):
    found = [finding(kind) for kind in sorted(kinds)]

    assert {kind for _, kind in marks(by_kind(found), lambda _: ())} == counted


def test_in_its_own_group_an_audited_violation_counts_beside_enforced_ones():
    found = [finding(REFUSED, rule='a'), finding(WOULD_REFUSE, rule='b')]

    assert counts(grouped(found, by=['rule'])) == {
        ('a',): [1, 0, 0, 0],
        ('b',): [0, 1, 0, 0],
    }


def test_a_group_knows_its_first_and_its_last_in_any_order():
    times = [NOON + timedelta(hours=hour) for hour in (1, 0, 3, 2)]
    ((_, group),) = grouped(*([finding(time=time)] for time in times)).groups()

    assert (group.first, group.last) == (NOON, NOON + timedelta(hours=3))


def test_groups_that_break_most_come_first_and_redactions_after_them():
    grouping = grouped(
        [finding(REDACTED, client='z')],
        [finding(REDACTED, client='y')],
        [finding(REDACTED, client='y')],
        [finding(REFUSED, client='b')],
        [finding(WOULD_REFUSE, client='a')],
        [finding(WOULD_REFUSE, client=None)],
        [finding(WOULD_REFUSE, client='c')],
        [finding(REFUSED, client='c')],
    )

    # Equal ones go by name, those without one last.
    order = [key for (key,), _ in grouping.groups()]
    assert order == ['c', 'a', 'b', None, 'y', 'z']


def test_as_many_groups_as_there_may_be_stay_apart():
    grouping = grouped(*([finding(client=name)] for name in 'abcd'), most=4)

    assert len(grouping.groups()) == 4
    assert grouping.lacks == 0


def test_of_too_many_groups_the_smaller_go_into_one_and_the_largest_stay():
    requests = [[finding(client=name)] for name in 'aaaabbbcde']
    grouping = grouped(*requests, most=4)

    assert counts(grouping) == {
        ('a',): [0, 4, 0, 0],
        ('b',): [0, 3, 0, 0],
        ('e',): [0, 1, 0, 0],
        (OTHERS,): [0, 2, 0, 0],
    }
    assert list(counts(grouping))[-1] == (OTHERS,)
    assert grouping.lacks == 1


def test_others_were_there_from_the_first_to_the_last_of_them():
    times = [NOON + timedelta(hours=hour) for hour in (0, 9, 1, 5, 3)]
    requests = [
        [finding(client=f'{number}', time=time)]
        for number, time in enumerate(times)
    ]
    *_, (key, others) = grouped(*requests, most=2).groups()

    assert key == (OTHERS,)
    # Of equal groups, those before by name stay.
    assert (others.first, others.last) == (times[2], times[1])


CLIENT = st.integers(0, 40).map(str)


@given(st.lists(st.tuples(CLIENT, st.integers(0, 3)), max_size=200))
def test_nothing_is_lost_and_no_row_lacks_more_than_its_bound(requests):
    grouping = Grouping(['client'], 8)
    exact = {}
    for client, kind in requests:
        grouping.count(by_kind([finding(kind, client=client)]), NOON, 1)
        exact.setdefault(client, [0] * 4)[kind] += 1

    rows = grouping.groups()
    assert len(rows) <= 9
    assert sum(sum(group.counts) for _, group in rows) == len(requests)
    for (client,), group in rows:
        if client is not OTHERS:
            lacks = sum(exact[client]) - sum(group.counts)
            assert 0 <= lacks <= grouping.lacks
