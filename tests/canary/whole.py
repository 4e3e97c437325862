"""A whole nova whose hosts and instances have marked names."""

from typing import Any

from nova import context, objects
from nova.api.openstack.compute import volumes
from nova.compute import rpcapi
from nova.console import type as console_type
from nova.tests.fixtures import NeutronFixture
from nova.virt import fake

from tests.whole_nova import whole

# A volume of a server, as cinder knows it.
ATTACHED = 'ca0a7701-0000-4000-8000-000000000001'
HOSTS = ('canary-host', 'canary-host-two')


class MarkedDriver(fake.FakeDriver):
    """The compute that pretends, with a node named otherwise than its host."""

    def init_host(self, host: str) -> None:
        super().init_host(host)
        self._set_nodes([host.replace('host', 'node')])

    def get_vnc_console(self, _context: Any, _instance: Any) -> Any:
        return console_type.ConsoleVNC('canary-host', 6969, 'path')


GROUP = {
    'id': 'ca0a7702-0000-4000-8000-000000000001',
    'name': 'canary-security-group',
    'description': 'canary-security-group',
    'project_id': NeutronFixture.tenant_id,
    'rules': [],
}
VOLUME = {
    'status': 'in-use',
    'attach_status': 'attached',
    'created_at': '2020-01-01T00:00:00.000000',
    'display_description': '',
    'snapshot_id': None,
    'volume_type_id': None,
}
FLOATING = {
    'id': 'ca0a7703-0000-4000-8000-000000000001',
    'fixed_ip_address': '192.168.1.30',
    'floating_ip_address': '198.51.100.7',
    'network_details': {'name': 'public', 'id': 'public'},
}


class CanaryNova(whole.WholeNova):
    """Two computes with marked names, and neighbours that know of servers.

    *attached* is the id of the server to which volumes and addresses belong.
    """

    attached = ''

    def _configure(self) -> None:
        super()._configure()
        fake.MarkedDriver = MarkedDriver
        self.flags(compute_driver='fake.MarkedDriver')
        self.flags(instance_name_template='canary-instance-%08x')
        self.flags(enabled=True, group='serial_console')
        self.flags(shelved_offload_time=-1)

    def _fake_neighbours(self) -> None:
        super()._fake_neighbours()
        groups = 'nova.network.security_group_api'
        self.stub_out(
            f'{groups}.get_instances_security_groups_bindings', _groups
        )
        for name in ('add_to_instance', 'remove_from_instance'):
            self.stub_out(f'{groups}.{name}', lambda *_: None)
        neutron = 'nova.network.neutron.API'
        self.stub_out(
            f'{neutron}.get_floating_ips_by_project',
            lambda *_: [self._floating()],
        )
        self.stub_out(
            f'{neutron}.get_floating_ip', lambda *_: self._floating()
        )
        view = volumes._translate_volume_summary_view
        self.stub_out(
            'nova.api.openstack.compute.volumes._translate_volume_summary_view',
            lambda context, volume: view(context, {**VOLUME, **volume}),
        )
        self.stub_out(
            'nova.volume.cinder.API.get_all',
            lambda api, context, **_: [api.get(context, ATTACHED)],
        )

    def _floating(self) -> dict[str, Any]:
        return {**FLOATING, 'port_details': {'device_id': self.attached}}

    def _start_services(self) -> None:
        self._start('conductor')
        self._start('scheduler')
        for host in HOSTS:
            self._start(
                'compute',
                host=host,
                cell=self._cell,
                topic_alt=rpcapi.RPC_TOPIC_ALT,
            )
            objects.HostMapping(
                context.get_context(), host=host, cell_mapping=self._cell
            ).create()


def _groups(
    _context: Any, servers: Any, detailed: bool = False
) -> dict[str, Any]:
    group = GROUP if detailed else {'name': GROUP['name']}
    return {server['id']: [group] for server in servers}
