"""Where else nova shows values of a server, one row per place.

Source: the routes in ``nova.api.openstack.compute.routes``, the controllers
and views beside it, and their response schemas, all of nova 34. What stands in
the place of a hidden value is what the schema of the response allows, at each
version; a value is left out where it allows none.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from nova_update_guard.compute_api.server_attributes import DROP, HOST_ID

READ = ('GET',)
WRITE = ('POST', 'PUT')

# In the place of a key: the document itself, one of a list.
ITSELF = ''
# The servers of a place: the one in the path, or none that a document names.
IN_PATH = 'path'
NONE = 'none'

HOST = 'OS-EXT-SRV-ATTR:host'
_NODE = 'OS-EXT-SRV-ATTR:hypervisor_hostname'
_INSTANCE_NAME = 'OS-EXT-SRV-ATTR:instance_name'
_MAC = 'addresses.OS-EXT-IPS-MAC:mac_addr'
_VOLUMES = 'os-extended-volumes:volumes_attached'
_LAUNCHED, _TERMINATED = 'OS-SRV-USG:launched_at', 'OS-SRV-USG:terminated_at'
_VM_STATE, _POWER_STATE = 'OS-EXT-STS:vm_state', 'OS-EXT-STS:power_state'
# nova's schema wants a MAC address; no interface has this one.
_NO_MAC = '00:00:00:00:00:00'

# By key of a document, the attribute that it shows and its replacement.
Values = Mapping[str, tuple[str, object]]


class Shown(NamedTuple):
    """Values that nova's *route* shows in responses to *methods*.

    They are in the documents at *path*, whose names are separated by dots; *
    stands for all items of a list, or all values of an object. *server* is the
    key of the server's id in a document, IN_PATH or NONE. *only* is a key and
    a value that a document must have.

    With *whole*, the response shows that attribute and nothing else: a request
    for it is refused if the attribute is hidden.
    """

    route: str
    methods: tuple[str, ...]
    path: str = ''
    values: Values = MappingProxyType({})
    server: str = IN_PATH
    whole: str = ''
    only: tuple[str, str] = ('', '')


_MIGRATION: Values = {
    'source_compute': (HOST, None),
    'source_node': (_NODE, None),
    'dest_compute': (HOST, None),
    'dest_host': (HOST, None),
    'dest_node': (_NODE, None),
    'old_instance_type_id': ('flavor', None),
    'new_instance_type_id': ('flavor', None),
    'project_id': ('tenant_id', '-'),
    'user_id': ('user_id', '-'),
}
_ACTION: Values = {
    'message': ('fault.message', None),
    'project_id': ('tenant_id', None),
    'user_id': ('user_id', None),
}
_EVENT: Values = {
    'traceback': ('fault.details', None),
    'details': ('fault.details', None),
    'host': (HOST, DROP),
    HOST_ID: (HOST_ID, ''),
}
# The moment at which a server was created, and those just after.
_CREATE: Values = {
    'start_time': ('created', DROP),
    'updated_at': ('created', None),
    'events': ('created', []),
}
_INTERFACE: Values = {'mac_addr': (_MAC, _NO_MAC)}
_ATTACHED: Values = {
    'fixed_ips': ('addresses', None),
    'mac_addr': ('addresses', _NO_MAC),
    'net_id': ('addresses', DROP),
}
_FLOATING: Values = {
    'fixed_ip': ('addresses', None),
    'instance_id': ('addresses', None),
}
_USAGE: Values = {
    'ended_at': (_TERMINATED, None),
    'flavor': ('flavor', ''),
    'hours': (_LAUNCHED, 0),
    'local_gb': ('flavor', DROP),
    'memory_mb': ('flavor', DROP),
    'name': ('name', ''),
    'started_at': (_LAUNCHED, DROP),
    'state': (_VM_STATE, DROP),
    'tenant_id': ('tenant_id', '-'),
    'uptime': (_LAUNCHED, 0),
    'vcpus': ('flavor', DROP),
}
# How long a server has run tells the end, by the beginning.
_RUN: Values = dict.fromkeys(('hours', 'uptime'), (_TERMINATED, 0))
# The totals of one server would show both, as they are products of both.
_TOTALS = [f'total_{_}_usage' for _ in ('local_gb', 'memory_mb', 'vcpus')]
_USAGES: tuple[Values, ...] = (
    {'tenant_id': ('tenant_id', '-'), **dict.fromkeys(_TOTALS, ('flavor', 0))},
    dict.fromkeys((*_TOTALS, 'total_hours'), (_LAUNCHED, 0)),
    dict.fromkeys((*_TOTALS, 'total_hours'), (_TERMINATED, 0)),
)
_GROUP: Values = {
    'project_id': ('tenant_id', '-'),
    'user_id': ('user_id', '-'),
}
_DIAGNOSTICS: Values = {
    'config_drive': ('config_drive', DROP),
    'cpu_details': ('flavor', []),
    # Before 2.48, in the words of the hypervisor's driver.
    'memory': ('flavor', DROP),
    'num_cpus': ('flavor', None),
    'state': (_POWER_STATE, DROP),
    'uptime': (_LAUNCHED, None),
}
_TOPOLOGY: Values = {
    'cpu_pinning': (HOST, DROP),
    'host_node': (HOST, DROP),
    'memory_mb': ('flavor', 0),
    'siblings': ('flavor', []),
    'vcpu_set': ('flavor', []),
}

_S = '/servers/{server_id}'
_ACTIONS = f'{_S}/os-instance-actions'
_USAGE_OF = '/os-simple-tenant-usage'
# A server on a hypervisor: its name is that of the domain.
_ON_HOST: tuple[Values, ...] = (
    {ITSELF: (HOST, DROP)},
    {ITSELF: (_NODE, DROP)},
    {'name': (_INSTANCE_NAME, DROP)},
)

# fmt: off
SHOWN = (
    Shown(f'{_S}/ips',                       READ, whole='addresses'),
    Shown(f'{_S}/ips/{{id}}',                READ, whole='addresses'),
    Shown(f'{_S}/os-interface',              READ, 'interfaceAttachments.*',
          _INTERFACE, whole='addresses'),
    Shown(f'{_S}/os-interface',              WRITE, 'interfaceAttachment',
          {**_INTERFACE, **_ATTACHED}),
    Shown(f'{_S}/os-interface/{{id}}',       READ, 'interfaceAttachment',
          _INTERFACE, whole='addresses'),
    Shown('/os-floating-ips',                READ, 'floating_ips.*',
          _FLOATING, 'instance_id'),
    Shown('/os-floating-ips/{id}',           READ, 'floating_ip',
          _FLOATING, 'instance_id'),

    Shown(f'{_S}/metadata',                  READ, whole='metadata'),
    Shown(f'{_S}/metadata',                  WRITE, '',
          {'metadata': ('metadata', {})}),
    Shown(f'{_S}/metadata/{{id}}',           READ, whole='metadata'),
    Shown(f'{_S}/metadata/{{id}}',           WRITE, '',
          {'meta': ('metadata', {})}),
    Shown(f'{_S}/tags',                      READ, whole='tags'),
    Shown(f'{_S}/tags',                      WRITE, '',
          {'tags': ('tags', [])}),
    Shown(f'{_S}/tags/{{id}}',               READ, whole='tags'),
    Shown(f'{_S}/os-security-groups',        READ, whole='security_groups'),
    Shown(f'{_S}/os-volume_attachments',     READ, whole=_VOLUMES),
    # The client has sent the volume's id.
    Shown(f'{_S}/os-volume_attachments',     WRITE, 'volumeAttachment',
          {'device': (_VOLUMES, None)}),
    Shown(f'{_S}/os-volume_attachments/{{id}}', READ, whole=_VOLUMES),
    Shown('/os-volumes',                     READ, 'volumes.*.attachments.*',
          {ITSELF: (_VOLUMES, {})}, 'serverId'),
    Shown('/os-volumes/detail',              READ, 'volumes.*.attachments.*',
          {ITSELF: (_VOLUMES, {})}, 'serverId'),
    Shown('/os-volumes/{id}',                READ, 'volume.attachments.*',
          {ITSELF: (_VOLUMES, {})}, 'serverId'),
    Shown('/os-server-groups',               READ, 'server_groups.*.members.*',
          {ITSELF: ('server_groups', DROP)}, ITSELF),
    Shown('/os-server-groups',               READ, 'server_groups.*',
          _GROUP, NONE),
    Shown('/os-server-groups',               WRITE, 'server_group',
          _GROUP, NONE),
    Shown('/os-server-groups/{id}',          READ, 'server_group.members.*',
          {ITSELF: ('server_groups', DROP)}, ITSELF),
    Shown('/os-server-groups/{id}',          READ, 'server_group',
          _GROUP, NONE),

    Shown(_ACTIONS,                          READ, 'instanceActions.*',
          _ACTION),
    Shown(_ACTIONS,                          READ, 'instanceActions.*',
          _CREATE, only=('action', 'create')),
    Shown(f'{_ACTIONS}/{{id}}',              READ, 'instanceAction',
          _ACTION),
    Shown(f'{_ACTIONS}/{{id}}',              READ, 'instanceAction',
          _CREATE, only=('action', 'create')),
    Shown(f'{_ACTIONS}/{{id}}',              READ, 'instanceAction.events.*',
          _EVENT),
    Shown(f'{_S}/migrations',                READ, 'migrations.*',
          _MIGRATION),
    Shown(f'{_S}/migrations/{{id}}',         READ, 'migration',
          _MIGRATION),
    Shown('/os-migrations',                  READ, 'migrations.*',
          _MIGRATION, 'instance_uuid'),
    Shown(f'{_S}/diagnostics',               READ, '',
          _DIAGNOSTICS),
    Shown(f'{_S}/diagnostics',               READ, 'memory_details',
          {'maximum': ('flavor', None)}),
    Shown(f'{_S}/diagnostics',               READ, 'nic_details.*',
          {'mac_address': (_MAC, None)}),
    Shown(f'{_S}/topology',                  READ, 'nodes.*',
          _TOPOLOGY),
    Shown(f'{_S}/topology',                  READ, '',
          {'pagesize_kb': ('flavor.extra_specs', None)}),
    *(Shown('/os-hypervisors',               READ, 'hypervisors.*.servers.*',
            values, 'uuid') for values in _ON_HOST),
    *(Shown('/os-hypervisors/detail',        READ, 'hypervisors.*.servers.*',
            values, 'uuid') for values in _ON_HOST),
    *(Shown('/os-hypervisors/{id}',          READ, 'hypervisor.servers.*',
            values, 'uuid') for values in _ON_HOST),
    *(Shown('/os-hypervisors/{id}/servers',  READ, 'hypervisors.*.servers.*',
            values, 'uuid') for values in _ON_HOST),
    *(Shown(_USAGE_OF,                       READ,
            'tenant_usages.*.server_usages.*', values, 'instance_id')
      for values in (_USAGE, _RUN)),
    *(Shown(_USAGE_OF,                       READ, 'tenant_usages.*',
            values, NONE) for values in _USAGES),
    *(Shown(f'{_USAGE_OF}/{{id}}',           READ,
            'tenant_usage.server_usages.*', values, 'instance_id')
      for values in (_USAGE, _RUN)),
    *(Shown(f'{_USAGE_OF}/{{id}}',           READ, 'tenant_usage',
            values, NONE) for values in _USAGES),
    Shown('/os-console-auth-tokens/{id}',    READ, 'console',
          {'host': (HOST, None)}, 'instance_uuid'),

    # The responses of rescue and evacuate.
    Shown(f'{_S}/action',                    ('POST',), '',
          {'adminPass': ('adminPass', DROP)}),
    Shown(f'{_S}/os-server-password',        READ, whole='adminPass'),
)
# fmt: on
