"""The callers and servers that some checks can tell apart.

A value that no check names stands for all such values; so a caller and a
server are a choice among few texts.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nova_update_guard.analysis.nodes import (
    ConstantLeaf,
    CredentialLeaf,
    Keys,
    Leaf,
    RoleLeaf,
    Template,
    TemplateLeaf,
)
from nova_update_guard.policy import callers, targets
from nova_update_guard.policy.targets import Lack, Value

# The credentials that are lists.
LISTS = ('roles', 'service_roles')
# Set from system_scope, where that is set.
SYSTEM = 'system'
SCOPE = 'system_scope'
# Credentials of two values.
BOOLEANS = {'is_admin_project': {'True': True, 'False': False}}

_ORDINARY = {
    name: value if value is None else str(value)
    for name, value in callers.credentials([]).items()
}
# Further letters that lower() makes one of these.
_ALSO = {'k': '\u212a', 'å': '\u212b', 'ω': '\u2126'}
# A role has as many spellings as it has letters, to the power of two.
_MAX_SPELLINGS = 4096


class Witness(NamedTuple):
    """A caller and a server.

    *lists* are the credentials that are lists, *credentials* others that are
    named, None if not set; *server* the named values of the server, by their
    keys.
    """

    lists: Mapping[str, Sequence[str]]
    credentials: Mapping[str, str | None]
    server: Mapping[Keys, Value]

    def creds(self) -> dict[str, Any]:
        """Return the caller's policy credentials, as the guard makes them."""
        values: dict[str, Any] = {
            name: BOOLEANS[name][str(value)] if name in BOOLEANS else value
            for name, value in self.credentials.items()
        }
        creds = callers.credentials(**self.lists, **values)
        if creds[SCOPE]:
            creds[SYSTEM] = creds[SCOPE]
        return creds

    def document(self) -> dict[str, Any]:
        """Return the server's document."""
        document: dict[str, Any] = {}
        # The longest first: the value of a shorter one contains them.
        for keys in sorted(self.server, key=len, reverse=True):
            value = self.server[keys]
            if value is not Lack.UNKNOWN:
                inner = document
                for key in keys[:-1]:
                    inner = inner.setdefault(key, {})
                if value is not Lack.ABSENT:
                    inner.setdefault(keys[-1], value)
        return document

    def others(
        self, taken: Collection[str]
    ) -> Iterator[tuple[Any, 'Witness']]:
        """Yield each named value, and this witness with another one instead.

        It is a value that nothing names, none of *taken*.
        """
        values = (*self.server.values(), *self.credentials.values())
        other = fresh('other', {*taken, *map(str, values)})
        for name, value in self.credentials.items():
            either = BOOLEANS.get(name, {other: other})
            text = next(each for each in either if each != value)
            changed = {**self.credentials, name: text}
            yield name, self._replace(credentials=changed)
        for keys in self.server:
            yield keys, self._replace(server={**self.server, keys: other})


