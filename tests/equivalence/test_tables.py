"""The tables agree with nova's own schemas, at every microversion."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from nova.api.openstack.compute.servers import ServersController
from nova.api.openstack.wsgi import Fault

from nova_update_guard.compute_api import create_fields, faults
from nova_update_guard.compute_api.create_fields import (
    CREATE_FIELDS,
    CreateField,
)
from nova_update_guard.compute_api.version import Version, effective_version_of
from tests.equivalence import model, tables

ROWS = range(len(CREATE_FIELDS))


def test_every_field_and_attribute_of_nova_has_its_row_and_no_other_has() -> (
    None
):
    assert tables.problems() == []


def test_the_schemas_of_nova_name_the_update_fields_of_every_version() -> None:
    minors = range(model.newest() + 1)

    assert [_ for _ in minors if not tables.editable_in_nova(_)] == []


def test_the_schemas_of_nova_name_the_attributes_of_every_version() -> None:
    minors = range(1, model.newest() + 1)

    assert [
        minor
        for minor in minors
        if not tables.visible_in_nova(minor, ServersController)
    ] == []


def test_a_refusal_has_the_name_that_nova_gives_its_status() -> None:
    assert Fault._fault_names == faults.NAMES


def _replaced(number: int, **columns: Any) -> list[CreateField]:
    row = dataclasses.replace(CREATE_FIELDS[number], **columns)
    return [*CREATE_FIELDS[:number], row, *CREATE_FIELDS[number + 1 :]]


def _wrong_tables() -> Iterator[object]:
    """Yield the rows of creates with one undone, by what is wrong."""
    for number in ROWS:
        row = CREATE_FIELDS[number]
        title = f'{row.parameter} ({row.since})'
        without = [*CREATE_FIELDS[:number], *CREATE_FIELDS[number + 1 :]]
        yield pytest.param(without, id=f'no {title}')
        later = Version(2, row.since.minor + 1)
        yield pytest.param(_replaced(number, since=later), id=f'late {title}')
        if row.since.minor > 1:
            since = Version(2, row.since.minor - 1)
            yield pytest.param(
                _replaced(number, since=since), id=f'early {title}'
            )
        for key in row.schema:
            less = {**row.schema}
            del less[key]
            yield pytest.param(
                _replaced(number, schema=less), id=f'{title} without {key}'
            )
    yield pytest.param(
        [*CREATE_FIELDS, CreateField('x', Version(2, 1), {})],
        id='one more',
    )
    name, disk, *others = CREATE_FIELDS
    yield pytest.param([disk, name, *others], id='another order')


@pytest.mark.parametrize('rows', [*_wrong_tables()])
def test_each_difference_between_the_rows_of_creates_and_nova_is_found(
    rows: list[CreateField], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create_fields, 'CREATE_FIELDS', tuple(rows))
    edges = effective_version_of(rows)
    monkeypatch.setattr(create_fields, 'effective_version', edges)
    create_fields._create_fields_at.cache_clear()
    try:
        found = tables.problems()
    finally:
        create_fields._create_fields_at.cache_clear()

    assert found
    assert all('CREATE_FIELDS' in problem for problem in found)
