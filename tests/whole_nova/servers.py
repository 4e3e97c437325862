"""Servers in which every attribute has something to show."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from nova import context, objects
from oslo_utils import timeutils

from tests.whole_nova.client import NEWEST, Client, Request
from tests.whole_nova.requests import create

RICH = {
    'name': 'rich',
    'flavorRef': '6',
    'accessIPv4': '192.0.2.4',
    'accessIPv6': '2001:db8::6',
    'availability_zone': 'nova',
    'config_drive': True,
    'description': 'all there is',
    'key_name': 'key',
    'metadata': {'ha_enabled': 'yes'},
    'tags': ['blue'],
}


@dataclass(frozen=True)
class Servers:
    """The ids of two servers of the project."""

    active: str
    failed: str


def seed(client: Client) -> Servers:
    """Create both as the member, and set the rest in the database."""
    # From 2.92 on nova wants a public key instead of making one.
    _post(client, '/os-keypairs', {'keypair': {'name': 'key'}}, minor=91)
    active, failed = _create_rich(client), _create_rich(client)
    _make_up(active)
    _make_up(failed, vm_state='error', task_state='deleting')
    _fail(failed)
    lock = {'lock': {'locked_reason': 'a reason'}}
    _post(client, f'/servers/{failed}/action', lock)
    return Servers(active, failed)


def date_apart() -> None:
    """Set each server's time of creation to another hour of the past."""
    admin = context.get_admin_context()
    hour = timedelta(hours=1)
    created_at = timeutils.utcnow(with_timezone=True)
    for mapping in objects.CellMappingList.get_all(admin):
        with context.target_cell(admin, mapping) as cell:
            for server in objects.InstanceList.get_all(cell):
                created_at -= hour
                server.created_at = created_at
                server.save()


def set_launched(server_id: str, launched_at: datetime) -> None:
    """Set when the server was last built; a rebuild does so too."""
    with _in_its_cell(server_id) as cell:
        server = objects.Instance.get_by_uuid(cell, server_id)
        server.launched_at = launched_at
        server.save()


def _create_rich(client: Client) -> str:
    group = {'server_group': {'name': 'group', 'policy': 'affinity'}}
    group_id = _post(client, '/os-server-groups', group)['server_group']['id']
    body = {**create(NEWEST, **RICH).body}
    body['OS-SCH-HNT:scheduler_hints'] = {'group': group_id}
    server_id = _post(client, '/servers', body)['server']['id']
    volume = {'volumeAttachment': {'volumeId': str(uuid4())}}
    _post(client, f'/servers/{server_id}/os-volume_attachments', volume)
    return server_id


def _post(client: Client, path: str, body: object, minor: int = NEWEST) -> Any:
    reply = client.send(Request('POST', path, body), minor=minor)
    assert reply.status < 300, reply
    return reply.json if reply.body else None


def _make_up(server_id: str, **more: str) -> None:
    made_up = {
        'kernel_id': 'a-kernel',
        'ramdisk_id': 'a-ramdisk',
        'launch_index': 1,
        'progress': 40,
        'terminated_at': timeutils.utcnow(with_timezone=True),
        'trusted_certs': objects.TrustedCerts(ids=['a-certificate']),
    }
    with _in_its_cell(server_id) as cell:
        instance = objects.Instance.get_by_uuid(
            cell, server_id, expected_attrs=['trusted_certs']
        )
        instance.update({**made_up, **more})
        instance.save()


def _fail(server_id: str) -> None:
    with _in_its_cell(server_id) as cell:
        objects.InstanceFault(
            cell,
            instance_uuid=server_id,
            code=404,
            message='No such thing',
            details='Traceback: a secret',
            host='compute',
        ).create()


def _in_its_cell(server_id: str) -> AbstractContextManager[Any]:
    admin = context.get_admin_context()
    cell = objects.InstanceMapping.get_by_instance_uuid(admin, server_id)
    return context.target_cell(admin, cell.cell_mapping)
