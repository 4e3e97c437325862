"""What nova's own response schemas say about server documents."""

import functools
from typing import Any

from nova import exception
from nova.api.openstack.compute.servers import ServersController
from nova.api.validation import validators

from tests.whole_nova.asking import NEWEST

Schema = dict[str, Any]
Validator = validators._SchemaValidator

ANSWERS = {
    'create': 'create',
    'rebuild': '_rebuild',
    'update': 'update',
    'show': 'show',
    'list': 'index',
    'detail': 'detail',
}

# What may stand in the place of what is hidden, in order of preference.
EMPTY = (None, '', [], {})


def schema_at(answer: str, minor: int) -> Schema:
    """Return nova's schema of the whole body of *answer* at 2.*minor*."""
    method = getattr(ServersController, ANSWERS[answer])
    return next(
        schema
        for schema, first, last in method.response_body_schemas._schemas
        if (first.ver_minor or 0) <= minor <= (last.ver_minor or 10**6)
    )


def edges(answer: str) -> list[int]:
    """Return the minors at which the schema of *answer* is another one."""
    return [
        minor
        for minor in range(1, NEWEST + 1)
        if minor in (1, NEWEST)
        or schema_at(answer, minor) is not schema_at(answer, minor - 1)
    ]


def server_at(answer: str, minor: int, down: bool = False) -> Schema:
    """Return the schema of one server, its cell up or *down*, in *answer*."""
    body = _forms(schema_at(answer, minor))[-1]['properties']
    forms = _forms(body.get('server') or body['servers']['items'])
    return forms[-1 if down else 0]


def attributes() -> set[str]:
    """Return every attribute that a server has in any answer."""
    return {
        attribute
        for answer in ANSWERS
        for minor in edges(answer)
        for attribute in server_at(answer, minor)['properties']
    }


@functools.cache
def may_be_empty(answer: str, minor: int, down: bool, attribute: str) -> bool:
    """Tell whether *answer* can be valid with *attribute* hidden."""
    *parents, name = attribute.split('.')
    server = server_at(answer, minor, down)
    for parent in parents:
        server = _object(server['properties'][parent])
    return name not in server.get('required', ()) or any(
        _is_valid(Validator(server['properties'][name]), empty)
        for empty in EMPTY
    )


def is_valid(answer: str, minor: int, document: object) -> bool:
    """Tell whether nova itself finds nothing wrong with *document*."""
    return _is_valid(_validator_at(answer, minor), document)


def _is_valid(validator: Validator, document: object) -> bool:
    try:
        validator.validate(document)
    except exception.ValidationError:
        return False
    return True


@functools.cache
def _validator_at(answer: str, minor: int) -> Validator:
    return Validator(schema_at(answer, minor))


def _forms(schema: Schema) -> list[Schema]:
    return list(schema.get('oneOf', [schema]))


def _object(schema: Schema) -> Schema:
    """Return the object in *schema*, through lists and free keys."""
    schema = _forms(schema)[-1]
    free = list(schema.get('patternProperties', {}).values())
    if 'items' in schema or free:
        return _object(schema.get('items') or free[0])
    return schema
