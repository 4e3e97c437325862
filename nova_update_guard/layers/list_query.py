"""Check the filters of a list, which can reveal hidden values.

The tables are of its sort keys, too. Source: ``index_query*`` in
``nova.api.openstack.compute.schemas.servers``, ``_get_servers`` beside it and
the columns of ``nova.db.main.models.Instance``, by which nova filters and
sorts, all of nova 34.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import (
    UNLISTED,
    attributes_at,
    declared,
)
from nova_update_guard.compute_api.version import Version

# A column that no attribute shows; the rule of unlisted attributes holds.
_UNSHOWN = ''

# By key, the attributes that it reveals, as a filter or as a sort key.
# fmt: off
ATTRIBUTES_BY_FILTER: dict[str, tuple[str, ...]] = {
    'access_ip_v4':             ('accessIPv4',),
    'access_ip_v6':             ('accessIPv6',),
    'auto_disk_config':         ('OS-DCF:diskConfig',),
    # The column is the zone in the request to create; either attribute shows
    # it.
    'availability_zone':        ('OS-EXT-AZ:availability_zone',
                                 'pinned_availability_zone'),
    'changes-before':           ('updated',),
    'changes-since':            ('updated',),
    'config_drive':             ('config_drive',),
    'created_at':               ('created',),
    'description':              ('description',),
    'display_description':      ('description',),
    'display_name':             ('name',),
    'flavor':                   ('flavor',),
    'host':                     ('OS-EXT-SRV-ATTR:host',),
    'hostname':                 ('OS-EXT-SRV-ATTR:hostname',),
    'image':                    ('image',),
    'image_ref':                ('image',),
    'ip':                       ('addresses',),
    'ip6':                      ('addresses',),
    'kernel_id':                ('OS-EXT-SRV-ATTR:kernel_id',),
    'key_name':                 ('key_name',),
    'launch_index':             ('OS-EXT-SRV-ATTR:launch_index',),
    'launched_at':              ('OS-SRV-USG:launched_at',),
    'locked':                   ('locked',),
    'locked_by':                ('locked',),
    'name':                     ('name',),
    'node':                     ('OS-EXT-SRV-ATTR:hypervisor_hostname',),
    'not-tags':                 ('tags',),
    'not-tags-any':             ('tags',),
    'power_state':              ('OS-EXT-STS:power_state',),
    'progress':                 ('progress',),
    'project_id':               ('tenant_id',),
    'ramdisk_id':               ('OS-EXT-SRV-ATTR:ramdisk_id',),
    'root_device_name':         ('OS-EXT-SRV-ATTR:root_device_name',),
    'soft_deleted':             ('OS-EXT-STS:vm_state',),
    'status':                   ('status',),
    'tags':                     ('tags',),
    'tags-any':                 ('tags',),
    'task_state':               ('OS-EXT-STS:task_state',),
    'tenant_id':                ('tenant_id',),
    'terminated_at':            ('OS-SRV-USG:terminated_at',),
    'user_id':                  ('user_id',),
    # A server's id has no rule.
    'uuid':                     (),
    'vm_state':                 ('OS-EXT-STS:vm_state',),
}

# The same for columns that no schema of a query has: nova sorts by some, and
# filters by all under /v2, for callers that it lets filter by anything.
ATTRIBUTES_BY_COLUMN: dict[str, tuple[str, ...]] = {
    'architecture':             (_UNSHOWN,),
    'cell_name':                (_UNSHOWN,),
    'cleaned':                  (_UNSHOWN,),
    'compute_id':               ('OS-EXT-SRV-ATTR:hypervisor_hostname',),
    'default_ephemeral_device': (_UNSHOWN,),
    'default_swap_device':      (_UNSHOWN,),
    'deleted_at':               ('OS-SRV-USG:terminated_at',),
    'disable_terminate':        (_UNSHOWN,),
    'ephemeral_gb':             ('flavor',),
    'ephemeral_key_uuid':       (_UNSHOWN,),
    'fixed_ip':                 ('addresses',),
    'hidden':                   (_UNSHOWN,),
    # nova's own number of a server, from which it makes the domain's name.
    'id':                       ('OS-EXT-SRV-ATTR:instance_name',),
    'instance_type_id':         ('flavor',),
    'key_data':                 ('key_name',),
    'launched_on':              ('OS-EXT-SRV-ATTR:host',),
    'memory_mb':                ('flavor',),
    'os_type':                  (_UNSHOWN,),
    'root_gb':                  ('flavor',),
    'shutdown_terminate':       (_UNSHOWN,),
    'updated_at':               ('updated',),
    'user_data':                ('OS-EXT-SRV-ATTR:user_data', 'user_data'),
    'vcpus':                    ('flavor',),
    'vm_mode':                  (_UNSHOWN,),
}

# Keys of a query that reveal nothing that a rule could hide.
UNRESTRICTED = frozenset((
    # Which servers, and how many. A sort_dir does nothing without its
    # sort_key.
    'all_tenants', 'deleted', 'limit', 'marker', 'sort_dir',
    # nova opens it to all: anyone who creates servers gets their id.
    'reservation_id',
    # nova refuses to filter by columns of another table.
    'block_device_mapping', 'info_cache', 'metadata', 'pci_devices',
    'security_groups', 'services', 'system_metadata',
))
# fmt: on

# From this version on, nova has schemas for the query. It removes keys that
# they do not have, and from 2.75 on refuses the request.
SCHEMAS_SINCE = Version(2, 1)

_ROWS = attributes_at(MAX)
# By key, the rules that must all allow it. They are those of the newest
# version: a caller that sees an attribute there can list by it there.
RULES = {
    key: tuple(_ROWS[name].rule if name else UNLISTED for name in names)
    for key, names in {**ATTRIBUTES_BY_FILTER, **ATTRIBUTES_BY_COLUMN}.items()
}
# The rules of a key that no table has.
UNKNOWN = (UNLISTED,)

KeyRules = Mapping[str, tuple[str, ...]]
Pairs = Iterable[tuple[str, str]]
# A rule's result for this caller; None if it depends on the server.
Verdict = Callable[[str], bool | None]


def rules(extra_attributes: Iterable[str]) -> KeyRules:
    """Return the rules that must all allow a key, by key.

    A key with the name of an attribute that the operator declares goes by the
    rule of that one.
    """
    found = dict(RULES)
    for name, row in declared(extra_attributes).items():
        others = (rule for rule in RULES.get(name, ()) if rule != UNLISTED)
        found[name] = (*others, row.rule)
    return found


def takes_any_key(version: Version | None) -> bool:
    """Return whether nova may act on a key that its schemas do not have.

    That is so under /v2, and if *version* is newer than the tables, or None:
    then it is not known.
    """
    return version is None or not SCHEMAS_SINCE <= version <= MAX


def is_declared(key: str, key_rules: KeyRules) -> bool:
    """Return whether the operator declares an attribute named *key*."""
    return key_rules.get(key) != RULES.get(key)


def check(
    query: Pairs,
    version: Version | None,
    verdict: Verdict,
    key_rules: KeyRules = RULES,
    own: Mapping[str, str | None] = MappingProxyType({}),
) -> Refusal | None:
    """Return a refusal for the first filter in *query* that reveals too much.

    A rule that depends on the server counts as denied: nova filters servers
    before the guard has any of them. *own* are the caller's own values, by
    key: they reveal nothing.
    """
    return refusal(
        query, lambda key: _rules(key, version, key_rules), verdict, own
    )


def refusal(
    query: Pairs,
    rules_of: Callable[[str], tuple[str, ...]],
    verdict: Verdict,
    own: Mapping[str, str | None],
) -> Refusal | None:
    """Return the same; *rules_of* tells the rules that must allow a key."""
    for key, value in query:
        if value and own.get(key) == value:
            continue
        for rule in rules_of(key):
            if not verdict(rule):
                return Refusal(
                    400,
                    f'This list cannot be filtered by {key!r}: it would '
                    f'reveal what {rule} hides.',
                    rule,
                    (key,),
                )
    return None


def _rules(
    key: str, version: Version | None, key_rules: KeyRules
) -> tuple[str, ...]:
    """Return the rules that must all allow the filter *key*."""
    if key == 'sort_key' or key in UNRESTRICTED:
        return ()
    if (
        key in ATTRIBUTES_BY_FILTER
        or is_declared(key, key_rules)
        or takes_any_key(version)
    ):
        return key_rules.get(key, UNKNOWN)
    # nova drops it, or refuses the request in its own words.
    return ()
