"""What is set behind nova's back, since no request sets it."""

import datetime
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from nova import context, objects
from nova.db.main import api as database
from nova.db.main import models

from tests.canary import marks


def make_up(server_id: str) -> None:
    """Give the server what the API takes from nobody."""
    with cell_of(server_id) as cell:
        instance = objects.Instance.get_by_uuid(
            cell, server_id, expected_attrs=['trusted_certs']
        )
        instance.update(
            {
                'kernel_id': 'canary-kernel',
                'ramdisk_id': 'canary-ramdisk',
                'launch_index': 71,
                'progress': 37,
                'hostname': 'canary-fqdn',
                'trusted_certs': objects.TrustedCerts(
                    ids=['canary-certificate']
                ),
                'root_device_name': '/dev/canary',
                'reservation_id': 'r-canary01',
            }
        )
        instance.system_metadata['image_os_distro'] = 'canary-distro'
        instance.system_metadata['password_0'] = 'canary-password'
        instance.save()
    set_times(server_id)


def set_times(server_id: str) -> None:
    """Give the server its marked times, behind nova's back."""
    _update(
        models.Instance,
        {'uuid': server_id},
        {
            'created_at': _time(marks.CREATED),
            'updated_at': _time(marks.UPDATED),
            'launched_at': _time(marks.LAUNCHED),
            'terminated_at': _time(marks.TERMINATED),
        },
        server_id,
    )
    _update(
        models.InstanceAction,
        {'instance_uuid': server_id, 'action': 'create'},
        {'start_time': _time(marks.CREATED)},
        server_id,
    )


def set_states(server_id: str, **states: str) -> None:
    """Set columns of the server, and no other time."""
    _update(
        models.Instance,
        {'uuid': server_id},
        {
            **states,
            'updated_at': _time(marks.UPDATED),
        },
        server_id,
    )


def mark_actions(server_id: str) -> str:
    """Mark the server's actions; return the request id of one."""
    _update(
        models.InstanceAction,
        {'instance_uuid': server_id},
        {'message': 'canary-action-message'},
        server_id,
    )
    with cell_of(server_id) as cell:
        found = objects.InstanceActionList.get_by_instance_uuid(
            cell, server_id
        )
        for action in found:
            _update(
                models.InstanceActionEvent,
                {'action_id': action.id},
                {
                    'traceback': 'canary-traceback',
                    'details': 'canary-event-details',
                    'host': 'canary-host',
                },
                server_id,
            )
        return next(one.request_id for one in found if one.action == 'create')


def add_fault(server_id: str) -> None:
    """Give the server a fault."""
    with cell_of(server_id) as cell:
        objects.InstanceFault(
            cell,
            instance_uuid=server_id,
            code=404,
            message='canary-fault-message',
            details='canary-fault-details',
            host='canary-host',
        ).create()


def add_migration(server_id: str) -> int:
    """Give the server a migration that runs; return its id."""
    with cell_of(server_id) as cell:
        instance = objects.Instance.get_by_uuid(cell, server_id)
        migration = objects.Migration(
            cell,
            instance_uuid=server_id,
            source_compute='canary-host',
            dest_compute='canary-host-two',
            source_node='canary-node',
            dest_node='canary-node-two',
            dest_compute_id=2,
            dest_host='canary-host-two',
            status='running',
            migration_type='live-migration',
            old_instance_type_id=instance.flavor.id,
            new_instance_type_id=instance.flavor.id,
            user_id='member-id',
            project_id=marks.PROJECT,
        )
        migration.create()
        return migration.id


def _time(day: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f'{day}T04:05:06')


def _update(
    model: Any,
    where: Mapping[str, object],
    values: Mapping[str, object],
    server_id: str,
) -> None:
    with cell_of(server_id) as cell:
        _write(cell, model, where, values)


@database.pick_context_manager_writer
def _write(
    cell: Any,
    model: Any,
    where: Mapping[str, object],
    values: Mapping[str, object],
) -> None:
    cell.session.query(model).filter_by(**where).update(values)


def cell_of(server_id: str) -> AbstractContextManager[Any]:
    """Return the context of the cell that has the server."""
    admin = context.get_admin_context()
    cell = objects.InstanceMapping.get_by_instance_uuid(admin, server_id)
    return context.target_cell(admin, cell.cell_mapping)
