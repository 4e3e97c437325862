"""nova's own schemas beside the guard's tables, version by version.

Whatever nova is installed, its schemas are found where its decorators keep
them: in the functions that they make.
"""

import functools
import inspect
from collections.abc import Iterator
from typing import Any

from nova.api.openstack.compute.servers import ServersController

from nova_update_guard.compute_api import (
    action_fields,
    create_fields,
    schemas,
    server_attributes,
)
from nova_update_guard.compute_api.microversions import Version
from nova_update_guard.compute_api.server_attributes import (
    FREE_FORM,
    NESTED_KEYS,
    SERVER_ATTRIBUTES,
    attributes_at,
)
from nova_update_guard.compute_api.update_fields import FIELDS, fields_at
from tests.equivalence import model

Schema = dict[str, Any]

# What nova's decorator keeps that opens a method to some versions.
_VERSION_ONLY = {'f', 'min_version', 'max_version'}

# What answers with servers.
RESPONSES = ('create', 'update', 'show', 'index', 'detail', 'rebuild')
Controller = type[ServersController]


def later() -> list[str]:
    """Return the rows, by name and version, that this nova does not know."""
    return [
        f'{row.name} ({row.since})'
        for row in (*FIELDS, *SERVER_ATTRIBUTES)
        if row.since.minor > model.newest()
    ] + [
        f'{row.rule} ({row.since})'
        for row in create_fields.CREATE_FIELDS
        if row.since.minor > model.newest()
    ]


def patterned(fields: dict[str, Schema]) -> list[str]:
    """Return the fields with a pattern in their schema of nova's."""
    return [
        name
        for name, schema in fields.items()
        if 'pattern' in schema or 'name' in schema.get('format', '')
    ]


@functools.cache
def editable_in_nova(
    minor: int, controller: Controller = ServersController
) -> dict[str, Schema]:
    """Return the fields of an update at 2.*minor*, 0 for ``/v2``.

    Nothing if *controller* does not serve that version.
    """
    body = schema_at(controller, 'request_body_schema', 'update', minor)
    return dict(body['properties']['server']['properties']) if body else {}


@functools.cache
def visible_in_nova(minor: int, controller: Controller) -> set[str]:
    """Return the attributes that a server has in any answer at 2.*minor*.

    Nested ones have a dot. None, for a nova that does not describe all of its
    answers, and where *controller* does not serve that version.
    """
    bodies = [
        schema_at(controller, 'response_body_schema', response, minor)
        for response in RESPONSES
    ]
    if not all(bodies):
        return set()
    return {
        name
        for body in bodies
        for server in _servers(body)
        for name in _names(server['properties'])
    }


@functools.cache
def is_in_other_order(minor: int) -> bool:
    """Tell whether nova's schemas have their keywords in another order."""
    ours = fields_at(Version(2, minor))
    return any(
        list(ours[name].schema) != list(schema)
        for name, schema in editable_in_nova(minor).items()
        if name in ours
    )


def problems() -> list[str]:
    """Return each row that is missing from the tables, and each invented.

    One line each, at the first version where that is so.
    """
    found: dict[str, str] = {}
    for controller in model.server_controllers():
        for minor in range(model.newest() + 1):
            for problem in (
                *_of_editable(minor, controller),
                *_of_create(minor, controller),
                *_of_visible(minor, controller),
                *_of_action_fields(minor),
            ):
                found.setdefault(
                    problem, f'{problem} at 2.{minor} ({controller.__name__})'
                )
    return list(found.values())


def _of_editable(minor: int, controller: Controller) -> Iterator[str]:
    ours = fields_at(Version(2, minor))
    novas = editable_in_nova(minor, controller)
    if not novas:
        return
    yield from _differing('UPDATE_FIELDS', set(ours), set(novas))
    if not ours.keys() ^ novas.keys() and list(ours) != list(novas):
        yield 'the rows of UPDATE_FIELDS are not in the order of nova'
    for name in ours.keys() & novas.keys():
        if ours[name].schema != novas[name]:
            yield (
                f'the row {name!r} of UPDATE_FIELDS has another schema than '
                f'nova'
            )


@functools.cache
def create_fields_in_nova(
    minor: int, controller: Controller = ServersController
) -> dict[str, Schema]:
    """Return the same for a create: what it sets that updates or actions do.

    Nothing if *controller* does not serve that version.
    """
    body = schema_at(controller, 'request_body_schema', 'create', minor)
    properties = body['properties']['server']['properties'] if body else {}
    known = {name for row in FIELDS for name in (row.name, row.parameter)}
    known |= {row.parameter for row in create_fields.CREATE_FIELDS}
    return {
        name: schema for name, schema in properties.items() if name in known
    }


def _of_create(minor: int, controller: Controller) -> Iterator[str]:
    novas = create_fields_in_nova(minor, controller)
    if not novas:
        return
    ours = create_fields.create_fields_at(Version(2, minor))
    yield from _differing('CREATE_FIELDS', set(ours), set(novas))
    if ours.keys() == novas.keys() and list(ours) != list(novas):
        yield 'the rows of CREATE_FIELDS are not in the order of nova'
    for name in ours.keys() & novas.keys():
        if ours[name].schema != novas[name]:
            yield (
                f'the row {name!r} of CREATE_FIELDS has another schema than '
                f'nova'
            )


