"""Compare nova's own rules for attributes with the guard's; only inside nova.

An attribute that nova hides cannot be shown by a rule of the guard's. The
other way round, an operator who has widened a rule of nova's may wonder why
nobody sees more: the guard's rule still hides it.
Source: ``nova.policies.extended_server_attributes`` and ``.servers`` of nova
34.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.version import Version
from nova_update_guard.policy.enforcer import Rules

_SERVERS = 'os_compute_api:servers:show:'
# The roles that keystone creates, each with the roles that it implies.
_ROLES = {
    'admin': ('admin', 'manager', 'member', 'reader'),
    'manager': ('manager', 'member', 'reader'),
    'member': ('member', 'reader'),
    'reader': ('reader',),
    'service': ('service',),
}
_ROLE = re.compile(r'\brole:([\w-]+)')


class Pair(NamedTuple):
    """A rule of nova's, and the guard's *rule* for the same *attribute*.

    *server* has the attributes of a document that the guard's rule checks.
    """

    nova: str
    attribute: str
    rule: str
    server: Mapping[str, Any]


class Narrowed(NamedTuple):
    """The *attributes* that nova shows to *roles*, and the guard hides."""

    nova: str
    attributes: list[str]
    roles: list[str]


def _pairs() -> Iterator[Pair]:
    rows = server_attributes.attributes_at(Version(2, 89)) | {
        name: row
        for name, row in server_attributes.attributes_at(MAX).items()
        if not name.endswith(':hostname')
    }
    for name, row in rows.items():
        if name.startswith('OS-EXT-SRV-ATTR:'):
            nova = 'os_compute_api:os-extended-server-attributes'
            yield Pair(nova, name, row.rule, {})
    status = rows['host_status'].rule
    for nova, visible in (
        (f'{_SERVERS}host_status', 'UP'),
        (f'{_SERVERS}host_status:unknown-only', 'UNKNOWN'),
    ):
        yield Pair(nova, 'host_status', status, {'host_status': visible})
    specs = 'flavor.extra_specs'
    yield Pair(f'{_SERVERS}flavor-extra-specs', specs, rows[specs].rule, {})


PAIRS = tuple(_pairs())


def is_here() -> bool:
    """Check whether this process is nova's."""
    return 'nova.policy' in sys.modules


def newest() -> Version:
    """Return the newest microversion of nova in this process."""
    from nova.api.openstack import api_version_request

    newest = api_version_request.max_api_version()
    return Version(newest.ver_major, newest.ver_minor)


def narrowed(rules: Rules) -> list[Narrowed]:
    """Return the attributes that nova shows to a role and *rules* hide.

    Both are checked for a server of the caller's own project.
    """
    found: dict[str, Narrowed] = {}
    for pair in PAIRS:
        for role, context in _callers(pair, rules):
            if _shows(context, pair.nova) and not _sees(context, pair, rules):
                said = found.setdefault(pair.nova, Narrowed(pair.nova, [], []))
                _add(said.attributes, pair.attribute)
                _add(said.roles, role)
    return [*found.values()]


def _callers(pair: Pair, rules: Rules) -> Iterator[tuple[str, Any]]:
    """Yield each role of keystone's or of a rule, and a caller with it."""
    from nova import context, policy

    policy.init()
    texts = [rules.texts[pair.rule], str(policy.get_rules()[pair.nova])]
    named = {role for text in texts for role in _ROLE.findall(text)}
    for role in dict.fromkeys([*_ROLES, *sorted(named)]):
        yield (
            role,
            context.RequestContext(
                user_id='a user',
                project_id='a project',
                roles=[*_ROLES.get(role, (role,))],
                overwrite=False,
            ),
        )


def _shows(context: Any, rule: str) -> bool:
    target = {'user_id': context.user_id, 'project_id': context.project_id}
    return bool(context.can(rule, target, fatal=False))


def _sees(context: Any, pair: Pair, rules: Rules) -> bool:
    caller = rules.caller(dict(context.to_policy_values()))
    result = caller.authorize(pair.rule, pair.server or None)
    # A rule that depends on more than this document may still allow it.
    return result is not False


def _add(found: list[str], name: str) -> None:
    if name not in found:
        found.append(name)
