"""Check that nova has every field, and accepts its value."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from nova_update_guard.compute_api import (
    action_fields,
    create_fields,
    schemas,
)
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.update_fields import (
    effective_version,
    fields_at,
)
from nova_update_guard.compute_api.version import LEGACY_V2, Version


def check(document: object, version: Version) -> Refusal | None:
    """Return a refusal in nova's words, if *document* is not valid in nova.

    The fields and their schemas are those at *version*.
    """
    edge = effective_version(version)
    if _is_valid(document, edge):
        return None
    problem = schemas.problem(_validator_at(edge), document)
    if not problem:
        return None
    fields = tuple(map(str, problem.where[1:2])) or _unknown(document, version)
    return Refusal(400, problem.message, 'field validation', fields)


def check_action(document: object, version: Version) -> Refusal | None:
    """Return a refusal in nova's words, if an action sets an invalid value.

    The rest of an action's *document* is left to nova.
    """
    edge = effective_version(version)
    problem = schemas.problem(_actions_at(edge), document)
    if not problem:
        return None
    action, parameter = problem.where[:2]
    field = action_fields.action_fields_at(edge)[action, parameter].field
    return Refusal(400, problem.message, 'field validation', (field,))


def check_create(document: object, version: Version) -> Refusal | None:
    """Return a refusal in nova's words, if a create sets an invalid value.

    The rest of its *document* is left to nova.
    """
    edge = create_fields.effective_version(version)
    if _is_valid_create(document, edge):
        return None
    problem = schemas.problem(_create_at(edge), document)
    if not problem:
        return None
    row = create_fields.create_fields_at(edge)[problem.where[1]]
    return Refusal(400, problem.message, 'field validation', (row.field,))


def check_shape(document: object, version: Version) -> Refusal | None:
    """Return a refusal if *document* does not have the shape of an update."""
    problem = schemas.problem(_shape(version > LEGACY_V2), document)
    return Refusal(400, problem.message, 'not an update') if problem else None


def known(update: Mapping[str, object], version: Version) -> dict[str, object]:
    """Return *update* without the fields that nova would drop at *version*."""
    if version > LEGACY_V2:
        return dict(update)
    editable = fields_at(version)
    return {name: value for name, value in update.items() if name in editable}


def _is_valid(document: object, edge: Version) -> bool:
    """Return whether *document* is an update of valid values, and no more.

    Most requests are, and this is a third of the work: the schema of the whole
    document is only needed for the problem and its message.
    """
    server = document.get('server') if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(server, dict):
        return False
    fields = _fields_at(edge)
    return len(document) == 1 and all(
        name in fields and fields[name](value)
        for name, value in server.items()
    )


@functools.cache
def _fields_at(edge: Version) -> dict[str, Callable[[object], bool]]:
    return {
        name: schemas.is_valid_under(row.schema)
        for name, row in fields_at(edge).items()
    }


def _unknown(document: object, version: Version) -> tuple[str, ...]:
    """Return the names in an update that are not fields at *version*."""
    server = document.get('server') if isinstance(document, Mapping) else None
    names = server if isinstance(server, Mapping) else ()
    return tuple(name for name in names if name not in fields_at(version))


@functools.cache
def _validator_at(edge: Version) -> Any:
    # Under /v2 nova drops unknown fields.
    strict = edge > LEGACY_V2
    rows = fields_at(edge).values()
    server: schemas.Schema = {
        'type': 'object',
        'properties': {row.name: row.schema for row in rows},
        'additionalProperties': not strict,
    }
    return schemas.validator(schemas.update(server, strict))


@functools.cache
def _actions_at(edge: Version) -> Any:
    # A value that is not a mapping holds no field: no type is required.
    actions: schemas.Schema = {}
    for (action, parameter), field in action_fields.action_fields_at(
        edge
    ).items():
        schema = actions.setdefault(action, {'properties': {}})
        schema['properties'][parameter] = field.schema
    return schemas.validator({'properties': actions})


def _is_valid_create(document: object, edge: Version) -> bool:
    """Return whether each field in *document* is valid; as _is_valid."""
    server = document.get('server') if isinstance(document, dict) else None
    return isinstance(server, dict) and all(
        is_valid(server[name])
        for name, is_valid in _created_at(edge).items()
        if name in server
    )


@functools.cache
def _created_at(edge: Version) -> dict[str, Callable[[object], bool]]:
    rows = create_fields.create_fields_at(edge).items()
    return {name: schemas.is_valid_under(row.schema) for name, row in rows}


@functools.cache
def _create_at(edge: Version) -> Any:
    rows = create_fields.create_fields_at(edge).items()
    server = {'properties': {name: row.schema for name, row in rows}}
    return schemas.validator({'properties': {'server': server}})


@functools.cache
def _shape(strict: bool) -> Any:
    return schemas.validator(schemas.update({'type': 'object'}, strict))
