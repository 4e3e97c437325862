"""The attributes of a server document, one row per attribute and change.

Source: the response schemas of ``nova.api.openstack.compute.schemas.servers``
in nova 34. A new microversion is one more row here; its policy rule, its
entry in the sample policy and its tests follow.
"""

from collections.abc import Iterable
from typing import NamedTuple

from nova_update_guard.compute_api.version import (
    Version,
    effective_version_of,
)

V = Version

SHOW = 'update_guard:server:show:'
# The rule of attributes that are not in the tables: those of a newer nova or
# of a vendor.
UNLISTED = f'{SHOW}unlisted'
HOST = f'{SHOW}OS-EXT-SRV-ATTR:host'
# The attribute that nova derives from the host.
HOST_ID = 'hostId'

# A hidden attribute is dropped, or replaced by a value that nova's own
# response schema allows, so that strict clients keep working: an empty one, or
# one that is no truth. "-" is an id that keystone gives nobody, and "UNKNOWN"
# the status of servers in a cell that is down. What nova shows of some servers
# only is dropped: a value in its place would tell which ones these are.
DROP = object()

# The keys that nova's schema requires, each with an empty value.
NO_FLAVOR = {
    **dict.fromkeys(('vcpus', 'ram', 'disk', 'ephemeral', 'swap'), 0),
    'original_name': '',
}

ANYONE = '@'
ADMIN = 'rule:context_is_admin'
# nova's show:flavor-extra-specs, without the check of the project: nova has
# done that before.
READER = f'{ADMIN} or role:reader'
# nova shows details to administrators, and to others unless the code is 500.
FAULT = f'{ADMIN} or not 500:%(server.fault.code)s'
# The operator's rule for hostname also holds at older microversions.
HOSTNAME = f'{ADMIN} and rule:{SHOW}OS-EXT-SRV-ATTR:hostname'
# nova's show:host_status and its narrower form.
UNKNOWN_ONLY = f'{SHOW}host_status:unknown-only'
STATUS = (
    f"{ADMIN} or (rule:{UNKNOWN_ONLY} and 'UNKNOWN':%(server.host_status)s)"
)


class Attribute(NamedTuple):
    """An attribute *name*, and the *default* of its rule, from *since* on.

    Callers that the rule denies get *hidden* instead. *name* has a dot where a
    nested key has a rule of its own. A row whose default a later row changes
    has a rule of its own too, with the suffix *until*.
    """

    name: str
    since: Version
    default: str
    hidden: object
    until: str = ''

    @property
    def rule(self) -> str:
        """The policy rule that decides whether it is shown."""
        return f'{SHOW}{self.name}{self.until}'


# fmt: off
SERVER_ATTRIBUTES = (
    Attribute('OS-DCF:diskConfig',                    V(2, 1),   ANYONE, ''),
    Attribute('OS-EXT-AZ:availability_zone',          V(2, 1),   ANYONE, ''),
    Attribute('OS-EXT-SRV-ATTR:host',                 V(2, 1),   ADMIN,  DROP),
    Attribute('OS-EXT-SRV-ATTR:hypervisor_hostname',  V(2, 1),   ADMIN,  DROP),
    Attribute('OS-EXT-SRV-ATTR:instance_name',        V(2, 1),   ADMIN,  DROP),
    Attribute('OS-EXT-STS:power_state',               V(2, 1),   ANYONE, None),
    Attribute('OS-EXT-STS:task_state',                V(2, 1),   ANYONE, None),
    Attribute('OS-EXT-STS:vm_state',                  V(2, 1),   ANYONE, None),
    Attribute('OS-SRV-USG:launched_at',               V(2, 1),   ANYONE, None),
    Attribute('OS-SRV-USG:terminated_at',             V(2, 1),   ANYONE, None),
    Attribute('accessIPv4',                           V(2, 1),   ANYONE, ''),
    Attribute('accessIPv6',                           V(2, 1),   ANYONE, ''),
    Attribute('addresses',                            V(2, 1),   ANYONE, {}),
    Attribute('addresses.OS-EXT-IPS-MAC:mac_addr',    V(2, 1),   ANYONE, ''),
    Attribute('adminPass',                            V(2, 1),   ANYONE, DROP),
    Attribute('config_drive',                         V(2, 1),   ANYONE, None),
    Attribute('created',                              V(2, 1),   ANYONE, DROP),
    Attribute('fault',                                V(2, 1),   ANYONE, DROP),
    Attribute('fault.details',                        V(2, 1),   FAULT,  DROP),
    Attribute('fault.message',                        V(2, 1),   ANYONE, ''),
    Attribute('flavor',                               V(2, 1),   ANYONE,
            {'id': '-'}),
    Attribute('hostId',                               V(2, 1),   ANYONE, ''),
    Attribute('image',                                V(2, 1),   ANYONE, ''),
    Attribute('key_name',                             V(2, 1),   ANYONE, None),
    Attribute('metadata',                             V(2, 1),   ANYONE, {}),
    Attribute('name',                                 V(2, 1),   ANYONE, ''),
    Attribute('os-extended-volumes:volumes_attached', V(2, 1),   ANYONE, []),
    Attribute('progress',                             V(2, 1),   ANYONE, DROP),
    Attribute('security_groups',                      V(2, 1),   ANYONE, DROP),
    Attribute('status',                               V(2, 1),   ANYONE,
            'UNKNOWN'),
    Attribute('tenant_id',                            V(2, 1),   ANYONE, '-'),
    Attribute('updated',                              V(2, 1),   ANYONE, DROP),
    Attribute('user_id',                              V(2, 1),   ANYONE, '-'),
    Attribute('OS-EXT-SRV-ATTR:hostname',             V(2, 3),   HOSTNAME,DROP,
            until=':before-2.90'),
    Attribute('OS-EXT-SRV-ATTR:kernel_id',            V(2, 3),   ADMIN,  DROP),
    Attribute('OS-EXT-SRV-ATTR:launch_index',         V(2, 3),   ADMIN,  DROP),
    Attribute('OS-EXT-SRV-ATTR:ramdisk_id',           V(2, 3),   ADMIN,  DROP),
    Attribute('OS-EXT-SRV-ATTR:reservation_id',       V(2, 3),   ADMIN,  DROP),
    Attribute('OS-EXT-SRV-ATTR:root_device_name',     V(2, 3),   ADMIN,  DROP),
    Attribute('OS-EXT-SRV-ATTR:user_data',            V(2, 3),   ADMIN,  DROP),
    Attribute('locked',                               V(2, 9),   ANYONE, DROP),
    Attribute('host_status',                          V(2, 16),  STATUS, DROP),
    Attribute('description',                          V(2, 19),  ANYONE, None),
    Attribute('tags',                                 V(2, 26),  ANYONE, []),
    Attribute('flavor',                               V(2, 47),  ANYONE,
            NO_FLAVOR),
    Attribute('flavor.extra_specs',                   V(2, 47),  READER, DROP),
    Attribute('user_data',                            V(2, 57),  ANYONE, None),
    Attribute('trusted_image_certificates',           V(2, 63),  ANYONE, None),
    Attribute('server_groups',                        V(2, 71),  ANYONE, []),
    Attribute('locked_reason',                        V(2, 73),  ANYONE, None),
    Attribute('OS-EXT-SRV-ATTR:hostname',             V(2, 90),  ANYONE, ''),
    Attribute('pinned_availability_zone',             V(2, 96),  ANYONE, None),
    Attribute('image.properties',                     V(2, 98),  ANYONE, {}),
    Attribute('scheduler_hints',                      V(2, 100), ANYONE, {}),
)