class Domain:
    """The values that *leaves* can tell apart, and the ordinary ones.

    ``credentials`` and ``server`` are the named values. ``constants`` are all
    texts that are named or ordinary, ``members`` those that can be in a
    credential that is a list. ``ordinary`` are the values of a caller and of a
    server that no check is about, by the name of a credential or the keys of a
    value.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        found = [leaf for leaf in leaves if isinstance(leaf, TemplateLeaf)]
        templates = [leaf.template for leaf in found]
        names = {
            leaf.name for leaf in found if isinstance(leaf, CredentialLeaf)
        }
        names |= {SCOPE} if SYSTEM in names else set()
        self.tells_case = 'roles' in names
        self.credentials = sorted(names - {*LISTS, SYSTEM})
        self.server = sorted(
            {key for each in templates for key in each.values}
        )
        named = {*_named(found)}
        self.constants = {*named, '', *BOOLEANS['is_admin_project']}
        self.constants.update(*map(targets.listed, self.server))
        self.ordinary: dict[str | Keys, Value | None] = {
            **{name: _ORDINARY[name] for name in self.credentials},
            **{keys: _ordinary(keys, named) for keys in self.server},
        }
        self.constants |= {
            value for value in self.ordinary.values() if isinstance(value, str)
        }
        _add_inner(self.constants, templates)
        self.members = {name: self._members(name, found) for name in LISTS}
        # The checks of which a formula may say too little.
        self.doubts = tuple(
            leaf.text
            for leaf in leaves
            if not isinstance(leaf, TemplateLeaf)
            or not (leaf.template.is_plain or leaf.template.constant)
            or self.is_vague(leaf.template)
        )

    def is_vague(self, template: Template) -> bool:
        """Return whether the text of *template* is more than a comparison.

        It is made of several values, by a format, or of a map and also of a
        value in it.
        """
        return bool(template.names) and (
            template.around is None
            or any(
                other[: len(keys)] == keys != other
                for keys in template.values
                for other in self.server
            )
        )

    def _members(self, name: str, leaves: Sequence[TemplateLeaf]) -> list[str]:
        """Return the constants that can be in the credential *name*."""
        texts = {
            leaf.template.constant for leaf in leaves if _is_of(leaf, name)
        }
        members = {text for text in texts if text is not None}
        if None in texts:
            # keystone has no role without a name.
            members |= self.constants - {''}
        if name == 'roles' and self.tells_case:
            spellings = {_other_spelling(text, members) for text in members}
            members |= {text for text in spellings if text is not None}
            self.constants |= members
        return sorted(members)


def _is_of(leaf: TemplateLeaf, name: str) -> bool:
    """Return whether *leaf* looks into the list *name*."""
    if isinstance(leaf, RoleLeaf):
        return name == 'roles'
    return isinstance(leaf, CredentialLeaf) and leaf.name == name


def _named(leaves: Sequence[TemplateLeaf]) -> Iterator[str]:
    for leaf in leaves:
        if leaf.template.constant is not None:
            yield leaf.template.constant
        if isinstance(leaf, ConstantLeaf):
            yield leaf.value


def _ordinary(keys: Keys, named: Collection[str]) -> Value:
    """Return a value of a server that is not *named*, if there is one."""
    if targets.may_be_absent(keys):
        return Lack.ABSENT
    if few := targets.listed(keys):
        return next((text for text in few if text not in named), few[-1])
    return fresh(f'some-{keys[-1]}', named)


def fresh(text: str, taken: Collection[str]) -> str:
    """Return *text*, with a number if it is *taken*."""
    numbered = (f'{text}-{number}' for number in itertools.count(2))
    return next(
        each for each in itertools.chain([text], numbered) if each not in taken
    )


def _add_inner(constants: set[str], templates: Sequence[Template]) -> None:
    """Add the values with which a template becomes one of *constants*."""
    around = {each.around for each in templates if each.around}
    around.discard(('', ''))
    waiting = [*constants]
    while waiting:
        text = waiting.pop()
        for each in around:
            value = inner(text, each)
            if value is not None and value not in constants:
                constants.add(value)
                waiting.append(value)


def inner(text: str, around: tuple[str, str]) -> str | None:
    """Return what is between the texts *around* it, None if they are not."""
    before, after = around
    if len(text) < len(before) + len(after):
        return None
    if not text.startswith(before) or not text.endswith(after):
        return None
    return text[len(before) : len(text) - len(after)]


def _other_spelling(text: str, known: Collection[str]) -> str | None:
    """Return *text* in other case, not *known*; None if there is none."""
    letters = [
        (each.lower(), each.upper(), *_ALSO.get(each.lower(), ()))
        for each in text
    ]
    spellings = itertools.chain(
        (text.lower(), text.upper(), text.capitalize()),
        map(''.join, itertools.product(*letters)),
    )
    return next(
        (
            each
            for each in itertools.islice(spellings, _MAX_SPELLINGS)
            if each not in known and each.lower() == text.lower()
        ),
        None,
    )
