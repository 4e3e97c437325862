"""nova's own response schemas of server documents."""

import functools
from typing import Any

from nova import exception
from nova.api.openstack.compute.servers import ServersController
from nova.api.validation import validators

from tests.whole_nova.client import NEWEST

Schema = dict[str, Any]
Validator = validators._SchemaValidator

RESPONSES = {
    'create': 'create',
    'rebuild': '_rebuild',
    'update': 'update',
    'show': 'show',
    'list': 'index',
    'detail': 'detail',
}

# What may stand in the place of what is hidden, in order of preference.
EMPTY = (None, '', [], {})


def schema_at(response: str, minor: int) -> Schema:
    """Return nova's schema of the whole body of *response* at 2.*minor*."""
    method = getattr(ServersController, RESPONSES[response])
    return next(
        schema
        for schema, first, last in method.response_body_schemas._schemas
        if (first.ver_minor or 0) <= minor <= (last.ver_minor or 10**6)
    )


def edges(response: str) -> list[int]:
    """Return the minors at which the schema of *response* is another one."""
    return [
        minor
        for minor in range(1, NEWEST + 1)
        if minor in (1, NEWEST)
        or schema_at(response, minor) is not schema_at(response, minor - 1)
    ]


def server_at(response: str, minor: int, down: bool = False) -> Schema:
    """Return the schema of a server in *response*, its cell up or *down*."""
    body = _forms(schema_at(response, minor))[-1]['properties']
    forms = _forms(body.get('server') or body['servers']['items'])
    return forms[-1 if down else 0]


def attributes() -> set[str]:
    """Return every attribute that a server has in any answer."""
    return {
        attribute
        for response in RESPONSES
        for minor in edges(response)
        for attribute in server_at(response, minor)['properties']
    }


@functools.cache
def may_be_empty(
    response: str, minor: int, down: bool, attribute: str
) -> bool:
    """Tell whether *response* can be valid with *attribute* hidden."""
    *parents, name = attribute.split('.')
    server = server_at(response, minor, down)
    for parent in parents:
        server = _object(server['properties'][parent])
    return name not in server.get('required', ()) or any(
        _is_valid(Validator(server['properties'][name]), empty)
        for empty in EMPTY
    )


def is_valid(response: str, minor: int, document: object) -> bool:
    """Tell whether nova itself finds nothing wrong with *document*."""
    return _is_valid(_validator_at(response, minor), document)


def _is_valid(validator: Validator, document: object) -> bool:
    try:
        validator.validate(document)
    except exception.ValidationError:
        return False
    return True


@functools.cache
def _validator_at(response: str, minor: int) -> Validator:
    return Validator(schema_at(response, minor))


def _forms(schema: Schema) -> list[Schema]:
    return list(schema.get('oneOf', [schema]))


def _object(schema: Schema) -> Schema:
    """Return the object in *schema*, through lists and free keys."""
    schema = _forms(schema)[-1]
    free = list(schema.get('patternProperties', {}).values())
    if 'items' in schema or free:
        return _object(schema.get('items') or free[0])
    return schema
