import pytest

from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    Version,
)
from nova_update_guard.compute_api.update_fields import (
    FIELDS,
    UPDATE_FIELDS,
    fields_at,
)

LATER = [row for row in UPDATE_FIELDS if row.since > LEGACY_V2]


def just_before(version):
    return Version(2, version.minor - 1)


@pytest.mark.parametrize(
    'row', UPDATE_FIELDS, ids=lambda r: f'{r.name}@{r.since}'
)
def test_a_row_holds_from_its_version_on(row):
    assert fields_at(row.since)[row.name] == row


@pytest.mark.parametrize('row', LATER, ids=lambda r: f'{r.name}@{r.since}')
def test_a_row_does_not_hold_before_its_version(row):
    assert fields_at(just_before(row.since)).get(row.name) != row


def test_rows_stand_in_the_order_of_their_versions():
    rows = [(row.since, row.name) for row in FIELDS]

    assert rows == sorted(rows, key=lambda row: row[0])


def test_a_version_beyond_the_table_has_the_newest_rows():
    assert fields_at(Version(2, 9999)) == fields_at(MAX)


@pytest.mark.parametrize(
    ('version', 'names'),
    [
        (MIN, ('name', 'OS-DCF:diskConfig', 'accessIPv4', 'accessIPv6')),
        (Version(2, 19), ('description',)),
        (Version(2, 90), ('hostname',)),
        (Version(2, 104), ('pinned_availability_zone',)),
    ],
    ids=str,
)
def test_the_api_reference_names_the_same_attributes(version, names):
    before = fields_at(just_before(version)) if version > MIN else {}

    assert fields_at(version).keys() - before.keys() == {*names}
