"""Read values of a parsed file strictly; an error tells its place."""

from collections.abc import Collection
from typing import Any

from nova_update_guard.spelling import did_you_mean, not_quoted

# Keys, and numbers in lists.
Where = tuple[Any, ...]

_TYPES = {
    dict: 'a mapping',
    list: 'a list',
    str: 'a string',
    int: 'a number',
    bool: 'true or false',
}


class CaseError(Exception):
    """A bad case; *where* is its place: keys, and numbers in lists."""

    def __init__(self, problem: str, *where: Any) -> None:
        super().__init__(problem)
        self.where = where


def mapping(
    given: Any,
    where: Where,
    keys: Collection[str],
    required: Collection[str],
) -> dict[str, Any]:
    """Return *given*, a mapping that has the *required* ones of *keys*."""
    read: dict[str, Any] = typed(given, dict, where)
    for key in read:
        if key not in keys:
            hint = did_you_mean(key, keys)
            takes = ', '.join(keys)
            problem = f'there is no key {key!r}{hint}; there are {takes}'
            raise CaseError(problem, *where, key)
    for key in required:
        if key not in read:
            raise CaseError(f'{key} is missing', *where)
    return read


def known(given: Any, names: Collection[str], kind: str, where: Where) -> str:
    """Return *given*, which must be one of *names* of a *kind*."""
    name: str = typed(given, str, where)
    if name not in names:
        hint = did_you_mean(name, names)
        raise CaseError(f'there is no {kind} {name!r}{hint}', *where)
    return name


def some(given: Any, where: Where, kind: type = list) -> Any:
    """Return *given*, which must not be empty."""
    if not typed(given, kind, where):
        raise CaseError(f'{where[-1]} is empty: nothing is checked', *where)
    return given


def typed(given: Any, kind: type, where: Where) -> Any:
    """Return *given*, which must be a *kind*; a bool is no number."""
    is_bool = isinstance(given, bool) and kind is not bool
    if not isinstance(given, kind) or is_bool:
        name = f'{where[-1]} ' if where and isinstance(where[-1], str) else ''
        hint = not_quoted(given) if kind is str else ''
        raise CaseError(f'{name}is not {_TYPES[kind]}{hint}', *where)
    return given
