import pytest

from nova_update_guard.compute_api import action_fields
from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.compute_api.microversions import LEGACY_V2, MAX, Version
from nova_update_guard.compute_api.update_fields import (
    UPDATE_FIELDS,
    fields_at,
)

IDS = [
    f'{door.action}-{door.parameter}@{door.since}' for door in ACTION_FIELDS
]


def before(version):
    """Return the version just before *version*."""
    return Version(version.major, version.minor - 1)


@pytest.mark.parametrize('door', ACTION_FIELDS, ids=IDS)
def test_a_parameter_of_an_action_is_a_field_from_its_version_on(door):
    document = {door.action: {door.parameter: 'a', 'other': 'b'}}

    assert action_fields.fields_set_by(document, door.since) == {
        door.field: 'a'
    }
    assert action_fields.fields_set_by(document, MAX) == {door.field: 'a'}


@pytest.mark.parametrize('door', ACTION_FIELDS, ids=IDS)
def test_it_is_none_before_the_first_row_of_it(door):
    document = {door.action: {door.parameter: 'a'}}
    first = min(_.since for _ in ACTION_FIELDS if _[:2] == door[:2])

    if first > LEGACY_V2:
        assert action_fields.fields_set_by(document, before(first)) == {}


@pytest.mark.parametrize('door', ACTION_FIELDS, ids=IDS)
def test_a_row_is_in_force_until_the_next_of_the_same(door):
    later = [_.since for _ in ACTION_FIELDS if _[:2] == door[:2]]
    after = [since for since in later if since > door.since]
    last = before(min(after)) if after else MAX

    for version in (door.since, last):
        found = action_fields.action_fields_at(version)
        assert found[door.action, door.parameter] is door


@pytest.mark.parametrize('door', ACTION_FIELDS, ids=IDS)
def test_a_door_takes_what_an_update_takes_but_for_a_zone(door):
    row = fields_at(door.since).get(door.field)

    if door.action != 'unshelve':
        assert door.schema == row.schema


@pytest.mark.parametrize(('minor', 'fields'), [(76, 0), (77, 1), (91, 1)])
def test_an_unshelve_pins_since_nova_takes_a_zone_for_it(minor, fields):
    document = {'unshelve': {'availability_zone': 'a'}}

    assert (
        len(action_fields.fields_set_by(document, Version(2, minor))) == fields
    )


@pytest.mark.parametrize('door', ACTION_FIELDS, ids=IDS)
def test_every_door_leads_to_a_field_that_an_update_changes(door):
    assert door.field in {row.name for row in UPDATE_FIELDS}


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
