"""Find checks whose right side can hardly be meant as oslo.policy reads it.

It reads whatever stands between the colon and the next white space as one
value. A value that no caller has is "no", and behind a ``not`` "yes".
"""

import ast
import re
from collections.abc import Collection, Iterator
from typing import Any

from nova_update_guard.policy import targets, trees
from nova_update_guard.spelling import did_you_mean

# The credentials that a check can name, as oslo.context and nova call them.
CREDENTIALS = {
    *('domain_id', 'is_admin_project', 'project_domain_id'),
    *('project_id', 'roles', 'service_project_domain_id'),
    *('service_project_id', 'service_roles', 'service_user_domain_id'),
    *('service_user_id', 'system', 'system_scope', 'user_domain_id'),
    'user_id',
}
# nova's own rules that others refer to; a role has no such name.
_RULES = {
    *('admin_api', 'admin_or_owner', 'admin_required', 'context_is_admin'),
    *('project_manager_api', 'project_manager_or_admin'),
    *('project_member_api', 'project_member_or_admin'),
    *('project_reader_api', 'project_reader_or_admin', 'service_api'),
    *('system_admin_api', 'system_reader_api', 'system_admin_or_owner'),
    *('system_or_project_reader', 'cell_force', 'skip_upgrade'),
}
# All values of credentials that have few.
_VALUES = {
    'system_scope': ('all',),
    'system': ('all',),
    'is_admin_project': ('True', 'False'),
}
_KNOWN = ('role', 'rule', 'is_admin', *sorted(CREDENTIALS))
_KINDS = '|'.join(_KNOWN)
_TWO_KINDS = re.compile(rf'(?:{_KINDS}):')
_SECOND_CHECK = re.compile(rf'[,;|&+]\W*(?:not\W*)?(?:{_KINDS}):')
# keystone allows any character in a role, and a backend of users in their ids.
_ODD_IN_ROLE = re.compile(r'[^\w.:@/%-]')
# A value of the server, and nothing around it.
_VALUE = re.compile(r'%\((.+)\)s')
# Credentials that are ids as keystone makes them: those of users can be names,
# from LDAP.
_OF_PROJECTS = ('project_id', 'service_project_id')
# By credential, the values of a server that are ids of another kind.
_OTHERS = {
    'user_id': ('project_id', 'server.tenant_id'),
    'project_id': ('user_id', 'server.user_id'),
}
_PROJECT_ID = re.compile('[0-9a-f]{32}')
_ODD_IN_ID = re.compile(r'[,;|&"\'(){}\[\]$<>*?]')


def refuse_kind(kind: str) -> None:
    """Check that the left of a colon is a constant or a credential.

    Raises ValueError.
    """
    try:
        ast.literal_eval(kind)
    except ValueError:
        # oslo.policy looks behind a dot into a value that is no mapping, and
        # fails.
        known = kind in CREDENTIALS
    except SyntaxError:
        known = False
    else:
        known = True
    if not known:
        near = did_you_mean(kind, _KNOWN)
        raise ValueError(
            f'write left of the colon a string in quotes, {kind!r}, or an '
            f'attribute of the caller{near}: '
            f'{", ".join(sorted(CREDENTIALS))}'
        )


def refuse(check: Any) -> None:
    """Raise ValueError for a leaf that oslo.policy clearly misread."""
    if not (type(check) in _COMPARED or isinstance(check, trees.Reference)):
        return
    bare = _bare(check.match)
    if not check.match:
        problem = 'nothing follows the colon'
    elif set('()') & set(bare):
        problem = 'put white space between a parenthesis and "and", "or"'
    elif _TWO_KINDS.match(bare):
        problem = f'write {bare} or another kind, but one'
    elif _SECOND_CHECK.search(bare):
        problem = 'join two checks by " or " or " and "'
    elif bare[:1] in ('"', "'") or bare[-1:] in ('"', "'"):
        problem = 'quotes would be a part of the value: write it without'
    else:
        return
    raise ValueError(f'{check} is read as one check: {problem}')


class _Blank(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ''


def _bare(match: str) -> str:
    """Return *match* without the values of the server, or as it is."""
    try:
        # Names of values may have parentheses in them.
        return match % _Blank()
    except (TypeError, ValueError):
        return match


_COMPARED = (trees.Role, trees.Generic)


def doubts(check: Any, rules: Collection[str]) -> Iterator[str]:
    """Yield the reasons why *check* can hardly be meant.

    *rules* are names of rules that no role has.
    """
    if type(check) not in _COMPARED:
        return
    if '%(' in check.match:
        yield from _of_server(check)
        return
    match = check.match.replace('%%', '%')
    if type(check) is trees.Role:
        yield from _of_role(match, rules)
    elif check.kind in CREDENTIALS:
        yield from _of_credential(check.kind, match)
    else:
        yield f'{check} compares two constants: write %(NAME)s on the right'


def _of_server(check: Any) -> Iterator[str]:
    """Yield why the server's value never equals the constant in *check*."""
    found = _VALUE.fullmatch(check.match)
    is_single = check.match.count('%(') == 1
    if found and is_single and type(check) is trees.Generic:
        try:
            text = str(ast.literal_eval(check.kind))
        except ValueError:
            if found[1] in _OTHERS.get(check.kind, ()):
                yield f"{check} compares a user's id with a project's"
            return
        if doubt := targets.never(found[1], text):
            yield doubt


def _of_role(role: str, rules: Collection[str]) -> Iterator[str]:
    if role in rules or role in _RULES:
        yield (
            f'role:{role} is a role with the name of a rule: write rule:{role}'
        )
    elif odd := _ODD_IN_ROLE.search(role):
        yield (
            f'role:{role} is one role, with {odd[0]!r} in its name: join '
            'roles by " or role:"; there are no wildcards'
        )


def _of_credential(kind: str, value: str) -> Iterator[str]:
    if value == 'None':
        # As in oslo.policy: the caller does not have it.
        return
    known = _VALUES.get(kind)
    if known and value not in known:
        yield f'{kind} is never {value!r}: it is {" or ".join(known)}'
    elif value in CREDENTIALS or value.startswith('server.'):
        yield (
            f'{kind}:{value} compares with this very text: write '
            f'{kind}:%({value})s'
        )
    elif odd := _ODD_IN_ID.search(value):
        yield (
            f'{kind}:{value} is one value, with {odd[0]!r} in it: join '
            f'values by " or {kind}:"; there are no wildcards'
        )
    elif kind in _OF_PROJECTS and not _PROJECT_ID.fullmatch(value):
        yield (
            f'{kind}:{value} compares with the id of a project, which is of '
            f'32 digits and letters a to f: if {value!r} is its name, write '
            'the id, which openstack project show tells'
        )
