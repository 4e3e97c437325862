import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.server_attributes import SHOW, UNLISTED
from nova_update_guard.report import findings
from nova_update_guard.report.findings import (
    KINDS,
    REDACTED,
    REFUSED,
    WOULD_REDACT,
    WOULD_REFUSE,
)
from tests.decisions import RULE, allowed, further, line, record, redacted


def found(document):
    return findings.findings(findings.read(line(document)))


def reported(document):
    return [(each.kind, each.field, each.rule) for each in found(document)]


def without(name):
    return {key: value for key, value in record().items() if key != name}


def test_a_record_is_read_as_it_is_written():
    read = findings.read(line(record()))

    assert read.client == 'python-novaclient'
    assert read.time == datetime(
        2026, 11, 24, 19, 14, 49, 123456, timezone.utc
    )


def test_time_of_another_zone_is_the_same_time():
    read = findings.read(line(record(time='2026-11-24T21:14:49+02:00')))

    assert read.time == datetime(2026, 11, 24, 19, 14, 49, tzinfo=timezone.utc)
    assert read.time.tzinfo is timezone.utc


@pytest.mark.parametrize(
    'name',
    ['time', 'verdict', 'mode', 'client', 'fields', 'rule', 'sample', 'layer'],
)
def test_an_object_that_lacks_a_member_is_no_record(name):
    with pytest.raises(ValueError, match=name):
        findings.read(line(without(name)))


@pytest.mark.parametrize(
    'changed',
    [
        {'time': '24.11.2026'},
        {'time': '2026-11-24T19:14:49'},
        {'time': '0001-01-01T00:00:00+12:00'},
        {'time': 1764011689},
        {'client': 7},
        {'client': 'a' * 256},
        {'fields': 'name'},
        {'fields': [None]},
        {'fields': ['name'] * 1001},
        {'verdict': 'maybe'},
        {'mode': 'off'},
        {'layer': 'another'},
        {'sample': 0},
        {'sample': -1},
        {'sample': 1.5},
        {'sample': 'all'},
        {'redacted': ['hostId']},
        {'redacted': {'hostId': 'often'}},
        {'also': {}},
        {'also': [{}]},
        {'also': [further()] * 101},
    ],
    ids=str,
)
def test_an_object_with_a_wrong_member_is_no_record(changed):
    with pytest.raises(ValueError, match=r'.'):
        findings.read(line(record(**changed)))


@pytest.mark.parametrize(
    'bytes_',
    [
        b'',
        b'null',
        b'[]',
        b'{"time"',
        line(record())[:-20],
        line(record()) + b'\0',
        line(record()) + b' and more',
        line(record()).replace(b'python', b'\xff'),
        line(record()).replace(b'python', b'\\ud800'),
        line(record(deep=0)).replace(b' 0', b'[' * 100_000 + b']' * 100_000),
    ],
    ids=lambda bytes_: bytes_[:20],
)
def test_a_line_that_is_no_json_object_is_no_record(bytes_):
    with pytest.raises(ValueError, match=r'.'):
        findings.read(bytes_)


@given(st.binary() | st.builds(line, st.dictionaries(st.text(), st.text())))
def test_any_line_is_a_record_or_a_value_error(bytes_):
    with pytest.raises(ValueError, match=r'.'):
        findings.read(bytes_)


def test_unknown_members_are_ignored():
    assert found(record(later={'a': [1]})) == found(record())


@pytest.mark.parametrize(
    ('verdict', 'mode', 'kind'),
    [
        ('refuse', 'enforce', REFUSED),
        ('refuse', 'audit', WOULD_REFUSE),
        ('redact', 'enforce', REDACTED),
        ('redact', 'audit', WOULD_REDACT),
    ],
)
def test_the_kind_follows_from_verdict_and_mode(verdict, mode, kind):
    (finding,) = found(record(verdict=verdict, mode=mode))

    assert finding.kind == kind
    assert ('would' in KINDS[kind]) == (mode == 'audit')


def test_a_plain_allowed_request_has_no_finding():
    assert found(allowed()) == []


def test_each_field_is_found_once():
    document = record(fields=['name', 'description', 'name'])

    assert reported(document) == [
        (WOULD_REFUSE, 'name', RULE),
        (WOULD_REFUSE, 'description', RULE),
    ]


