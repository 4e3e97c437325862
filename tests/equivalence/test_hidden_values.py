"""nova's own response schemas allow what stands for a hidden attribute."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from nova.api.validation import validators
from nova.exception import ValidationError

from nova_update_guard.compute_api.server_attributes import (
    DROP,
    REQUIRED,
    attributes_at,
)
from nova_update_guard.compute_api.version import Version
from tests.equivalence import model, tables

MINORS = range(1, model.newest() + 1)
# "" is allowed where nova shows a server, AUTO and MANUAL alone where it has
# changed one; no other value is allowed in both, and no truth.
NOT_ALLOWED = {'OS-DCF:diskConfig'}
# nova shows these or not by the request, never by the server; and the
# properties of an image wherever there is an image.
NOT_REQUIRED = {'OS-EXT-SRV-ATTR:hostname', 'image.properties', 'key_name'}


class Shown(NamedTuple):
    """An attribute in a schema of nova's, and whether it must be there."""

    name: str
    schema: dict[str, Any]
    is_required: bool


def shown_in(minor: int) -> Iterator[Shown]:
    """Yield the attributes of all forms of a server at 2.*minor*."""
    for controller in model.server_controllers():
        for response in tables.RESPONSES:
            body = tables.schema_at(
                controller, 'response_body_schema', response, minor
            )
            for server in tables._servers(body):
                yield from _properties(server, '')


def _properties(schema: dict[str, Any], above: str) -> Iterator[Shown]:
    for form in tables._forms(schema):
        required = form.get('required', ())
        for name, each in form.get('properties', {}).items():
            yield Shown(f'{above}{name}', each, name in required)
            if not above:
                yield from _properties(each, f'{name}.')
        inner = [*form.get('patternProperties', {}).values()]
        for each in (*inner, *filter(None, [form.get('items')])):
            if above:
                yield from _properties(each, above)


def is_allowed(value: object, schema: dict[str, Any]) -> bool:
    try:
        validators._SchemaValidator(schema).validate(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize('minor', MINORS)
def test_a_hidden_value_is_one_that_nova_could_send(minor: int) -> None:
    rows = attributes_at(Version(2, minor))
    wrong = {
        name
        for name, schema, is_required in shown_in(minor)
        if name in rows
        and (
            is_required
            if (hidden := rows[name].hidden) is DROP
            else not is_allowed(hidden, schema)
        )
    }

    assert wrong - NOT_ALLOWED - {*REQUIRED} == set()


def test_what_is_left_out_is_required_and_has_no_value_to_stand_for_it() -> (
    None
):
    required = {
        name
        for minor in MINORS
        for name, _, is_required in shown_in(minor)
        if is_required
    }
    rows = attributes_at(Version(2, model.newest()))

    assert {*REQUIRED} == {
        name for name in rows if rows[name].hidden is DROP
    } & required


def test_what_some_servers_have_is_left_out_of_all() -> None:
    shown = {
        name
        for minor in MINORS
        for name, _, is_required in shown_in(minor)
        if not is_required
        and (row := attributes_at(Version(2, minor)).get(name))
        and row.hidden is not DROP
    }

    assert shown == NOT_REQUIRED


def test_nested_attributes_and_forms_of_servers_are_found() -> None:
    names = {each.name for each in shown_in(model.newest())}

    assert names >= {
        'addresses.OS-EXT-IPS-MAC:mac_addr',
        'fault.message',
        'flavor.extra_specs',
    }


def test_the_flavor_that_stands_for_a_hidden_one_has_no_key_too_many() -> None:
    flavor = attributes_at(Version(2, 47))['flavor'].hidden
    (schema,) = {
        str(each.schema): each.schema
        for each in shown_in(47)
        if each.name == 'flavor'
    }.values()

    assert isinstance(flavor, dict)
    assert sorted(flavor) == sorted(schema['required'])
