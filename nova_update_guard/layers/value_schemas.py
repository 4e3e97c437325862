"""Check the JSON Schemas that an operator writes for values, strictly.

A problem in one is found when it is loaded, not by a request. A field's value
is a string or null, and is validated in time proportional to its length.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import jsonschema
from jsonschema import Draft202012Validator
from referencing import Registry

from nova_update_guard.compute_api.patterns import PatternError, compiled
from nova_update_guard.spelling import did_you_mean

# The keywords that restrict a string or null; "if" does by "then" or "else".
_BINDING = {
    *('type', 'enum', 'const', 'minLength', 'maxLength', 'pattern', 'format'),
    *('allOf', 'anyOf', 'oneOf', 'not', 'then', 'else', '$ref'),
}
# With those that divide or explain a schema. JSON Schema ignores others.
_KEYWORDS = {
    *(*_BINDING, 'if', '$defs', '$schema', '$comment', 'title', 'default'),
    *('description', 'examples', 'deprecated', 'readOnly', 'writeOnly'),
}
# A $schema elsewhere would put jsonschema's own validator in place of ours.
_DRAFT = Draft202012Validator.META_SCHEMA['$id']
# jsonschema takes some frames of Python's stack for each level.
_MAX_DEPTH = 50
# A value may have to be compared with each part of a schema.
_MAX_SIZE = 10_000
# The names of definitions that a JSON Pointer need not escape.
_NAME = re.compile(r'[\w.-]+', re.ASCII)

# A place in a schema: keys, and numbers in lists.
Where = tuple[Any, ...]


class _Extent(NamedTuple):
    """The *depth* of a schema, and its *size* in parts."""

    depth: int
    size: int


_UNKNOWN = _Extent(0, 0)


class SchemaError(ValueError):
    """A schema that cannot be used; *where* is the place of the problem."""

    def __init__(self, problem: str, where: Where) -> None:
        super().__init__(problem)
        self.where = where


# jsonschema accepts any value for a format that it cannot check, and checks
# some formats by optional packages. It checks these by itself.
_FORMATS = jsonschema.FormatChecker(formats=('ipv4', 'ipv6'))
_LABEL = '[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?'
_HOSTNAME = rf'^{_LABEL}(?:\.{_LABEL})*$'
_UUID = '^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
_DATE = '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'


def _is_hostname(value: object) -> bool:
    return not isinstance(value, str) or (
        len(value) <= 253 and compiled(_HOSTNAME)(value)
    )


def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or compiled(_UUID)(value)


def _is_date(value: object) -> bool:
    return not isinstance(value, str) or (
        compiled(_DATE)(value) and bool(datetime.date.fromisoformat(value))
    )


_FORMATS.checks('hostname')(_is_hostname)
_FORMATS.checks('uuid')(_is_uuid)
_FORMATS.checks('date', raises=ValueError)(_is_date)


def validator(schema: Mapping[str, Any]) -> Any:
    """Return a validator for *schema*, with everything that it refers to.

    All of that must be in its ``$defs``: nothing is fetched. Raises
    SchemaError or RecursionError.
    """
    schema = {
        key: value
        for key, value in schema.items()
        if (key, value) != ('$schema', _DRAFT)
    }
    try:
        # Patterns are not Python's regular expressions.
        anything = jsonschema.FormatChecker(formats=())
        Draft202012Validator.check_schema(schema, format_checker=anything)
    except jsonschema.SchemaError as error:
        raise SchemaError(error.message, tuple(error.path)) from None
    definitions = {
        f'#/$defs/{name}': part
        for name, part in schema.get('$defs', {}).items()
        if _NAME.fullmatch(str(name))
    }
    for problem in _metaschema(definitions).iter_errors(schema):
        raise _error(problem)
    if not _BINDING & schema.keys():
        raise SchemaError('it restricts no string and no null', ())
    extent = _extent(schema, definitions, {})
    if extent.depth > _MAX_DEPTH:
        raise RecursionError
    if extent.size > _MAX_SIZE:
        raise SchemaError('it is too large, with all that it refers to', ())
    return _Validator(schema, registry=Registry(), format_checker=_FORMATS)


def _pattern(
    validator: Any, pattern: str, value: Any, _schema: object
) -> Iterator[jsonschema.ValidationError]:
    if validator.is_type(value, 'string') and not compiled(pattern)(value):
        yield jsonschema.ValidationError('does not match')


_Validator = jsonschema.validators.extend(
    Draft202012Validator, {'pattern': _pattern}
)


def _metaschema(definitions: Mapping[str, Any]) -> Any:
    """Return a validator of schemas that refer to *definitions* only.

    A ``description`` is the message of the error: {0} is the value, {1} the
    nearest one that there is, {2} the reason.
    """
    return Draft202012Validator(
        {
            '$id': 'urn:nova-update-guard:constraint',
            '$dynamicAnchor': 'meta',
            '$ref': _DRAFT,
            'propertyNames': {
                'enum': sorted(_KEYWORDS),
                'description': 'JSON Schema has no {0!r}{1} for a string or '
                'null',
            },
            'oneOf': [
                {'type': 'object', 'required': ['if']},
                {'properties': {'then': False, 'else': False}},
            ],
            'description': "'if' needs 'then' or 'else', and these need 'if'",
            'properties': _values(definitions),
        },
        format_checker=_RE2,
    )


def _values(definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of the values of some keywords, by keyword."""
    formats = sorted(_FORMATS.checkers)
    text = {'type': ['string', 'null']}
    return {
        '$schema': {
            'not': {},
            'description': f'$schema is only for the top, as {_DRAFT}',
        },
        'const': {
            **text,
            'description': '{0!r} is no string and no null: put it in quotes',
        },
        'enum': {
            'items': {
                **text,
                'description': '{0!r} is no string and no null: put it in '
                'quotes',
            }
        },
        '$ref': {
            'enum': sorted(definitions),
            'description': 'there is no {0!r} in it{1}; refer to #/$defs/NAME',
        },
        'format': {
            'enum': formats,
            'description': 'no value is checked for the format {0!r}'
            f'{{1}}; there are {", ".join(formats)}; write another as a '
            'pattern',
        },
        'pattern': {
            'format': 're2',
            'description': 'the pattern {0!r} {2}',
        },
    }


_RE2 = jsonschema.FormatChecker(formats=())
_RE2.checks('re2', raises=PatternError)(compiled)


def _error(problem: jsonschema.ValidationError) -> SchemaError:
    value = problem.instance
    known = problem.validator_value if problem.validator == 'enum' else ()
    near = did_you_mean(value, known)
    names = [value] if 'propertyNames' in problem.schema_path else []
    text = problem.schema['description'].format(value, near, problem.cause)
    return SchemaError(text, (*problem.path, *names))


def _extent(
    part: Any, definitions: Mapping[str, Any], known: dict[int, _Extent]
) -> _Extent:
    """Return the extent of *part*, with all that it refers to.

    Raises RecursionError if it refers to itself. *known* are the extents of
    parts, by id; _UNKNOWN until all inside is known.
    """
    if not isinstance(part, Mapping | list):
        return _Extent(0, 1)
    if id(part) not in known:
        known[id(part)] = _UNKNOWN
        parts = part
        if isinstance(part, Mapping):
            parts = [*part.values(), definitions.get(str(part.get('$ref')))]
        inner = [_extent(each, definitions, known) for each in parts]
        known[id(part)] = _Extent(
            1 + max((each.depth for each in inner), default=0),
            1 + sum(each.size for each in inner),
        )
    if known[id(part)] is _UNKNOWN:
        raise RecursionError
    return known[id(part)]