# What nova's response schemas require, and where, though it is dropped: each
# value that they allow would be taken for the truth, the year 1 too (a script
# deletes what is old), or would tell which servers have it. Clients that
# validate responses, such as Tempest, fail where it is hidden.
REQUIRED = {
    **dict.fromkeys(('created', 'locked', 'updated'), 'everywhere'),
    'progress': 'in the response to a rebuild',
    'security_groups': 'in the response to a create',
}

# Attributes without a rule: clients do not work without them.
UNRULED = ('id', 'links')

# Known nested keys without a rule of their own: they go with their parent.
NESTED_KEYS = {
    'addresses': ('addr', 'version', 'OS-EXT-IPS:type'),
    'fault': ('code', 'created'),
    'flavor': (
        'disk', 'ephemeral', 'id', 'links', 'original_name', 'ram', 'swap',
        'vcpus',
    ),
    'image': ('id', 'links'),
    'os-extended-volumes:volumes_attached': ('delete_on_termination', 'id'),
    'security_groups': ('name',),
}

# Maps with any keys, chosen by the tenant or for the flavor.
FREE_FORM = (
    'flavor.extra_specs', 'image.properties', 'metadata', 'scheduler_hints',
)

# Nested one level deeper, under the names of networks.
KEYED_BY_NETWORK = ('addresses',)
# fmt: on

effective_version = effective_version_of(SERVER_ATTRIBUTES)


def attributes_at(version: Version) -> dict[str, Attribute]:
    """Return the rows in force at *version*, keyed by name."""
    return {row.name: row for row in SERVER_ATTRIBUTES if row.since <= version}


def declared(names: Iterable[str]) -> dict[str, Attribute]:
    """Return rows for attributes that the operator declares, by name.

    Like unlisted ones, they are the administrators' unless a rule says
    otherwise.
    """
    return {name: Attribute(name, V(2, 1), ADMIN, DROP) for name in names}


def refuse_declared(name: str) -> None:
    """Raise ValueError if the operator cannot declare the attribute *name*.

    It is a key of a server's document, or, behind a dot, of one inside it.
    """
    if not name or not name.isprintable() or ' ' in name:
        raise ValueError(f'{name!r} is no name of an attribute')
    known = {row.name for row in SERVER_ATTRIBUTES}
    rules = {row.rule for row in SERVER_ATTRIBUTES} | {UNLISTED, UNKNOWN_ONLY}
    parent, dot, key = name.rpartition('.')
    inner = NESTED_KEYS.get(parent, ())
    if name in known or name in UNRULED or key in inner:
        raise ValueError(f'the guard knows {name!r}: it has a rule, or none')
    if f'{SHOW}{name}' in rules:
        raise ValueError(f'{SHOW}{name} is another rule')
    if dot and not (inner and key):
        raise ValueError(
            f'{name!r}: there is no {parent!r} that can have keys of its own; '
            f'there are {", ".join(sorted(NESTED_KEYS))}'
        )
