"""The marked values, and which rules hide each.

A mark is a text that is found anywhere, or a key of JSON whose value tells
something by itself.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from nova_update_guard.compute_api.server_attributes import SHOW

PROJECT = '6f70656e737461636b20342065766572'

CREATED = '2001-02-03'
UPDATED = '2002-03-04'
LAUNCHED = '2003-04-05'
TERMINATED = '2004-05-06'


def is_something(value: Any) -> bool:
    """Tell whether *value* is more than nothing at all."""
    return value not in (None, '', [], {})


class Mark(NamedTuple):
    """A value of the *attributes*, hidden when all of those are.

    *text* is looked for everywhere, in *path* of JSON only if that is given;
    with *key*, the value of such a key is taken where *tells* it does.
    """

    attributes: tuple[str, ...]
    text: str = ''
    key: str = ''
    tells: Callable[[Any], bool] = is_something
    route: str = ''

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that hide it."""
        return tuple(SHOW + attribute for attribute in self.attributes)

    def __str__(self) -> str:
        return ' + '.join(self.attributes)


def text(attributes: str, mark: str) -> Mark:
    """Return a mark that stands for itself, wherever it is."""
    return Mark(tuple(attributes.split()), mark)


def key(
    attributes: str,
    name: str,
    tells: Callable[[Any], bool] = is_something,
    route: str = '',
) -> Mark:
    """Return a mark that is the value of the key *name*, on *route* only."""
    return Mark(tuple(attributes.split()), key=name, tells=tells, route=route)


def equals(expected: Any) -> Callable[[Any], bool]:
    """Return a function that knows *expected* again."""
    return lambda value: value == expected and value is not False


OLD_HOSTNAME = 'OS-EXT-SRV-ATTR:hostname:before-2.90'
USAGE = '/os-simple-tenant-usage'

MARKS = (
    text('name', 'canary-name'),
    text('description', 'canary-description'),
    text(f'OS-EXT-SRV-ATTR:hostname {OLD_HOSTNAME}', 'canary-fqdn'),
    text('metadata', 'canary-metadata-key'),
    text('metadata', 'canary-metadata-value'),
    text('tags', 'canary-tag'),
    text('key_name', 'canary-key'),
    text('user_data OS-EXT-SRV-ATTR:user_data', 'Y2FuYXJ5LXVzZXItZGF0YQ=='),
    text(
        'OS-EXT-AZ:availability_zone pinned_availability_zone', 'canary-zone'
    ),
    text('accessIPv4', '192.0.2.77'),
    text('accessIPv6', '2001:db8::77'),
    text('addresses', '192.168.1.30'),
    text('addresses', '00:0c:29:0d:11:74'),
    text('addresses.OS-EXT-IPS-MAC:mac_addr', '00:0c:29:0d:11:74'),
    text('security_groups', 'canary-security-group'),
    text('os-extended-volumes:volumes_attached', 'ca0a7701-'),
    key(
        'os-extended-volumes:volumes_attached', 'serverId', route='/os-volumes'
    ),
    key('addresses', 'instance_id', route='/os-floating-ips'),
    key('server_groups', 'members'),
    key('server_groups', 'server_groups', route='/servers/'),
    text('OS-EXT-SRV-ATTR:host', 'canary-host'),
    text('OS-EXT-SRV-ATTR:hypervisor_hostname', 'canary-node'),
    text('OS-EXT-SRV-ATTR:instance_name', 'canary-instance-'),
    text('OS-EXT-SRV-ATTR:kernel_id', 'canary-kernel'),
    text('OS-EXT-SRV-ATTR:ramdisk_id', 'canary-ramdisk'),
    text('OS-EXT-SRV-ATTR:reservation_id', 'r-canary01'),
    text('OS-EXT-SRV-ATTR:root_device_name', '/dev/canary'),
    key('OS-EXT-SRV-ATTR:launch_index', 'OS-EXT-SRV-ATTR:launch_index'),
    key('hostId', 'hostId'),
    key('host_status', 'host_status'),
    key('locked', 'locked'),
    text('locked', 'is locked'),
    text('locked_reason', 'canary-locked-reason'),
    text('OS-EXT-STS:vm_state', 'canary-vm-state'),
    text('OS-EXT-STS:vm_state', 'in vm_state'),
    text('OS-EXT-STS:task_state', 'canary-task-state'),
    text('OS-EXT-STS:task_state', 'in task_state'),
    key('OS-EXT-STS:vm_state', 'OS-EXT-STS:vm_state'),
    key('OS-EXT-STS:vm_state', 'state', route=USAGE),
    key('OS-EXT-STS:power_state', 'OS-EXT-STS:power_state'),
    key('OS-EXT-STS:power_state', 'state', route='/diagnostics'),
    key('status', 'status', equals('ACTIVE'), '/servers'),
    text('status', 'VERIFY_RESIZE'),
    text('created', CREATED),
    text('updated', UPDATED),
    text('OS-SRV-USG:launched_at', LAUNCHED),
    text('OS-SRV-USG:terminated_at', TERMINATED),
    key('OS-SRV-USG:launched_at', 'hours', bool, USAGE),
    key('OS-SRV-USG:launched_at', 'uptime', bool, USAGE),
    text('user_id', 'member-id'),
    text('tenant_id', PROJECT),
    text('flavor', 'canary-flavor'),
    text('flavor', 'canary-spec'),
    text('flavor.extra_specs', 'canary-spec'),
    key('flavor', 'vcpus', equals(3), '/servers'),
    key('flavor', 'vcpus', equals(3), USAGE),
    key('flavor', 'memory_mb', equals(333)),
    text('image', 'ca0a7700-0000-4000-8000-000000000002'),
    text('image', 'canary-distro'),
    text('image.properties', 'canary-distro'),
    text('fault', 'canary-fault-message'),
    text('fault', 'canary-fault-details'),
    text('fault.message', 'canary-fault-message'),
    text('fault.details', 'canary-fault-details'),
    text('fault.message', 'canary-action-message'),
    text('fault.details', 'canary-traceback'),
    text('fault.details', 'canary-event-details'),
    text('trusted_image_certificates', 'canary-certificate'),
    text('scheduler_hints', 'canary-hint'),
    key('progress', 'progress', equals(37)),
    key('config_drive', 'config_drive'),
    key('OS-DCF:diskConfig', 'OS-DCF:diskConfig', route='/servers'),
    key('adminPass', 'adminPass'),
    text('adminPass', 'canary-password'),
)


def leaves(value: Any, path: str = '$') -> Iterator[tuple[str, str, Any]]:
    """Yield the path, the key and the value of all there is in JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f'{path}.{name}', name, inner
            yield from leaves(inner, f'{path}.{name}')
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, f'{path}[]')
