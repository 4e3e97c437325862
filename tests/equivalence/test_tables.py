"""The tables agree with nova's own schemas, at every microversion."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from nova.api.openstack.compute.schemas import servers as schemas
from nova.api.openstack.compute.servers import ServersController
from nova.api.openstack.wsgi import Fault
from nova.compute import task_states
from nova.objects.fields import InstanceState

from nova_update_guard.compute_api import create_fields, faults
from nova_update_guard.compute_api.attribute_texts import TEXTS_BY_ATTRIBUTE
from nova_update_guard.compute_api.create_fields import (
    CREATE_FIELDS,
    CreateField,
)
from nova_update_guard.compute_api.version import Version, effective_version_of
from tests.equivalence import model, tables

ROWS = range(len(CREATE_FIELDS))
# At 2.1, at the newest version, and of a server in a cell that is down.
_SERVERS = {
    'oldest': schemas._server_response,
    'newest': schemas._server_response_v2100,
    'cell down': schemas._server_detail_cell_down_response,
}


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


def _examples(schema: dict[str, Any]) -> list[object]:
    """Return values of *schema*, and of each of its types."""
    if 'enum' in schema:
        return list(schema['enum'])
    if 'const' in schema:
        return [schema['const']]
    if 'type' not in schema:
        return [value for each in schema['oneOf'] for value in _examples(each)]
    kinds = schema['type']
    by_type: dict[str, list[object]] = {
        'array': [[], ['a']],
        'boolean': [True, False],
        'integer': [0, 7],
        'null': [None],
        'number': [0, 7],
        'object': [{}, {'a': 'b'}],
        'string': ['any text'],
    }
    listed = [kinds] if isinstance(kinds, str) else kinds
    return [value for kind in listed for value in by_type[kind]]


# Of these, nova's schema says less than its code.
_IN_CODE: dict[str, list[object]] = {
    'OS-DCF:diskConfig': ['AUTO', 'MANUAL'],
    'OS-EXT-STS:task_state': [
        None,
        *(
            value
            for name, value in vars(task_states).items()
            if name.isupper() and isinstance(value, str)
        ),
    ],
    'OS-EXT-STS:vm_state': [None, *InstanceState.ALL],
}


@pytest.mark.parametrize('which', _SERVERS)
def test_no_value_that_nova_sends_is_told_to_be_impossible(
    which: str,
) -> None:
    server = _SERVERS[which]['properties']
    flavor = server.get('flavor', {}).get('properties', {})
    nested = {f'flavor.{key}': value for key, value in flavor.items()}
    told = []
    for name, schema in {**server, **nested}.items():
        texts = TEXTS_BY_ATTRIBUTE.get(name)
        values = _IN_CODE.get(name) or _examples(schema)
        is_free = 'any text' in values
        assert is_free is (texts is None), name
        told += [
            (name, value)
            for value in values
            if texts and not texts.has(str(value))
        ]
        # And no value is listed that nova does not have.
        if texts and texts.listed and len(values) > 1:
            assert {*texts.listed} == {*map(str, values)}, name
    assert told == []
