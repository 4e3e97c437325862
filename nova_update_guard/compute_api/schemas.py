"""JSON Schemas of nova's update, and the validation of documents by them.

Source: ``nova.api.validation.parameter_types`` and ``.validators`` of nova 34.
Only the first problem is reported, so the order of keywords and of properties
is nova's.
"""

import array
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jsonschema

from nova_update_guard.compute_api.patterns import compiled

Schema = dict[str, Any]

_FORMATS = jsonschema.FormatChecker(formats=('ipv4', 'ipv6'))


class _InvalidNameError(ValueError):
    """A name for which nova has an error message of its own."""


def _is_printable(char: str) -> bool:
    """Return whether nova calls *char* printable; none beyond U+FFFE is."""
    category = unicodedata.category(char)
    return ord(char) < 0xFFFF and category not in _UNPRINTABLE


# Control and format characters, surrogates, private use, unassigned; and all
# separators except spaces.
_UNPRINTABLE = {'Cc', 'Cf', 'Cn', 'Co', 'Cs', 'Zl', 'Zp'}
_RUN = re.compile(b'\1+')


def _is_space(char: str) -> bool:
    return unicodedata.category(char) == 'Zs'


def _invalid_name(reason: str) -> _InvalidNameError:
    return _InvalidNameError(
        "An invalid 'name' value was provided. The name must be: " + reason
    )


def _name(value: object) -> bool:
    ends = f'{value[0]}{value[-1]}' if isinstance(value, str) and value else ''
    if _all_printable(value) and not any(map(_is_space, ends)):
        return True
    raise _invalid_name(
        'printable characters. Can not start or end with whitespace.'
    )


def _name_with_leading_trailing_spaces(value: object) -> bool:
    if _all_printable(value) and not all(map(_is_space, str(value))):
        return True
    raise _invalid_name(
        'printable characters with at least one non space character'
    )


_FORMATS.checks('name', raises=_InvalidNameError)(_name)
_FORMATS.checks('name_with_leading_trailing_spaces', raises=_InvalidNameError)(
    _name_with_leading_trailing_spaces
)


def _all_printable(value: object) -> bool:
    return isinstance(value, str) and all(map(_is_printable, value))


def _printable_ranges() -> str:
    """Return all printable characters as the inside of a pattern's ``[]``.

    It is spelled as in nova, because the message quotes it.
    """
    numbers = array.array('I', range(0xFFFF))
    text = numbers.tobytes().decode('utf-32', 'surrogatepass')
    # Python calls the same characters printable, but for most spaces. Asked in
    # rows where it can be, since to ask for each would make the start longer.
    rows = [text[start : start + 256] for start in range(0, len(text), 256)]
    printable = bytearray().join(
        b'\1' * len(row)
        if row.isprintable()
        else bytes(map(str.isprintable, row))
        for row in rows
    )
    for space in filter(_is_space, re.findall(r'\s', text)):
        printable[ord(space)] = True
    spans = [text[slice(*run.span())] for run in _RUN.finditer(printable)]
    return ''.join(
        re.escape(span[0]) + (f'-{re.escape(span[-1])}' if span[1:] else '')
        for span in spans
    )


def _pattern(
    validator: Any, pattern: str, value: Any, _schema: Schema
) -> Iterator[jsonschema.ValidationError]:
    """Check *value* against *pattern*, in which ``$`` is the very end.

    Python's ``$``, and so nova's, accepts one trailing newline. The message
    quotes the pattern as nova has it. nova's own pattern of a host name takes
    seconds for a thousand letters; here each takes linear time.
    """
    if validator.is_type(value, 'string') and not compiled(pattern)(value):
        yield jsonschema.ValidationError(
            f'{value!r} does not match {pattern!r}'
        )


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {'pattern': _pattern}
)


def validator(schema: Schema) -> Any:
    """Return a validator for :func:`problem`; make it once per schema."""
    return _Validator(schema, format_checker=_FORMATS)


def is_valid_under(schema: Schema) -> Callable[[object], bool]:
    """Return a function that tells whether a value is valid under *schema*.

    Make it once per schema. Most values are plain texts or words of a list,
    and JSON Schema takes a quarter of an update's time.
    """
    is_valid: Callable[[object], bool] = validator(schema).is_valid
    for common, is_common in _COMMON_VALUES:
        if common == schema:
            return lambda value: is_common(value) or is_valid(value)
    return is_valid


def _is_plain(value: object) -> bool:
    """Return whether *value* is a text that is valid in each text schema."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_TEXT
        and value.isascii()
        and value.isprintable()
        and value.strip() == value
    )


class Problem(NamedTuple):
    """A problem of a document, in nova's words, and *where* it is.

    *where* is a path of keys; it is empty for the document as a whole.
    """

    message: str
    where: tuple[Any, ...]


def problem(of: Any, document: object) -> Problem | None:
    """Return the first problem of *document*, or None."""
    error = next(of.iter_errors(document), None)
    return Problem(_message(error), tuple(error.path)) if error else None


def _message(error: jsonschema.ValidationError) -> str:
    if isinstance(error.cause, _InvalidNameError):
        return str(error.cause)
    if error.path:
        return (
            f'Invalid input for field/attribute {error.path[-1]}. '
            f'Value: {error.instance}. {error.message}'
        )
    return str(error.message)


def update(server: Schema, strict: bool) -> Schema:
    """Return the schema of an update's whole body, with *server* inside.

    Unless *strict*, the body may hold other keys; under ``/v2`` nova drops
    them.
    """
    return {
        'type': 'object',
        'properties': {'server': server},
        'required': ['server'],
        'additionalProperties': not strict,
    }


# fmt: off
NAME: Schema = {
    'type': 'string', 'format': 'name', 'minLength': 1, 'maxLength': 255,
}
NAME_WITH_SPACES: Schema = {
    **NAME, 'format': 'name_with_leading_trailing_spaces',
}
NAME_OR_NULL: Schema = {
    'oneOf': [
        {'type': 'string', 'minLength': 1, 'maxLength': 255},
        {'type': 'null'},
    ],
}
IPV4: Schema = {'type': 'string', 'format': 'ipv4'}
IPV6: Schema = {'type': 'string', 'format': 'ipv6'}
DISK_CONFIG: Schema = {'type': 'string', 'enum': ['AUTO', 'MANUAL']}
# nova accepts text of any length and then finds no zone of that name: zone
# names are not longer than this.
ZONE_OR_NULL: Schema = {'type': ['string', 'null'], 'maxLength': 255}
DESCRIPTION: Schema = {
    'type': ['string', 'null'],
    'pattern': f'^[{_printable_ranges()}]*$',
    'minLength': 0, 'maxLength': 255,
}
HOST_NAME: Schema = {
    'type': 'string', 'pattern': '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$',
    'minLength': 2, 'maxLength': 63,
}
HOST_FQDN: Schema = {
    'type': 'string', 'pattern': '^[a-zA-Z0-9-._]*$',
    'minLength': 1, 'maxLength': 255,
}
# fmt: on

_LONGEST_TEXT = 255
# Schemas, each with a function that recognises most values valid under it.
_COMMON_VALUES: tuple[tuple[Schema, Callable[[object], bool]], ...] = (
    (NAME, _is_plain),
    (NAME_WITH_SPACES, _is_plain),
    (NAME_OR_NULL, _is_plain),
    (DESCRIPTION, _is_plain),
    (DISK_CONFIG, DISK_CONFIG['enum'].__contains__),
)
