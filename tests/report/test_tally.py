from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.report import findings
from nova_update_guard.report.findings import REDACTED, REFUSED, WOULD_REFUSE
from nova_update_guard.report.tally import MOST_REVISIONS, ONE, Tally
from tests.decisions import allowed, further, line, record, redacted

BY = [('client',), ('field', 'rule'), ('project', 'day')]
NAME = st.sampled_from(['a', 'b', None])
TIME = st.datetimes(
    min_value=datetime(2026, 1, 1),
    max_value=datetime(2026, 12, 31),
    timezones=st.just(timezone.utc),
).map(lambda time: time.isoformat())
MODE = st.sampled_from(['enforce', 'audit'])
FIELDS = st.lists(st.sampled_from(['name', 'description']), max_size=3)
SAMPLE = st.sampled_from([1, 0.5, 0.3, 0.01, 0.000001])
CALLER = {'client': NAME, 'project_id': NAME, 'time': TIME, 'revision': NAME}
ALSO = st.lists(
    st.builds(further, fields=FIELDS, mode=MODE, verdict=st.just('refuse')),
    max_size=2,
)
DOCUMENT = st.one_of(
    st.builds(record, **CALLER, fields=FIELDS, mode=MODE, also=ALSO),
    st.builds(allowed, **CALLER, sample=SAMPLE),
    st.builds(
        lambda fields, **changed: redacted(*fields, **changed),
        FIELDS,
        **CALLER,
        mode=MODE,
        sample=SAMPLE,
    ),
)
DOCUMENTS = st.lists(DOCUMENT, max_size=25)


def tally(*documents):
    counted = Tally(BY)
    for document in documents:
        counted.count(findings.read(line(document)))
    return counted


def everything(counted):
    """Return all that a tally tells."""
    return (
        counted.records,
        counted.requests,
        counted.allowed,
        counted.counts,
        counted.estimates,
        counted.period,
        counted.revisions,
        counted.timeline.width,
        counted.timeline.spans(),
        [
            (key, group.counts, group.first, group.last)
            for names in counted.groupings
            for key, group in counted.groupings[names].groups()
        ],
    )


def test_of_nothing_there_is_nothing():
    counted = tally()

    assert (counted.records, counted.requests, counted.period) == (0, 0, None)
    assert counted.timeline.spans() == []


def test_a_sampled_record_counts_for_the_unsampled_ones():
    counted = tally(allowed(sample=0.01), allowed(sample=1))

    assert counted.records == 2
    assert counted.requests == counted.allowed == 101 * ONE
    assert counted.estimates == {None}


def test_three_of_a_third_are_nine_all_together():
    counted = tally(*[allowed(sample=1 / 3)] * 3)

    assert round(counted.allowed / ONE) == 9


def test_a_count_of_whole_records_is_no_estimate():
    assert tally(record(), allowed(sample=1)).estimates == set()


def test_redactions_of_which_a_sample_is_kept_are_an_estimate():
    counted = tally(redacted('hostId', sample=0.1))

    assert counted.counts[REDACTED] == 10 * ONE
    assert counted.estimates == {REDACTED}


@pytest.mark.parametrize(
    ('mode', 'kind'), [('enforce', REFUSED), ('audit', WOULD_REFUSE)]
)
def test_a_refused_request_is_not_allowed(mode, kind):
    counted = tally(record(mode=mode))

    assert counted.counts[kind] == counted.requests == ONE
    assert counted.allowed == 0


def test_the_period_is_that_of_all_requests_the_allowed_ones_too():
    times = [f'2026-11-{day}T00:00:00Z' for day in (24, 2 * 10, 28)]
    counted = tally(*(allowed(time=time) for time in times))

    assert [time.day for time in counted.period] == [20, 28]


def test_revisions_are_listed_up_to_a_limit():
    counted = tally(*(record(revision=f'{n}') for n in range(MOST_REVISIONS)))
    assert len(counted.revisions) == MOST_REVISIONS

    counted.count(findings.read(line(record(revision='one more'))))
    assert 'one more' not in counted.revisions


def test_a_request_without_a_revision_adds_none():
    assert tally(record(revision=None)).revisions == set()


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(documents, chance):
    mixed = chance.sample(documents, len(documents))

    assert everything(tally(*mixed)) == everything(tally(*documents))


@given(DOCUMENTS)
def test_totals_and_groups_equal_a_plain_count(documents):
    counted = tally(*documents)

    assert counted.records == len(documents)
    assert counted.requests == sum(map(weight, documents))
    assert counted.allowed == sum(
        weight(document) for document in documents if not kinds(document)
    )
    for kind in range(4):
        assert counted.counts[kind] == plainly(documents, kind)
        spans = counted.timeline.spans()
        assert sum(counts[kind] for _, counts in spans) == plainly(
            documents, kind
        )
        for (client,), group in counted.groupings['client',].groups():
            of_client = [
                each for each in documents if each['client'] == client
            ]
            assert group.counts[kind] == plainly(of_client, kind)


def plainly(documents, kind):
    return sum(
        weight(document) for document in documents if kind in kinds(document)
    )


def weight(document):
    return round(ONE / document['sample'])


def kinds(document):
    """Return the kinds of a request's findings, the plain way."""
    seen = {
        (each['verdict'], each['mode'])
        for each in (document, *document.get('also', ()))
    }
    if ('refuse', 'enforce') in seen:
        return {0}
    if ('refuse', 'audit') in seen:
        return {1}
    return {
        {'enforce': 2, 'audit': 3}[mode]
        for verdict, mode in seen
        if verdict == 'redact'
    }


@pytest.mark.parametrize('status', [400, 403, 404, 409, 499])
def test_what_nova_refused_itself_is_counted_apart(status):
    """Nobody breaks by it when the guard enforces."""
    counted = tally(record(status=status), record(), allowed(sample=1))

    assert counted.requests == 3 * ONE
    assert (counted.aside, counted.allowed) == (ONE, ONE)
    assert counted.counts[WOULD_REFUSE] == ONE


@pytest.mark.parametrize(
    'changed',
    [
        {'status': 200},
        {'status': None},
        {'status': 500},
        # The status is the guard's own.
        {'status': 403, 'also': [further(mode='enforce')]},
        {'status': 403, 'mode': 'enforce'},
    ],
)
def test_what_nova_did_not_refuse_is_counted(changed):
    counted = tally(record(**changed))

    assert (counted.aside, counted.allowed) == (0, 0)
    assert sum(counted.counts) >= ONE
