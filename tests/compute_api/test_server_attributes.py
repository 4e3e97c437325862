import pytest

from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.microversions import MAX, MIN, Version
from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    attributes_at,
)

LATER = [row for row in SERVER_ATTRIBUTES if row.since > MIN]


def ids(row):
    return f'{row.name}@{row.since}'


@pytest.mark.parametrize('row', SERVER_ATTRIBUTES, ids=ids)
def test_a_row_holds_from_its_version_on(row):
    assert attributes_at(row.since)[row.name] is row


@pytest.mark.parametrize('row', LATER, ids=ids)
def test_a_row_does_not_hold_before_its_version(row):
    before = attributes_at(Version(2, row.since.minor - 1))

    assert before.get(row.name) is not row


def test_rows_stand_in_the_order_of_their_versions():
    rows = [(row.since, row.name) for row in SERVER_ATTRIBUTES]

    assert rows == sorted(rows, key=lambda row: row[0])


def test_rows_of_one_rule_have_one_default():
    defaults = {(row.rule, row.default) for row in SERVER_ATTRIBUTES}

    assert len(defaults) == len({row.rule for row in SERVER_ATTRIBUTES})


def test_id_and_links_have_no_rule():
    assert not {row.name for row in SERVER_ATTRIBUTES} & set(
        server_attributes.UNRULED
    )


def test_a_nested_key_has_a_rule_or_goes_with_its_parent_but_not_both():
    ruled = {
        tuple(row.name.split('.'))
        for row in SERVER_ATTRIBUTES
        if '.' in row.name
    }
    known = {
        (parent, key)
        for parent, keys in server_attributes.NESTED_KEYS.items()
        for key in keys
    }

    assert ruled & known == set()
    assert {
        parent for parent, _ in ruled
    } <= server_attributes.NESTED_KEYS.keys()


def test_the_rules_that_open_at_2_90_are_those_of_the_reference():
    name = 'OS-EXT-SRV-ATTR:hostname'

    assert (
        server_attributes.ADMIN in attributes_at(Version(2, 89))[name].default
    )
    assert (
        attributes_at(Version(2, 90))[name].default == server_attributes.ANYONE
    )


def test_a_newer_nova_is_redacted_by_the_newest_rows():
    assert attributes_at(Version(2, 9999)) == attributes_at(MAX)


@pytest.mark.parametrize('name', ['adminPass', 'user_data'])
def test_attributes_of_create_and_rebuild_are_visible_to_the_caller(name):
    assert attributes_at(MAX)[name].default == server_attributes.ANYONE
