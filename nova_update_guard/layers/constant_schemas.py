"""Find schemas of values that allow all of them, or none.

Such a constraint holds nobody, or everybody, whatever they send.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
from jsonschema import Draft202012Validator
from referencing import Registry


def constant(schema: Mapping[str, Any], may_be_null: bool) -> bool | None:
    """Return whether *schema* allows all values; None if it depends on them.

    Values are strings, and null if it *may_be_null*. *schema* is valid. It is
    not taken apart where a pattern, a length, a format or a list of strings
    decides.
    """
    samples = ['', None] if may_be_null else ['']
    kinds = _Kinds(schema, registry=Registry())
    try:
        results = {kinds.is_valid(sample) for sample in samples}
    except _DependsError:
        return None
    return results.pop() if len(results) == 1 else None


class _DependsError(Exception):
    """The result depends on the string."""


def _depends(
    validator: Any, _expected: Any, value: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    if validator.is_type(value, 'string'):
        raise _DependsError
    yield from ()


def _listed(
    validator: Any, expected: Any, value: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    listed = expected if isinstance(expected, list) else [expected]
    is_string = validator.is_type(value, 'string')
    if is_string and any(isinstance(each, str) for each in listed):
        raise _DependsError
    if is_string or value not in listed:
        yield jsonschema.ValidationError('is not listed')


# Compares values by their types only.
_Kinds = jsonschema.validators.extend(
    Draft202012Validator,
    {
        **dict.fromkeys(
            ('pattern', 'format', 'minLength', 'maxLength'), _depends
        ),
        **dict.fromkeys(('const', 'enum'), _listed),
    },
)
