import pytest

from nova_update_guard.compute_api import action_fields
from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.compute_api.microversions import LEGACY_V2, MAX, Version
from nova_update_guard.compute_api.update_fields import (
    UPDATE_FIELDS,
    fields_at,
)

IDS = [
    f'{action_field.action}-{action_field.parameter}@{action_field.since}'
    for action_field in ACTION_FIELDS
]


def before(version):
    """Return the version just before *version*."""
    return Version(version.major, version.minor - 1)


@pytest.mark.parametrize('action_field', ACTION_FIELDS, ids=IDS)
def test_a_parameter_of_an_action_is_a_field_from_its_version_on(action_field):
    document = {
        action_field.action: {action_field.parameter: 'a', 'other': 'b'}
    }

    assert action_fields.fields_set_by(document, action_field.since) == {
        action_field.field: 'a'
    }
    assert action_fields.fields_set_by(document, MAX) == {
        action_field.field: 'a'
    }


@pytest.mark.parametrize('action_field', ACTION_FIELDS, ids=IDS)
def test_a_parameter_is_no_action_field_before_its_first_row(action_field):
    document = {action_field.action: {action_field.parameter: 'a'}}
    first = min(_.since for _ in ACTION_FIELDS if _[:2] == action_field[:2])

    if first > LEGACY_V2:
        assert action_fields.fields_set_by(document, before(first)) == {}


@pytest.mark.parametrize('action_field', ACTION_FIELDS, ids=IDS)
def test_a_row_is_in_force_until_the_next_of_the_same(action_field):
    later = [_.since for _ in ACTION_FIELDS if _[:2] == action_field[:2]]
    after = [since for since in later if since > action_field.since]
    last = before(min(after)) if after else MAX

    for version in (action_field.since, last):
        found = action_fields.action_fields_at(version)
        assert (
            found[action_field.action, action_field.parameter] is action_field
        )


@pytest.mark.parametrize('action_field', ACTION_FIELDS, ids=IDS)
def test_an_action_field_takes_the_values_of_an_update_except_a_zone(
    action_field,
):
    row = fields_at(action_field.since).get(action_field.field)

    if action_field.action != 'unshelve':
        assert action_field.schema == row.schema


@pytest.mark.parametrize(('minor', 'fields'), [(76, 0), (77, 1), (91, 1)])
def test_an_unshelve_pins_since_nova_takes_a_zone_for_it(minor, fields):
    document = {'unshelve': {'availability_zone': 'a'}}

    assert (
        len(action_fields.fields_set_by(document, Version(2, minor))) == fields
    )


@pytest.mark.parametrize('action_field', ACTION_FIELDS, ids=IDS)
def test_every_action_field_is_a_field_of_an_update(action_field):
    assert action_field.field in {row.name for row in UPDATE_FIELDS}


def test_null_is_a_value():
    document = {'rebuild': {'description': None}}

    assert action_fields.fields_set_by(document, MAX) == {'description': None}


def test_of_two_actions_in_one_document_all_count():
    document = {'resize': {'OS-DCF:diskConfig': 1}, 'rebuild': {'name': 2}}

    found = action_fields.fields_set_by(document, LEGACY_V2)

    assert found == {'name': 2, 'OS-DCF:diskConfig': 1}


@pytest.mark.parametrize(
    'document',
    [
        *(None, [], 1, 'rebuild', {}, {'rebuild': None}, {'unshelve': None}),
        *({'rebuild': 'name'}, {'os-start': {'name': 'a'}}, {'name': 'a'}),
    ],
    ids=str,
)
def test_other_documents_change_no_field(document):
    assert action_fields.fields_set_by(document, MAX) == {}
