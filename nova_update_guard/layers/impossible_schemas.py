"""Find schemas that no value meets which nova takes of the field.

Such a constraint refuses whatever clients send. Only the keywords at the top
of a schema are looked at; of the others it is not known.
"""

import math
from collections.abc import Mapping
from typing import Any

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.create_fields import CREATE_FIELDS
from nova_update_guard.compute_api.update_fields import FIELDS

# By field, nova's schemas of it, of all requests and microversions.
_NOVAS = {
    name: [row.schema for row in FIELDS if row.name == name]
    + [row.schema for row in CREATE_FIELDS if row.field == name]
    for name in {row.name for row in FIELDS}
}
# By a format of nova's, those that no text has as well.
_OTHER_FORMATS = {
    'ipv4': {'ipv6', 'date', 'uuid'},
    'ipv6': {'ipv4', 'date', 'uuid', 'hostname'},
}


def is_impossible(
    field: str, schema: Mapping[str, Any], validator: Any, may_be_null: bool
) -> bool:
    """Return whether it is sure that no value of *field* meets *schema*.

    *validator* is that of *schema*. nova stores no value that is not valid by
    one of its own schemas.
    """
    novas = _NOVAS[field]
    listed = _listed(schema)
    if listed is None:
        listed = _listed(novas[0])
    if listed is not None:
        valid = [schemas.is_valid_under(each) for each in novas]
        return not any(
            validator.is_valid(value) and any(check(value) for check in valid)
            for value in listed
        )
    if may_be_null and validator.is_valid(None):
        return False
    others = _OTHER_FORMATS.get(novas[0].get('format', ''), set())
    return schema.get('format') in others or not any(
        _have_a_length(schema, each) for each in novas
    )


def _have_a_length(*both: Mapping[str, Any]) -> bool:
    """Return whether a text can be as long as *both* schemas demand."""
    shortest = max(each.get('minLength', 0) for each in both)
    longest = min(each.get('maxLength', math.inf) for each in both)
    return bool(shortest <= longest)


def _listed(schema: Mapping[str, Any]) -> list[Any] | None:
    """Return the values that *schema* lists, None if it lists none."""
    if 'const' in schema:
        return [schema['const']]
    listed: list[Any] | None = schema.get('enum')
    return listed
