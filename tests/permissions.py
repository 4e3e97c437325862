"""The schema of the guard's own resource, and requests for it."""

import jsonschema

from nova_update_guard.layers.modes import LAYERS
from tests.standin import MEMBER

NAME = {'type': 'string', 'minLength': 1}
MODE = {'enum': ['enforce', 'audit', 'off']}
NAMES = {'type': 'array', 'items': NAME, 'uniqueItems': True}


def _exactly(**properties):
    """Return the schema of an object with these properties, and no other."""
    return {
        'type': 'object',
        'properties': properties,
        'required': [*properties],
        'additionalProperties': False,
    }


FIELD = _exactly(
    name=NAME,
    may_change={'type': 'boolean'},
    rule={
        'type': ['string', 'null'],
        'pattern': '^update_guard:server:update:',
    },
    schema={'$ref': 'https://json-schema.org/draft/2020-12/schema'},
    constraints=NAMES,
)
SCHEMA = _exactly(
    **{
        'os-update-guard': _exactly(
            server_id=NAME,
            modes=_exactly(**dict.fromkeys(LAYERS, MODE)),
            fields={'type': 'array', 'items': FIELD, 'minItems': 1},
            counted_fields={'enum': ['sent', 'changed']},
            allowed_field_sets={
                'type': 'array',
                'items': NAMES | {'minItems': 2},
            },
            empty_update={'enum': ['refuse', 'allow']},
            hidden_attributes=NAMES,
        )
    }
)
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def checked(document):
    """Return what is inside of *document*, which fits the schema."""
    _VALIDATOR.validate(document)
    return document['os-update-guard']


def shown(guard, environ=MEMBER, version='2.1', path='/servers/s1'):
    """Return what the guard shows the caller of *environ*."""
    response = guard.get(
        f'{path}/os-update-guard',
        extra_environ=dict(environ),
        headers={'OpenStack-API-Version': f'compute {version}'},
        status=200,
    )
    return checked(response.json)


def field(found, name):
    """Return the field called *name*."""
    (one,) = (row for row in found['fields'] if row['name'] == name)
    return one
