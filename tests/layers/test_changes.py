import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.layers import changes

SERVER = {
    'name': 'vm',
    'description': None,
    'accessIPv4': '',
    'accessIPv6': '2001:db8::1',
    'OS-DCF:diskConfig': 'MANUAL',
    'OS-EXT-SRV-ATTR:hostname': 'vm.example',
    'pinned_availability_zone': None,
}
FIELDS = sorted({row.name for row in UPDATE_FIELDS})


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('name', 'vm'),
        ('name', ' vm '),
        ('description', None),
        ('description', ''),
        ('accessIPv4', ''),
        ('accessIPv4', None),
        ('accessIPv6', '2001:db8::1'),
        ('accessIPv6', '2001:DB8:0:0::0001'),
        ('OS-DCF:diskConfig', 'MANUAL'),
        ('hostname', 'vm.example'),
        ('pinned_availability_zone', None),
    ],
)
def test_a_value_that_nova_already_stores_is_no_change(field, value):
    assert changes.changed({field: value}, SERVER, ()) == {}


def test_spaces_around_a_description_are_part_of_it_as_in_nova():
    padded = SERVER | {'description': ' padded '}

    assert changes.changed({'description': ' padded '}, padded, ()) == {}
    assert changes.changed({'description': 'padded'}, padded, ()) == {
        'description': 'padded'
    }


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('name', 'VM'),
        ('description', ' '),
        ('accessIPv4', '192.0.2.1'),
        ('accessIPv6', '2001:db8::2'),
        ('accessIPv6', None),
        ('accessIPv4', 'no address'),
        ('accessIPv6', False),
        ('description', []),
        ('name', 5),
        ('OS-DCF:diskConfig', 'AUTO'),
        ('hostname', 'vm'),
        ('pinned_availability_zone', 'nova'),
    ],
)
def test_a_different_value_counts_as_sent(field, value):
    sent = {field: value}

    assert changes.changed(sent, SERVER, ()) == sent


@pytest.mark.parametrize('field', FIELDS)
def test_a_field_that_the_caller_does_not_see_always_counts(field):
    server = {changes.attribute(field): 'a'}

    assert changes.changed({field: 'a'}, server, ()) == {}
    assert changes.changed({field: 'a'}, server, {field}) == {field: 'a'}


@pytest.mark.parametrize('field', FIELDS)
def test_a_field_that_the_document_lacks_always_counts(field):
    assert changes.changed({field: None}, {}, ()) == {field: None}


@given(st.dictionaries(st.sampled_from(FIELDS), st.none() | st.text()))
def test_nothing_is_invented_and_no_value_altered(sent):
    counted = changes.changed(sent, SERVER, ())

    assert counted.items() <= sent.items()


@pytest.mark.parametrize('field', FIELDS)
def test_every_field_has_the_rule_of_the_attribute_that_shows_it(field):
    visible = changes.attribute(field)

    assert changes.RULES[field] == f'update_guard:server:show:{visible}'
