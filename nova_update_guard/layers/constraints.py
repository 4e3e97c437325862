"""What values the operator wants of a field, beyond what nova takes.

A file maps fields to lists of constraints: a JSON Schema, a message for the
client, and a policy check of those it does not hold for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.layers import value_schemas
from nova_update_guard.layers.stored_values import stored

_FIELDS = sorted({row.name for row in UPDATE_FIELDS})
# Of a constraint: which kind of value each takes.
_KEYS: dict[str, tuple[type, str]] = {
    'schema': (dict, 'a JSON Schema'),
    'message': (str, 'a text'),
    'unless': (str, 'a policy check, a text'),
}
_TAKES = ', '.join(f'{key} ({kind})' for key, (_, kind) in _KEYS.items())
_NEEDED = ('schema', 'message')
# Where its exemption stands among the rules of the policy.
_RULE = 'update_guard_constraint'


class ConstraintError(Exception):
    """A file of constraints that cannot be used; the message says why.

    *where* in the document it stands: keys, and numbers in lists.
    """

    def __init__(self, problem: str, *where: Any) -> None:
        super().__init__(problem)
        self.where = where


class Constraint(NamedTuple):
    """*validator* must take the field's value, *unless* the rule says yes."""

    field: str
    validator: Any
    message: str
    rule: str
    unless: str


def parse(document: object) -> list[Constraint]:
    """Return the constraints in the *document* of a file.

    ``{field: [{schema: {...}, unless: check, message: text}]}``, where
    *unless* may be missing: then it holds for everybody. None is an empty
    file. Raises ConstraintError.
    """
    if document is None:
        return []
    if not isinstance(document, dict):
        raise ConstraintError('is not a mapping of fields to constraints')
    return [
        _constraint(field, number, given)
        for field, listed in document.items()
        for number, given in enumerate(_listed(field, listed), 1)
    ]


def judge(
    update: Mapping[str, object],
    constraints: Iterable[Constraint],
    can: Callable[[str], bool],
) -> Iterator[Refusal]:
    """Yield a refusal for each value that a constraint does not take.

    It is asked of what nova would store. The *update* holds what nova would
    take: no value is longer, or of another kind.
    """
    for held in constraints:
        if held.field not in update:
            continue
        value = stored(held.field, update[held.field])
        if not held.validator.is_valid(value) and not can(held.rule):
            yield Refusal(400, held.message, held.rule, (held.field,))


def _listed(field: object, listed: object) -> Iterator[Any]:
    if field not in _FIELDS:
        raise ConstraintError(
            f'there is no field {field!r}; there are {", ".join(_FIELDS)}',
            field,
        )
    if not isinstance(listed, list):
        raise ConstraintError(f'{field}: is not a list of constraints', field)
    if not listed:
        raise ConstraintError(f'{field}: has no constraint', field)
    yield from listed


def _constraint(field: str, number: int, given: Any) -> Constraint:
    place = f'{field}, constraint {number}'
    where = field, number - 1
    if problem := _problem(given):
        raise ConstraintError(f'{place}: {problem}; it takes {_TAKES}', *where)
    try:
        validator = value_schemas.validator(given['schema'])
    except value_schemas.SchemaError as error:
        raise ConstraintError(
            f'{place}: schema: {error}', *where, 'schema', *error.where
        ) from None
    except RecursionError:
        raise ConstraintError(
            f'{place}: schema: is nested too deeply', *where, 'schema'
        ) from None
    return Constraint(
        field,
        validator,
        given['message'],
        f'{_RULE}:{field}:{number}',
        given.get('unless', '!'),
    )


def _problem(given: Any) -> str:
    """Return what is wrong with the keys of a constraint, or nothing."""
    if not isinstance(given, Mapping):
        return 'is no mapping'
    for key, value in given.items():
        if key not in _KEYS:
            return f'there is no key {key!r}'
        if not isinstance(value, _KEYS[key][0]):
            return f'{key} is not {_KEYS[key][1]}'
    if not given.get('unless', '!').strip():
        return 'unless is empty, which exempts everybody'
    missing = [key for key in _NEEDED if key not in given]
    return f'{missing[0]} is missing' if missing else ''
