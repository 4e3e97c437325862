"""Constraints of the operator on values of fields, beyond nova's own.

A file maps fields to lists of constraints: a JSON Schema, a message for the
client, and a policy check of the callers that it does not hold for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.create_fields import CREATE_FIELDS_BY_NAME
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.update_fields import (
    FIELDS,
    FIELDS_BY_NAME,
    stored,
)
from nova_update_guard.layers import (
    constant_schemas,
    impossible_schemas,
    value_schemas,
)
from nova_update_guard.spelling import did_you_mean, not_quoted

_FIELDS = sorted(FIELDS_BY_NAME)
# Fields that can be null, as nova would store them.
_NULLABLE = {
    row.name
    for row in FIELDS
    if schemas.validator(row.schema).is_valid(None)
    and row.stored(None) is None
}
_STRING = 'always a string'
# The schema that says outright that it allows no value.
_NOTHING: dict[str, Any] = {'not': {}}
# By key of a constraint, the type of its value.
_KEYS: dict[str, tuple[type, str]] = {
    'schema': (dict, 'a JSON Schema'),
    'message': (str, 'a string'),
    'unless': (str, 'a policy check, a string'),
}
_TAKES = ', '.join(f'{key} ({kind})' for key, (_, kind) in _KEYS.items())
_NEEDED = ('schema', 'message')
_CREATED = 'That of a create is constrained as {}'
# The prefix of the policy rules that hold the exemptions.
RULE = 'update_guard_constraint'


class BadConstraint(NamedTuple):
    """The *problem* with a constraint, or with all of a field or document.

    *where* is the place in the document: keys, and numbers in lists.
    """

    problem: str
    where: tuple[Any, ...] = ()


class ConstraintError(Exception):
    """A file of constraints that cannot be used; the message says why.

    *mistakes* are all that could be told independently of one another.
    """

    def __init__(self, *mistakes: BadConstraint) -> None:
        super().__init__('; '.join(each.problem for each in mistakes))
        self.mistakes = mistakes


class Constraint(NamedTuple):
    """A *validator* of a field's value; *unless* is the check that exempts."""

    field: str
    validator: Any
    message: str
    rule: str
    unless: str

    @property
    def position(self) -> int:
        """The place in the list of its field, from 0."""
        return int(self.rule.rpartition(':')[2]) - 1


def parse(document: object) -> list[Constraint]:
    """Return the constraints in the *document* of a file.

    ``{field: [{schema: {...}, unless: check, message: text}]}``, where
    *unless* may be missing: then the constraint holds for all callers. None is
    an empty file. Raises ConstraintError, with a mistake for each constraint
    that cannot be used.
    """
    if document is None:
        return []
    if not isinstance(document, dict):
        raise ConstraintError(
            BadConstraint('is not a mapping of fields to constraints')
        )
    made = [
        each
        for field, listed in document.items()
        for each in _constraints(field, listed)
    ]
    mistakes = [each for each in made if isinstance(each, BadConstraint)]
    if mistakes:
        raise ConstraintError(*mistakes)
    return [each for each in made if isinstance(each, Constraint)]


def check(
    update: Mapping[str, object],
    constraints: Iterable[Constraint],
    can: Callable[[str], bool],
) -> Iterator[Refusal]:
    """Yield a refusal for each value that violates a constraint.

    The value is checked as nova would store it. *update* must hold values that
    nova accepts: none is longer, or of another type.
    """
    for constraint in constraints:
        if constraint.field not in update:
            continue
        value = stored(constraint.field, update[constraint.field])
        if not constraint.validator.is_valid(value) and not can(
            constraint.rule
        ):
            yield Refusal(
                400, constraint.message, constraint.rule, (constraint.field,)
            )


def _constraints(
    field: str, listed: object
) -> Iterator[Constraint | BadConstraint]:
    if field not in _FIELDS:
        created = CREATE_FIELDS_BY_NAME.get(field)
        hint = f'. {_CREATED.format(created.field)}' if created else ''
        yield BadConstraint(
            f'there is no field {field!r}{did_you_mean(field, _FIELDS)}; '
            f'there are {", ".join(_FIELDS)}{hint}',
            (field,),
        )
    elif not isinstance(listed, list):
        yield BadConstraint(f'{field}: is not a list of constraints', (field,))
    elif not listed:
        yield BadConstraint(f'{field}: has no constraint', (field,))
    else:
        for number, given in enumerate(listed, 1):
            yield _constraint(field, number, given)


def _constraint(
    field: str, number: int, given: Any
) -> Constraint | BadConstraint:
    place = f'{field}, constraint {number}'
    where = field, number - 1
    if problem := _problem(given):
        return BadConstraint(f'{place}: {problem}; it takes {_TAKES}', where)
    try:
        validator = value_schemas.validator(given['schema'])
    except value_schemas.SchemaError as error:
        return BadConstraint(
            f'{place}: schema: {error}', (*where, 'schema', *error.where)
        )
    except RecursionError:
        return BadConstraint(
            f'{place}: schema: is nested too deeply', (*where, 'schema')
        )
    if problem := _constant(field, given['schema'], validator):
        return BadConstraint(f'{place}: schema: {problem}', (*where, 'schema'))
    return Constraint(
        field,
        validator,
        given['message'],
        f'{RULE}:{field}:{number}',
        given.get('unless', '!'),
    )


def _constant(field: str, schema: Any, validator: Any) -> str:
    """Return the problem if *schema* does not depend on the value, or ''."""
    if schema == _NOTHING:
        return ''
    may_be_null = field in _NULLABLE
    allows_all = constant_schemas.constant(schema, may_be_null)
    kind = 'which is ' + ('a string or null' if may_be_null else _STRING)
    if allows_all:
        return f'it allows every value of {field}, {kind}'
    if allows_all is None:
        if not impossible_schemas.is_impossible(
            field, schema, validator, may_be_null
        ):
            return ''
        kind = 'of those that nova takes'
    return (
        f'it allows no value of {field}, {kind}; if that is meant, '
        'write {not: {}}'
    )


def _problem(given: Any) -> str:
    """Return the problem with the keys of a constraint, or an empty string."""
    if not isinstance(given, Mapping):
        return 'is not a mapping'
    for key, value in given.items():
        if key not in _KEYS:
            return f'there is no key {key!r}{did_you_mean(key, _KEYS)}'
        kind, said = _KEYS[key]
        if not isinstance(value, kind):
            hint = not_quoted(value) if kind is str else ''
            return f'{key} is not {said}{hint}'
    if not given.get('unless', '!').strip():
        return 'unless is empty, which would exempt everybody'
    if given.get('unless', '!').strip() == '@':
        return (
            'unless is @, which exempts everybody: remove the constraint if '
            'that is meant'
        )
    if not given.get('message', '-').strip():
        return 'message is empty'
    missing = [key for key in _NEEDED if key not in given]
    return f'{missing[0]} is missing' if missing else ''