def test_a_violation_without_a_field_is_found_without_one():
    document = record(fields=[], rule='unreadable body', layer=None)

    assert reported(document) == [(WOULD_REFUSE, None, 'unreadable body')]


def test_each_attribute_taken_out_is_found_with_the_rule_that_hides_it():
    assert reported(redacted('hostId', 'fault.details')) == [
        (REDACTED, 'hostId', f'{SHOW}hostId'),
        (REDACTED, 'fault.details', f'{SHOW}fault.details'),
    ]


def test_an_attribute_that_no_table_has_has_the_rule_of_the_unlisted():
    assert reported(redacted('newer')) == [(REDACTED, 'newer', UNLISTED)]


def test_without_attribute_counts_the_fields_are_the_redacted_ones():
    document = redacted('hostId', redacted={})

    assert reported(document) == [(REDACTED, 'hostId', f'{SHOW}hostId')]


def test_a_redaction_of_nothing_that_is_named_is_found_all_the_same():
    document = redacted(redacted={}, rule='words')

    assert reported(document) == [(REDACTED, None, 'words')]


def test_a_sort_key_that_was_taken_out_has_its_own_rule():
    name = {'fields': ['display_name'], 'rule': f'{SHOW}name'}
    key = further(verdict='redact', layer='response_redaction', **name)
    only = redacted(redacted={}, **name)

    assert reported(only) == [(REDACTED, 'display_name', f'{SHOW}name')]
    assert reported(redacted('hostId', also=[key])) == [
        (REDACTED, 'hostId', f'{SHOW}hostId'),
        (WOULD_REDACT, 'display_name', f'{SHOW}name'),
    ]


def test_further_findings_are_found_too_each_with_its_own_layer():
    other = further(fields=['name', 'hostname'])
    seen = found(record(also=[other]))

    assert [each.layer for each in seen] == [
        'field_policy',
        'one_parameter',
        'one_parameter',
    ]
    assert [each.field for each in seen] == ['name', 'name', 'hostname']


def test_the_redacted_response_of_an_update_is_a_further_finding():
    response = further(
        verdict='redact',
        layer='response_redaction',
        fields=['hostId'],
        rule=None,
    )
    document = record(also=[response], redacted={'hostId': 1, 'status': 1})

    assert reported(document) == [
        (WOULD_REFUSE, 'name', RULE),
        (WOULD_REDACT, 'hostId', f'{SHOW}hostId'),
        (WOULD_REDACT, 'status', f'{SHOW}status'),
    ]


def test_an_allowed_request_can_have_findings():
    assert reported(allowed(also=[further()])) == [
        (WOULD_REFUSE, 'name', '2 parameters')
    ]
    assert reported(allowed(also=[further(verdict='allow')])) == []


def test_a_finding_has_caller_request_and_time():
    (finding,) = found(record())

    assert finding._replace(time=None) == (
        WOULD_REFUSE,
        'python-novaclient',
        'p1',
        'u1',
        'name',
        RULE,
        'field_policy',
        'update',
        '2.104',
        '0a1b2c3d4e5f',
        None,
        None,
    )
    assert finding.time == findings.read(json.dumps(record()).encode()).time


BOTH = ['name', 'description']


@pytest.mark.parametrize(
    'changed',
    [
        {'fields': BOTH},
        {'fields': BOTH[::-1]},
        {'fields': BOTH[:1], 'also': [further(fields=BOTH)]},
        {'fields': BOTH[:1], 'also': [further(fields=BOTH[1:])]},
    ],
)
def test_a_name_beside_a_description_may_be_horizon_s(changed):
    clients = {each.client for each in found(record(**changed))}

    assert clients == {'python-novaclient (Horizon?)'}


@pytest.mark.parametrize(
    'changed',
    [
        {'fields': ['name']},
        {'fields': ['description']},
        {'fields': [*BOTH, 'hostname']},
        {'fields': BOTH, 'operation': 'action'},
        {'fields': BOTH, 'client': 'openstacksdk/4.22.0'},
        {'fields': BOTH, 'client': 'python-novaclient/1'},
        {'fields': BOTH, 'client': None},
    ],
)
def test_other_requests_are_known_by_their_user_agent_alone(changed):
    changed = {'client': 'python-novaclient', **changed}
    clients = {each.client for each in found(record(**changed))}

    assert clients == {changed['client']}
