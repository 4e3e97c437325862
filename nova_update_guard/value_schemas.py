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

# One that JSON Schema does not know holds nobody to anything.
_KEYWORDS = {
    *Draft202012Validator.VALIDATORS,
    *('then', 'else', 'minContains', 'maxContains', 'title', 'description'),
    *('default', 'examples', 'deprecated', 'readOnly', 'writeOnly'),
    *('$schema', '$id', '$anchor', '$dynamicAnchor', '$defs', '$comment'),
}
# Those whose values are schemas; lists of them; mappings of names to them.
_ONE = (
    *('not', 'if', 'then', 'else', 'items', 'contains', 'propertyNames'),
    *('additionalProperties', 'unevaluatedItems', 'unevaluatedProperties'),
)
_MANY = ('allOf', 'anyOf', 'oneOf', 'prefixItems')
_NAMED = ('$defs', 'properties', 'patternProperties', 'dependentSchemas')
# What a pattern is made of, as far as to tell a ``$`` that is an end.
_PARTS = re.compile(r'\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$', re.DOTALL)


def validator(schema: Mapping[str, Any]) -> Any:
    """Return what holds values to *schema*, with all that it refers to.

    That must be in it: nothing is fetched. Raises SchemaError or
    RecursionError.
    """
    Draft202012Validator.check_schema(schema)
    for unknown in sorted(_unknown(schema), key=str):
        raise jsonschema.SchemaError(f'JSON Schema has no {unknown!r}')
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


def _unknown(schema: object) -> set[str]:
    """Return the keywords of *schema*, and of those in it, that are none."""
    if not isinstance(schema, Mapping):
        return set()
    inner = [schema[key] for key in _ONE if key in schema]
    for key in _MANY:
        inner += schema.get(key, ())
    for key in _NAMED:
        inner += schema.get(key, {}).values()
    return set(schema) - _KEYWORDS | set().union(*map(_unknown, inner))


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
