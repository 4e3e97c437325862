"""JSON Schemas that an operator writes for values, read strictly.

What is wrong with one shows when it is loaded, not when a client asks.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

# What a pattern is made of, as far as to tell a ``$`` that is an end.
_PARTS = re.compile(r'\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$', re.DOTALL)


def validator(schema: Mapping[str, Any]) -> Any:
    """Return what holds values to *schema*, with all that it refers to.

    That must be in it: nothing is fetched. Raises SchemaError or
    RecursionError.
    """
    Draft202012Validator.check_schema(schema)
    nothing: Registry[Any] = Registry()
    resource = DRAFT202012.create_resource(schema)
    resolver = nothing.resolver_with_root(resource)
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            problem = f'there is no {reference!r} in it'
            raise jsonschema.SchemaError(problem) from None
    found = _Validator(
        schema,
        registry=nothing,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    # What refers to itself for one and the same value never ends.
    for value in ('', None):
        found.is_valid(value)
    return found


def _end(part: re.Match[str]) -> str:
    return r'\Z' if part[0] == '$' else part[0]


def _pattern(
    validator: Any, pattern: str, value: Any, _schema: object
) -> Iterator[jsonschema.ValidationError]:
    """Check a pattern whose ``$`` is the very end, as JSON Schema has it.

    Python's lets a newline through, which a client could add.
    """
    strict = _PARTS.sub(_end, pattern)
    if validator.is_type(value, 'string') and not re.search(strict, value):
        yield jsonschema.ValidationError('does not match')


_Validator = jsonschema.validators.extend(
    Draft202012Validator, {'pattern': _pattern}
)


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in ('$ref', '$dynamicRef') and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)
