import json

import pytest

from nova_update_guard.report import findings, words
from nova_update_guard.report.tally import MOST_REVISIONS, ONE, Lines, Tally
from nova_update_guard.report.words import REPORT, many, whole
from tests.decisions import allowed, line, record, redacted


def tally(*documents, most=10):
    counted = Tally([('client',), ('project',)], most)
    for document in documents:
        counted.count(findings.read(line(document)))
    return counted


def test_the_headline_of_an_empty_report():
    assert 'no record' in words.headline(tally())


@pytest.mark.parametrize(
    'document', [allowed(), record(mode='enforce'), redacted('hostId')]
)
def test_the_headline_where_nothing_would_be_refused(document):
    assert words.headline(tally(document)) == (
        'Nothing more would be refused if everything were enforced.'
    )


def test_the_headline_has_the_share_that_would_break():
    counted = tally(
        record(client='a', project_id='p'),
        record(client='b', project_id='p'),
        record(client='b', project_id='q'),
        record(client='c', project_id='r', mode='enforce'),
        redacted('hostId', client='d'),
    )

    assert words.headline(counted) == (
        'If everything were enforced, 3 more requests would be refused, from '
        '2 clients in 2 projects.'
    )


def test_the_headline_of_one_is_in_the_singular():
    assert words.headline(tally(record())).endswith(
        '1 more request would be refused, from 1 client in 1 project.'
    )


def test_the_headline_is_a_lower_bound_where_groups_were_merged():
    counted = tally(*(record(client=f'{n}') for n in range(5)), most=4)

    assert 'from more than 3 clients in 1 project.' in (
        words.headline(counted)
    )


@pytest.mark.parametrize(
    ('parts', 'count'),
    [(0, 0), (ONE, 1), (ONE // 2 - 1, 0), (ONE // 2, 1), (9_999_999, 10)],
)
def test_fractions_are_rounded_to_whole_requests(parts, count):
    assert whole(parts) == count


@pytest.mark.parametrize(
    ('count', 'text'), [(0, '0 ones'), (1, '1 one'), (1234, '1,234 ones')]
)
def test_a_count_has_its_noun_in_the_right_number(count, text):
    assert many(count, 'one') == text


def test_without_omissions_there_are_no_notes():
    assert words.notes(tally(record()), Lines(records=1)) == []


@pytest.mark.parametrize(
    ('lines', 'text'),
    [
        (Lines(damaged=1), '1 damaged record could not be used.'),
        (Lines(damaged=3), '3 damaged records could not be used.'),
        (Lines(other=2), '2 lines of the log held no record.'),
        (Lines(broken=['a\x1b']), r'a\x1b is damaged or truncated'),
        (Lines(records=2), '2 records were outside of the selection.'),
    ],
)
def test_omissions_are_noted(lines, text):
    (note,) = words.notes(tally(), lines)

    assert note.startswith(text)


def test_estimates_are_noted():
    (note,) = words.notes(tally(allowed()), Lines(records=1))

    assert 'estimates' in note


def test_the_possible_lack_of_groups_is_noted_with_the_grouping():
    counted = tally(*(record(client=f'{n}') for n in range(5)), most=4)
    (note,) = words.notes(counted, Lines(records=5))

    assert 'by client' in note
    assert note.endswith('up to 1.')


def test_that_revisions_are_too_many_is_noted():
    documents = [record(revision=f'{n}') for n in range(MOST_REVISIONS)]
    (note,) = words.notes(tally(*documents), Lines(MOST_REVISIONS))

    assert f'more than {MOST_REVISIONS}' in note


def test_the_summary_has_every_total_and_marks_the_estimates():
    counted = tally(record(), allowed(sample=0.001))

    assert words.summary(counted) == (
        'From 2026-11-24T19:14:49Z to 2026-11-24T19:14:49Z: about 1,001 '
        'requests, about 1,000 allowed, 0 refused, 1 would be refused, '
        '0 redacted, 0 would be redacted.'
    )


def test_the_summary_of_nothing_is_short():
    assert words.summary(tally()) == 'No records.'


def test_a_sampled_count_and_its_sum_are_estimates():
    counted = tally(redacted('hostId', sample=0.5), record())

    assert words.estimates(counted) == {'redacted', 'requests'}
    assert words.estimates(tally(record())) == set()


def test_data_is_json_with_all_there_is():
    counted = tally(record(), record(client=None), redacted('hostId'))
    read = Lines(records=3, damaged=1, other=2, broken=['x.gz'])

    data = json.loads(json.dumps(words.data(counted, read)))

    assert data['totals']['requests'] == 3
    assert data['lines'] == {
        'records': 3,
        'damaged': 1,
        'other': 2,
        'broken': ['x.gz'],
    }
    assert data['period'] == ['2026-11-24T19:14:49Z'] * 2
    assert data['revisions'] == ['0a1b2c3d4e5f']
    assert data['by']['client'][1] == {
        'client': None,
        **dict.fromkeys(REPORT.names, 0),
        'would_be_refused': 1,
        'first': '2026-11-24T19:14:49Z',
        'last': '2026-11-24T19:14:49Z',
    }
    assert data['timeline'] == {
        'seconds': 60,
        'spans': [
            {
                'start': '2026-11-24T19:14:00Z',
                'refused': 0,
                'would_be_refused': 2,
                'redacted': 1,
                'would_be_redacted': 0,
            }
        ],
    }


def test_data_of_nothing_is_json_as_well():
    data = json.loads(json.dumps(words.data(tally(), Lines())))

    assert data['period'] is None
    assert data['timeline']['spans'] == []


def test_what_nova_refused_itself_is_told_apart():
    counted = tally(record(mode='audit', status=403))

    note, *_ = words.notes(counted, Lines())
    assert note == (
        'nova itself refused 1 request that the guard would have refused: '
        'nobody breaks by that.'
    )
