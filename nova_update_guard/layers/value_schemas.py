"""Check the JSON Schemas that an operator writes for values, strictly.

A problem in one is found when it is loaded, not by a request. A field's value
is a string or null, and is validated in time proportional to its length.
"""

import datetime
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from nova_update_guard.compute_api.patterns import PatternError, compiled

_REFERENCES = ('$ref', '$dynamicRef')
# JSON Schema ignores unknown keywords: they restrict nothing.
_KEYWORDS = {
    *Draft202012Validator.VALIDATORS,
    *('then', 'else', 'minContains', 'maxContains', 'title', 'description'),
    *('default', 'examples', 'deprecated', 'readOnly', 'writeOnly'),
    *('$schema', '$id', '$anchor', '$dynamicAnchor', '$defs', '$comment'),
}
# Those that restrict a string or null; "if" does by "then" or "else".
_BINDING = {
    *('type', 'enum', 'const', 'minLength', 'maxLength', 'pattern', 'format'),
    *('allOf', 'anyOf', 'oneOf', 'not', 'then', 'else', *_REFERENCES),
}
# Those that restrict numbers, lists and mappings only.
_OF_OTHERS = {
    *('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'),
    *('multipleOf', 'items', 'prefixItems', 'contains', 'minContains'),
    *('maxContains', 'minItems', 'maxItems', 'uniqueItems'),
    *('unevaluatedItems', 'properties', 'patternProperties', 'required'),
    *('additionalProperties', 'unevaluatedProperties', 'propertyNames'),
    *('dependentRequired', 'dependentSchemas', 'minProperties'),
    *('maxProperties',),
}
# Those whose values are schemas; lists of them; mappings of names to them.
_ONE = ('not', 'if', 'then', 'else')
_MANY = ('allOf', 'anyOf', 'oneOf')
_NAMED = ('$defs',)

# A place in a schema: keys, and numbers in lists.
Where = tuple[Any, ...]
Problem = tuple[Where, str]


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

    All of that must be in *schema*: nothing is fetched. Raises SchemaError or
    RecursionError.
    """
    try:
        # Patterns are not Python's regular expressions.
        anything = jsonschema.FormatChecker(formats=())
        Draft202012Validator.check_schema(schema, format_checker=anything)
    except jsonschema.SchemaError as error:
        raise SchemaError(error.message, tuple(error.path)) from None
    nothing: Registry[Any] = Registry()
    resource = DRAFT202012.create_resource(schema)
    resolver = nothing.resolver_with_root(resource)
    for where, problem in _problems(schema, resolver):
        raise SchemaError(problem, where)
    found = _Validator(schema, registry=nothing, format_checker=_FORMATS)
    # A schema that refers to itself for the same value never ends.
    for value in ('', None):
        found.is_valid(value)
    return found


def _pattern(
    validator: Any, pattern: str, value: Any, _schema: object
) -> Iterator[jsonschema.ValidationError]:
    if validator.is_type(value, 'string') and not compiled(pattern)(value):
        yield jsonschema.ValidationError('does not match')


_Validator = jsonschema.validators.extend(
    Draft202012Validator, {'pattern': _pattern}
)


def _problems(schema: Any, resolver: Any) -> Iterator[Problem]:
    """Yield each problem in *schema*, with its place."""
    seen: set[int] = set()
    waiting: list[tuple[Where, Any]] = [((), schema)]
    while waiting:
        where, one = waiting.pop()
        if isinstance(one, Mapping) and id(one) not in seen:
            seen.add(id(one))
            for key, value in one.items():
                problems = _about(key, value, resolver)
                yield from (((*where, key), problem) for problem in problems)
            if ('if' in one) != bool({'then', 'else'} & one.keys()):
                yield where, "'if' needs 'then' or 'else', and they need it"
            for steps, part in _inside(one, resolver):
                waiting.append(((*where, *steps), part))
    if not _BINDING & schema.keys():
        yield (), 'it holds no value to anything'


def _about(key: Any, value: Any, resolver: Any) -> Iterator[str]:
    """Yield the problems of a keyword and of its value."""
    if key not in _KEYWORDS:
        yield f'JSON Schema has no {key!r}{_nearest(key, _KEYWORDS)}'
    elif key in _OF_OTHERS:
        yield f'{key!r} is not for a text or null, as values of fields are'
    elif key == 'format' and value not in _FORMATS.checkers:
        known = sorted(_FORMATS.checkers)
        yield (
            f'no value is checked for the format {value!r}'
            f'{_nearest(value, known)}; there are {", ".join(known)}; write '
            'another as a pattern'
        )
    elif key in _REFERENCES and not isinstance(
        _referred(value, resolver), Mapping | bool
    ):
        yield f'there is no {value!r} in it'
    elif key == 'pattern':
        try:
            compiled(value)
        except PatternError as error:
            yield f'the pattern {value!r} {error}'


def _nearest(name: object, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(str(name), known, 1)
    return f' (did you mean {found[0]!r}?)' if found else ''


def _inside(
    schema: Mapping[Any, Any], resolver: Any
) -> Iterator[tuple[Where, Any]]:
    """Yield the schemas in *schema*, but not those nested in them.

    Schemas that it refers to are included: they may stand in a place that is
    not searched otherwise.
    """
    for key, value in schema.items():
        if key in _ONE:
            yield (key,), value
        elif key in _MANY:
            yield from (((key, at), one) for at, one in enumerate(value))
        elif key in _NAMED:
            yield from (((key, name), value[name]) for name in value)
        elif key in _REFERENCES:
            yield (key,), _referred(value, resolver)


def _referred(reference: str, resolver: Any) -> Any:
    """Return the schema that *reference* refers to, None if there is none."""
    try:
        return resolver.lookup(reference).contents
    except Unresolvable:
        return None
