"""The callers that rules can tell apart, for tools and checks at start."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from oslo_context.context import RequestContext

from nova_update_guard.policy import trees

# The roles that keystone creates, each with those that it implies.
KEYSTONE_ROLES = {
    'admin': ('admin', 'manager', 'member', 'reader'),
    'manager': ('manager', 'member', 'reader'),
    'member': ('member', 'reader'),
    'reader': ('reader',),
    'service': ('service',),
}
USER_ID = 'a-user'
PROJECT_ID = 'a-project'


class Named(NamedTuple):
    """The constants in rules that tell callers apart.

    *roles* are in lower case, as ``role:`` compares them; *credentials* are
    pairs of a credential and a value.
    """

    roles: list[str]
    credentials: list[tuple[str, str]]


def named(leaves: Iterable[Any]) -> Named:
    """Return the roles and credentials that *leaves* of rules name.

    Without those that are compared with a value of the server.
    """
    roles = set()
    credentials = set()
    for leaf in leaves:
        if not hasattr(leaf, 'match') or '%(' in leaf.match:
            continue
        match = leaf.match.replace('%%', '%')
        if type(leaf) is trees.Role:
            roles.add(match.lower())
        elif type(leaf) is trees.Generic and leaf.kind == 'roles':
            # Compared with each role, and case counts.
            roles.add(match)
        elif type(leaf) is trees.Generic and not is_literal(leaf.kind):
            credentials.add((leaf.kind, match))
    return Named(sorted(roles), sorted(credentials))


def credentials(roles: Iterable[str], **values: Any) -> dict[str, Any]:
    """Return the policy credentials of a caller with exactly *roles*.

    *values* are credentials that differ from those of a user in a project.
    Source: oslo.context's ``to_policy_values``.
    """
    context = RequestContext(
        user_id=USER_ID, project_id=PROJECT_ID, roles=[*roles], overwrite=False
    )
    return {**context.to_policy_values(), **values}


def one_by_one(names: Named) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a label and the credentials of each caller to show.

    They are keystone's roles with those that they imply, each further role
    alone, and a member with each further credential.
    """
    for role in dict.fromkeys([*KEYSTONE_ROLES, *names.roles]):
        yield role, credentials(KEYSTONE_ROLES.get(role, (role,)))
    for name, value in names.credentials:
        roles = KEYSTONE_ROLES['member']
        yield f'member, {name}:{value}', credentials(roles, **{name: value})


def is_literal(kind: str) -> bool:
    """Return whether the left side *kind* of a check is a constant."""
    try:
        ast.literal_eval(kind)
    except (ValueError, SyntaxError):
        return False
    return True