@functools.cache
def _action_methods() -> dict[str, Any]:
    """Return nova's methods for the actions that ACTION_FIELDS has rows of."""
    methods = model.action_resource().wsgi_actions
    return {
        action_field.action: methods[action_field.action]
        for action_field in action_fields.ACTION_FIELDS
    }


@functools.cache
def action_fields_in_nova(minor: int) -> dict[tuple[str, str], Schema]:
    """Return the fields at 2.*minor*, by action and parameter."""
    known = {
        (action_field.action, action_field.parameter)
        for action_field in action_fields.ACTION_FIELDS
    }

    return {
        (action, parameter): schema
        for action, method in _action_methods().items()
        for parameter, schema in _parameters(action, method, minor).items()
        if parameter in fields_at(Version(2, model.newest()))
        or (action, parameter) in known
    }


def _parameters(action: str, method: Any, minor: int) -> Schema:
    body = schema_of(method, 'request_body_schema', minor)
    held = body.get('properties', {}).get(action, {})
    return dict(held.get('properties', {}))


def _of_action_fields(minor: int) -> Iterator[str]:
    ours = action_fields.action_fields_at(Version(2, minor))
    novas = action_fields_in_nova(minor)
    yield from _differing(
        'ACTION_FIELDS', set(map(': '.join, ours)), set(map(': '.join, novas))
    )
    if ours.keys() == novas.keys() and list(ours) != list(novas):
        yield 'the rows of ACTION_FIELDS are not in the order of nova'
    for key in ours.keys() & novas.keys():
        # The one place where the guard takes less: no zone is so long.
        known = {**ours[key].schema}
        if ours[key].schema is schemas.ZONE_OR_NULL:
            del known['maxLength']
        if known != novas[key]:
            yield (
                f'the row {key} of ACTION_FIELDS has another schema than nova'
            )


def _of_visible(minor: int, controller: Controller) -> Iterator[str]:
    novas = visible_in_nova(minor, controller)
    if not minor or not novas:
        return
    rows = {*attributes_at(Version(2, minor)), *server_attributes.UNRULED}
    inner = {
        f'{parent}.{key}'
        for parent, keys in NESTED_KEYS.items()
        for key in keys
    }
    # Inner keys have no version: one that nova lacks by then hides nothing.
    yield from _differing('SERVER_ATTRIBUTES', rows | (inner & novas), novas)


def _differing(table: str, ours: set[str], novas: set[str]) -> Iterator[str]:
    for name in sorted(novas - ours):
        yield f'{table} lacks a row for {name!r}'
    for name in sorted(ours - novas):
        yield f'{table} has a row for {name!r}, which nova does not have'


def schema_at(
    controller: Controller, kind: str, method: str, minor: int
) -> Schema:
    """Return the schema of that *kind* in force for *method* at 2.*minor*.

    Nothing if there is none, or *method* is not served at that version.
    """
    method = controller.wsgi_actions.get(method, method)
    return schema_of(getattr(controller, method), kind, minor)


def schema_of(function: Any, kind: str, minor: int) -> Schema:
    """Return the schema of that *kind* that nova's *function* goes by."""
    kept = list(_kept(getattr(function, '__func__', function)))
    # /v2 is served by what serves 2.1.
    if not all(_serves(one, max(minor, 1)) for one in kept):
        return {}
    found = (one[kind] for one in kept if kind in one and _holds(one, minor))
    return dict(next(found, {}))


def _kept(function: Any) -> Iterator[dict[str, Any]]:
    """Yield the closure of each decorator of *function*."""
    while inspect.isfunction(function):
        yield dict(inspect.getclosurevars(function).nonlocals)
        function = getattr(function, '__wrapped__', None)


def _serves(kept: dict[str, Any], minor: int) -> bool:
    """Tell whether a decorator that only looks at the version lets it by."""
    return kept.keys() != _VERSION_ONLY or _holds(kept, minor)


def _holds(kept: dict[str, Any], minor: int) -> bool:
    first = _minor(kept['min_version'] or '2.0')
    last = _minor(kept['max_version'] or '2.999999')
    # What is first for 2.1 is for /v2 as well, where it has no other.
    return first <= minor <= last


def _minor(version: str) -> int:
    return int(version.partition('.')[2])


def _servers(body: Schema) -> Iterator[Schema]:
    """Yield each form of a server in the schema of a *body*."""
    for form in _forms(body):
        properties = form.get('properties', {})
        if 'server' in properties:
            yield from _forms(properties['server'])
        if 'servers' in properties:
            yield from _forms(properties['servers']['items'])


def _names(properties: dict[str, Schema]) -> Iterator[str]:
    for name, schema in properties.items():
        yield name
        if name not in (*FREE_FORM, *server_attributes.UNRULED):
            yield from (f'{name}.{key}' for key in _keys(schema))


def _keys(schema: Schema) -> set[str]:
    """Return the keys of the objects in *schema*, at any depth."""
    found: set[str] = set()
    for form in _forms(schema):
        found |= form.get('properties', {}).keys()
        inner = [*form.get('patternProperties', {}).values()]
        if 'items' in form:
            inner.append(form['items'])
        found = found.union(*map(_keys, inner))
    return found


def _forms(schema: Schema) -> list[Schema]:
    return list(schema.get('oneOf') or schema.get('anyOf') or [schema])
