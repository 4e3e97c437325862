import pytest

from nova_update_guard import doors
from nova_update_guard.doors import DOORS
from nova_update_guard.editable import EDITABLE
from nova_update_guard.microversion import LEGACY_V2, MAX, Version

IDS = [f'{door.action}-{door.parameter}' for door in DOORS]


def before(version):
    """Return the version just before *version*."""
    return Version(version.major, version.minor - 1)


@pytest.mark.parametrize('door', DOORS, ids=IDS)
def test_a_parameter_of_an_action_is_a_field_from_its_version_on(door):
    document = {door.action: {door.parameter: 'a', 'other': 'b'}}

    assert doors.carried(document, door.since) == {door.field: 'a'}
    assert doors.carried(document, MAX) == {door.field: 'a'}
    assert doors.carried(document, before(door.since)) == {}


@pytest.mark.parametrize(('minor', 'fields'), [(76, 0), (77, 1), (91, 1)])
def test_an_unshelve_pins_since_nova_takes_a_zone_for_it(minor, fields):
    document = {'unshelve': {'availability_zone': 'a'}}

    assert len(doors.carried(document, Version(2, minor))) == fields


@pytest.mark.parametrize('door', DOORS, ids=IDS)
def test_every_door_leads_to_a_field_that_an_update_changes(door):
    assert door.field in {row.name for row in EDITABLE}


def test_null_is_a_value():
    document = {'rebuild': {'description': None}}

    assert doors.carried(document, MAX) == {'description': None}


def test_of_two_actions_in_one_document_all_count():
    document = {'resize': {'OS-DCF:diskConfig': 1}, 'rebuild': {'name': 2}}

    found = doors.carried(document, LEGACY_V2)

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
    assert doors.carried(document, MAX) == {}
