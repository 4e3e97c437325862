"""A seeded server as nova's own objects; for the cloud's interpreter."""

import datetime
from dataclasses import dataclass
from typing import Any

from nova import objects

from tests.cloud import fields, servers
from tests.cloud.servers import Server, made_up

_LAUNCHED = datetime.datetime(
    2026, 2, 10, 12, 37, 55, tzinfo=datetime.timezone.utc
)
_TERMINATED = _LAUNCHED + datetime.timedelta(hours=3)
_POWER = {'active': 1, 'building': 0, 'error': 4}


def flavor(admin: Any) -> Any:
    """Return the one flavor, which is new in the database."""
    made = objects.Flavor(
        admin,
        flavorid='100',
        name='m1.garden',
        memory_mb=2048,
        vcpus=2,
        root_gb=20,
        ephemeral_gb=5,
        swap=512,
        rxtx_factor=1.0,
        vcpu_weight=0,
        disabled=False,
        is_public=True,
        extra_specs={
            'hw:cpu_policy': 'dedicated',
            'trait:CUSTOM_SSD': 'required',
        },
        projects=[],
        description=None,
    )
    made.create()
    return made


@dataclass(frozen=True)
class Owner:
    """The owner of a server, in keystone's ids."""

    project_id: str
    user_id: str


@dataclass(frozen=True)
class Rows:
    """Makes the rows of one server."""

    admin: Any
    in_cell: Any
    cell: Any
    server: Server
    owner: Owner
    flavor: Any

    def create(self, compute: Any) -> None:
        """Make all of the server's rows."""
        self._map()
        instance = self._instance(compute)
        instance.create()
        # Changed once: of a server that never was, nova shows the time of
        # the answer as "updated".
        instance.progress = 0
        instance.save()
        # Nova makes an empty one with the instance.
        instance.info_cache.network_info = fields.network_info(self.server)
        instance.info_cache.save()
        objects.TagList.create(
            self.in_cell, self.server.id, ['garden', 'green']
        )
        self._attach_volume()
        self._blame()
        self._specify(instance)

    def _made_up(self, what: str) -> str:
        return made_up(what, self.server.id)

    def _map(self) -> None:
        objects.InstanceMapping(
            self.admin,
            instance_uuid=self.server.id,
            cell_mapping=self.cell,
            project_id=self.owner.project_id,
            user_id=self.owner.user_id,
            queued_for_delete=False,
        ).create()

    def _instance(self, compute: Any) -> Any:
        server = self.server
        instance = objects.Instance(
            self.in_cell,
            uuid=server.id,
            display_name=server.name,
            display_description=f'{server.name} of the demo',
            project_id=self.owner.project_id,
            user_id=self.owner.user_id,
            vm_state=server.vm_state,
            task_state='spawning' if server.status == 'BUILD' else None,
            power_state=_POWER[server.vm_state],
            locked=bool(server.locked_reason),
            locked_by='admin' if server.locked_reason else None,
            host=server.host.name,
            node=compute.hypervisor_hostname,
            compute_id=compute.id,
            launched_on=server.host.name,
            launched_at=None if server.status == 'BUILD' else _LAUNCHED,
            terminated_at=_TERMINATED if server.fault else None,
            availability_zone=server.host.zone,
        )
        made_of = fields.hardware(server, self.flavor) | fields.request(server)
        for name, value in made_of.items():
            setattr(instance, name, value)
        return instance

    def _attach_volume(self) -> None:
        objects.BlockDeviceMapping(
            self.in_cell,
            instance_uuid=self.server.id,
            source_type='volume',
            destination_type='volume',
            volume_id=self._made_up('volume'),
            volume_size=20,
            boot_index=0 if self.server.from_volume else None,
            device_name='/dev/vda' if self.server.from_volume else '/dev/vdb',
            delete_on_termination=False,
            connection_info='{}',
        ).create()

    def _blame(self) -> None:
        fault = self.server.fault
        if fault:
            objects.InstanceFault(
                self.in_cell,
                instance_uuid=self.server.id,
                code=fault.code,
                message=fault.message,
                details=fault.details,
                host=self.server.host.name,
            ).create()

    def _specify(self, instance: Any) -> None:
        """Make the request that the server came from."""
        spec = objects.RequestSpec.from_components(
            self.admin,
            self.server.id,
            objects.ImageMeta.from_instance(instance),
            self.flavor,
            None,
            objects.InstancePCIRequests(requests=[]),
            {'scheduler_hints': {'different_host': self._made_up('foe')}},
            None,
            self.server.host.zone,
            project_id=self.owner.project_id,
            user_id=self.owner.user_id,
        )
        spec.create()


def group(admin: Any, owner: Owner, members: list[str]) -> None:
    """Make the server group with *members* in it."""
    made = objects.InstanceGroup(
        admin,
        uuid=servers.SERVER_GROUP,
        name='apart',
        policy='soft-anti-affinity',
        project_id=owner.project_id,
        user_id=owner.user_id,
    )
    made.create()
    objects.InstanceGroup.add_members(admin, made.uuid, members)
