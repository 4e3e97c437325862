from ipaddress import IPv6Address

import netaddr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.update_fields import FIELDS, stored

NAMES = sorted({row.name for row in FIELDS})


def test_the_rows_of_a_field_tell_the_same_of_the_server():
    reported = {
        (row.name, row.attribute, row.stored, row.empty_is_null)
        for row in FIELDS
    }

    assert len(reported) == len(NAMES)


@pytest.mark.parametrize(
    ('field', 'value', 'kept'),
    [
        ('name', ' admin', 'admin'),
        ('name', '\u3000admin\xa0', 'admin'),
        ('name', 'a b', 'a b'),
        ('accessIPv4', '192.0.2.1', '192.0.2.1'),
        ('accessIPv6', 'FD00::1', 'fd00::1'),
        ('accessIPv6', 'fd00:0:0:0::0001', 'fd00::1'),
        ('accessIPv6', '::ffff:c000:201', '::ffff:192.0.2.1'),
        ('accessIPv6', '::FFFF:192.0.2.1', '::ffff:192.0.2.1'),
        ('accessIPv6', 'fe80::1%eth0', 'fe80::1%eth0'),
        ('accessIPv6', 'no address', 'no address'),
        ('accessIPv6', None, None),
        ('description', None, None),
        ('description', '', ''),
        ('description', ' a ', ' a '),
        ('hostname', 'VM.Example', 'VM.Example'),
        ('OS-DCF:diskConfig', 'AUTO', 'AUTO'),
        ('pinned_availability_zone', '', None),
        ('pinned_availability_zone', None, None),
        ('pinned_availability_zone', 'az ', 'az '),
        ('metadata', ' a ', ' a '),
    ],
)
def test_the_stored_form_is_that_of_nova(field, value, kept):
    assert stored(field, value) == kept


@given(
    st.integers(0, 2**128 - 1) | st.integers(0, 2**48 - 1),
    st.sampled_from([str, str.upper]),
    st.booleans(),
)
def test_an_address_is_written_as_netaddr_writes_it(number, case, is_long):
    address = IPv6Address(number)
    text = case(address.exploded if is_long else str(address))

    assert stored('accessIPv6', text) == str(netaddr.IPAddress(text))


@given(
    st.sampled_from(NAMES),
    st.none() | st.text() | st.booleans() | st.lists(st.text()),
)
def test_storing_a_stored_value_changes_nothing(field, value):
    kept = stored(field, value)

    assert stored(field, kept) == kept
