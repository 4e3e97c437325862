"""The decision record of a request."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.audit import record as decisions
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.layers.modes import (
    AUDIT,
    ENFORCE,
    LAYERS,
    enforced,
    only,
)
from nova_update_guard.middleware.decision import Decision, Identity, Violation
from nova_update_guard.middleware.request import GuardedRequest

ALL = dict.fromkeys(LAYERS, ENFORCE)
NONE = dict.fromkeys(LAYERS, AUDIT)
NAME = Refusal(403, 'no', 'a rule', ('name',))
TWO = Refusal(400, 'no', '2 parameters', ('name', 'hostname'))


def case(modes=ALL, *findings, **known):
    made = Decision('update', modes)
    for layers, refusal in findings:
        made.add(Violation(layers, refusal))
    for name, value in known.items():
        setattr(made, name, value)
    return made


def recorded(decision, hashers):
    request = GuardedRequest({'REQUEST_METHOD': 'PUT'})
    verdict = decisions.verdict(decision)
    return decisions.record(request, decision, verdict, hashers)


@pytest.mark.parametrize(
    ('checked', 'said'),
    [
        (case(), ('allow', ENFORCE)),
        (case(NONE), ('allow', AUDIT)),
        (case({'field_policy': AUDIT}), ('allow', AUDIT)),
        (case(NONE, (('field_policy',), NAME)), ('refuse', AUDIT)),
        (case(ALL, (('field_policy',), NAME)), ('refuse', ENFORCE)),
        (case(taken={'hostId': 1}), ('redact', ENFORCE)),
        (case(NONE, taken={'hostId': 1}), ('redact', AUDIT)),
        (
            case(ALL | {'response_redaction': AUDIT}, taken={'hostId': 1}),
            ('redact', AUDIT),
        ),
        (
            case(NONE, (('field_policy',), NAME), taken={'hostId': 1}),
            ('refuse', AUDIT),
        ),
        (case(NONE | {'field_policy': ENFORCE}, (LAYERS, TWO)),
         ('refuse', ENFORCE)),
    ],
)  # fmt: skip
def test_the_verdict_is_the_outcome_under_the_mode(checked, said):
    assert decisions.verdict(checked) == said
    record = recorded(checked, {})
    assert (record['verdict'], record['mode']) == said


def test_enforced_violations_come_before_audited_ones():
    checked = case(
        ALL | {'one_parameter': AUDIT},
        (('one_parameter',), TWO),
        (('field_policy',), NAME),
    )

    record = recorded(checked, {})

    assert (record['layer'], record['rule']) == ('field_policy', 'a rule')
    assert record['fields'] == ['name']
    assert record['status'] == 403
    assert record['also'] == [
        {
            'fields': ['name', 'hostname'],
            'layer': 'one_parameter',
            'rule': '2 parameters',
            'verdict': 'refuse',
            'mode': AUDIT,
        }
    ]


def test_redacted_attributes_are_recorded_beside_a_violation():
    checked = case(
        ALL | {'field_policy': AUDIT},
        (('field_policy',), NAME),
        taken={'hostId': 2},
        servers=2,
        status=200,
    )

    record = recorded(checked, {})

    assert (record['verdict'], record['mode']) == ('refuse', AUDIT)
    assert (record['redacted'], record['documents']) == ({'hostId': 2}, 2)
    (also,) = record['also']
    assert (also['verdict'], also['mode']) == ('redact', ENFORCE)
    assert record['status'] == 200


def test_a_malformed_request_has_no_layer():
    record = recorded(case(ALL, (LAYERS, Refusal(400, '', 'x'))), {})

    assert record['layer'] is None
    assert record['rule'] == 'x'


def test_the_caller_is_recorded_as_far_as_known():
    roles = [f'role{n}' for n in range(50)]
    known = Identity('u1', 'p1', {'roles': roles})

    assert recorded(case(identity=known), {})['user_id'] == 'u1'
    assert len(recorded(case(identity=known), {})['roles']) == 20
    stranger = recorded(case(), {})
    assert stranger['user_id'] is stranger['project_id'] is None
    assert stranger['roles'] == []


def test_unknown_names_are_not_recorded():
    checked = case(changes={'name': 1, 'a token': 2, 'another': 3})

    assert recorded(checked, {})['fields'] == ['name', '(unknown)']


def test_only_values_of_allowed_changes_are_recorded():
    value_hashers = {'name': str.upper, 'hostname': str.upper}
    changes = {'name': 'new', 'description': 'd', 'a token': 't'}
    before = {'name': 'old', 'OS-EXT-SRV-ATTR:hostname': 'h'}

    allowed = case(changes=changes, before=before)
    refused = case(ALL, (('field_policy',), NAME), changes=changes)
    unknown = case(changes={'hostname': 'x'})

    assert recorded(allowed, value_hashers)['changes'] == {
        'name': {'old': 'OLD', 'new': 'NEW'}
    }
    assert 'changes' not in recorded(refused, value_hashers)
    assert recorded(unknown, value_hashers)['changes'] == {
        'hostname': {'new': 'X'}
    }
    assert 'changes' not in recorded(allowed, {})


def test_values_are_recorded_as_nova_stores_them():
    changed = case(
        changes={'accessIPv6': '2001:DB8::0'}, before={'accessIPv6': None}
    )
    record = recorded(changed, {'accessIPv6': lambda value: value})

    assert record['changes'] == {
        'accessIPv6': {'old': '', 'new': '2001:db8::'}
    }


def test_a_record_has_a_bounded_number_of_attributes():
    taken = {f'vendor:{n}': 1 for n in range(1000)}

    assert len(recorded(case(taken=taken), {})['redacted']) == 100


@given(st.text() | st.none())
def test_a_text_of_a_client_is_short_and_printable(text):
    kept = decisions.printable(text)

    assert kept is text is None or (
        len(kept) <= 200 and (kept.isascii() and kept.isprintable())
    )


@given(st.lists(st.text()))
def test_a_record_is_json_for_any_field_names(fields):
    refusal = Refusal(400, 'm', 'r', tuple(fields))

    record = recorded(case(ALL, (('field_policy',), refusal)), {})

    assert json.loads(json.dumps(record)) == record
    known = decisions.names(tuple(fields))
    assert len(known) <= len(set(fields))
    assert '(unknown)' in known or set(known) == set(fields)


def test_a_layer_enforces_if_it_is_named_and_set_to():
    modes = {'one_parameter': AUDIT, 'field_policy': ENFORCE}

    assert enforced(modes)
    assert enforced(modes, 'one_parameter', 'field_policy')
    assert not enforced(modes, 'one_parameter', 'field_validation')
    assert not enforced({})
    assert only(modes, 'one_parameter', 'x') == {'one_parameter': AUDIT}
