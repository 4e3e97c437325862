"""The callers that rules of nova's and the guard's can tell apart."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from math import comb
from typing import Any, NamedTuple

from nova_update_guard.policy.callers import KEYSTONE_ROLES, Named

# Single roles and credentials are tried, then larger sets of them, until there
# would be more than this: each costs nova a millisecond at each start.
_MOST = 128
# A role that no rule names, such as the ``_member_`` of old clouds.
_OTHER = 'any other role'
# The name in a token of the credential that oslo.policy names so.
_NAMES = {'system': 'system_scope'}
# The values of credentials that are no text.
_VALUES = {'True': True, 'False': False}

Atom = tuple[str, str]


class Sample(NamedTuple):
    """A caller to try, with a *label* for messages.

    It has *roles*, and the *credentials* that differ from those of a user in a
    project; *atoms* are the roles and credentials that make it.
    """

    label: str
    atoms: frozenset[Atom]
    roles: tuple[str, ...]
    credentials: dict[str, Any]


def samples(names: Named) -> Iterator[Sample]:
    """Yield the callers that rules with *names* can tell apart.

    Those with fewer roles and credentials come first. Where a role of
    keystone's is among them, they have the roles that it implies, and then
    they have not.
    """
    keystone = [('role', role) for role in KEYSTONE_ROLES]
    for atom in keystone:
        yield _sample((atom,))
    yield _sample((('role', 'another-role'),))._replace(label=_OTHER)
    for atom in keystone:
        yield _sample((atom, ('system_scope', 'all')))
    named = [*(('role', role) for role in names.roles), *names.credentials]
    for size in range(1, _largest(len(named)) + 1):
        for atoms in combinations(named, size):
            yield _sample(atoms)
            if any(len(KEYSTONE_ROLES.get(name, ())) > 1 for _, name in atoms):
                yield _without_implied(atoms)


def _largest(named: int) -> int:
    """Return the size of the largest sets of *named* things to try."""
    total = named
    for size in range(2, named + 1):
        total += comb(named, size)
        if total > _MOST:
            return size - 1
    return named


def _sample(atoms: Sequence[Atom]) -> Sample:
    roles = [name for kind, name in atoms if kind == 'role']
    implied = [KEYSTONE_ROLES.get(role, (role,)) for role in roles]
    return Sample(
        ' with '.join(_label(*atom) for atom in atoms),
        frozenset(atoms),
        tuple(dict.fromkeys(chain.from_iterable(implied))),
        {
            _NAMES.get(name, name): _VALUES.get(value, value)
            for name, value in atoms
            if name != 'role'
        },
    )


def _without_implied(atoms: Sequence[Atom]) -> Sample:
    sample = _sample(atoms)
    return sample._replace(
        label=f'{sample.label} without the roles that it implies',
        roles=tuple(name for kind, name in atoms if kind == 'role'),
    )


def _label(kind: str, name: str) -> str:
    return name if kind == 'role' else f'{kind}:{name}'
