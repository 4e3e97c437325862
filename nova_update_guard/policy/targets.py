"""The values of a server that a policy rule can name.

``project_id`` and ``user_id`` are the server's, and ``server.<key>`` is any
value of its document, nested ones by another dot. oslo.policy treats a missing
name as "no match", which a ``not`` turns into a yes; so a value that the
document should have and lacks is an error here.
"""

import enum
from collections.abc import Callable, Collection, Mapping
from typing import Any

from nova_update_guard.compute_api.attribute_texts import (
    LIST,
    LIST_OR_NULL,
    TEXTS_BY_ATTRIBUTE,
    Texts,
)
from nova_update_guard.compute_api.server_attributes import (
    FREE_FORM,
    KEYED_BY_NETWORK,
    NESTED_KEYS,
    SERVER_ATTRIBUTES,
    UNRULED,
)
from nova_update_guard.spelling import did_you_mean

_ATTRIBUTES = {row.name for row in SERVER_ATTRIBUTES}
_NESTED = {
    f'{parent}.{key}' for parent, keys in NESTED_KEYS.items() for key in keys
}

_OWNER = {'project_id': 'tenant_id', 'user_id': 'user_id'}
_SERVER = 'server.'


# Never given to a check that may send it elsewhere.
SECRETS = ('adminPass', 'user_data', 'OS-EXT-SRV-ATTR:user_data')


class Lack(enum.Enum):
    """The reason for a missing value."""

    ABSENT = enum.auto()
    """A free-form map, such as metadata, does not have this key."""
    UNKNOWN = enum.auto()
    """This document does not say."""


Value = str | Lack
Reader = Callable[[Mapping[str, Any]], Value]


class UnknownError(Exception):
    """A rule named a value that this document should have and lacks."""


class Target(dict[str, Any]):
    """The target of a check, which looks names up in it; *values* are by name.

    Looking up an absent key of a free-form map raises KeyError, which a check
    takes for "no match"; any other missing name raises UnknownError.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(
            (name, value)
            for name, value in values.items()
            if not isinstance(value, Lack)
        )
        self._values = values

    def __missing__(self, name: str) -> Any:
        if self._values.get(name) is Lack.ABSENT:
            raise KeyError(name)
        raise UnknownError(name)


def reader(name: str) -> Reader:
    """Return a function that reads the value *name* of a server document.

    Raises ValueError if no server has a value of that name.
    """
    return _walk(keys(name))


def keys(name: str) -> tuple[str, ...]:
    """Return the keys in a server document that lead to the value *name*.

    Raises ValueError if no server has a value of that name.
    """
    if name in _OWNER:
        return (_OWNER[name],)
    path = name.removeprefix(_SERVER)
    if path in ('', name):
        raise ValueError(
            f'there is no %({name})s; there are %(project_id)s, %(user_id)s '
            'and %(server.<attribute>)s'
        )
    return _split(path)


def name(keys: tuple[str, ...]) -> str:
    """Return the name by which a rule refers to the value at *keys*."""
    for owner, key in _OWNER.items():
        if keys == (key,):
            return owner
    return f'{_SERVER}{".".join(keys)}'


def may_be_absent(keys: tuple[str, ...]) -> bool:
    """Return whether the last of *keys* is one of a free-form map."""
    return '.'.join(keys[:-1]) in FREE_FORM


def unknown(name: str, declared: Collection[str]) -> str:
    """Return why no server has the value *name*; '' if one may have it.

    *declared* are attributes of a vendor's. An unknown one may be a vendor's,
    too, so this is a doubt.
    """
    known = {*_ATTRIBUTES, *_NESTED, *UNRULED, *declared}
    path = ''
    for key in keys(name):
        if path in FREE_FORM or path in declared:
            break
        if texts_of(path) in (LIST, LIST_OR_NULL):
            return (
                f'%({name})s: {path!r} is a list, in which no rule looks, so '
                'the rule denies where it depends on it'
            )
        path = f'{path}.{key}' if path else key
        if path not in known and texts_of(path) is None:
            return (
                f'%({name})s: no server has {path!r}'
                f'{did_you_mean(path, known)}, so the rule denies where it '
                "depends on it; extra_attributes declares a vendor's"
            )
    return ''


def texts_of(path: str) -> Texts | None:
    """Return the texts of the value at *path*, joined by dots.

    None if it can have any text.
    """
    parent, dot, key = path.partition('.')
    if parent in KEYED_BY_NETWORK and dot:
        return None if '.' in key else LIST
    return TEXTS_BY_ATTRIBUTE.get(path)


def listed(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return all texts that the value at *keys* can have, if they are few."""
    texts = texts_of('.'.join(keys))
    return texts.listed if texts else ()


def never(name: str, text: str) -> str:
    """Return why the value *name* never has this *text*; '' if it may."""
    texts = texts_of('.'.join(keys(name)))
    if texts is None or texts.has(text):
        return ''
    near = did_you_mean(text, texts.listed)
    return f'%({name})s is never {text!r}: {texts.words}{near}'


def everything(server: Mapping[str, Any]) -> dict[str, Any]:
    """Return *server*'s values by name, for checks of unknown kind."""
    # It may have keys without a value: see Parsed.
    values = {
        f'{_SERVER}{key}': server[key]
        for key in server
        if key not in SECRETS and key in server
    }
    owner = {name: server.get(key) for name, key in _OWNER.items()}
    return values | owner


def _split(path: str) -> tuple[str, ...]:
    """Split at the dots, except those in the keys of free-form maps."""
    free = next(
        (name for name in FREE_FORM if path.startswith(f'{name}.')), None
    )
    if free is None:
        return tuple(path.split('.'))
    return (*free.split('.'), path.removeprefix(f'{free}.'))


def _walk(keys: tuple[str, ...]) -> Reader:
    missing = Lack.ABSENT if may_be_absent(keys) else Lack.UNKNOWN

    def read(server: Mapping[str, Any]) -> Value:
        value: Any = server
        for key in keys[:-1]:
            value = value.get(key) if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping):
            return Lack.UNKNOWN
        try:
            return str(value[keys[-1]]) if keys[-1] in value else missing
        except RecursionError:
            return Lack.UNKNOWN

    return read
