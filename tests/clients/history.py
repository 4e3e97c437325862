"""An action and a migration of a server, in the live databases of a cloud.

Runs in the cloud's interpreter, as python -m tests.clients.history CONF.
"""

import sys
from typing import Any

from nova import config, context, objects

from tests.clients.commands import REQUEST
from tests.cloud.servers import DISABLED, RENAMED, UP

_EVENT = 'compute_prep_resize'


def main(config_file: str) -> None:
    """Make them, as a resize that failed would have."""
    config.parse_args(['history'], default_config_files=[config_file])
    objects.register_all()
    admin = context.get_admin_context()
    mapping = objects.InstanceMapping.get_by_instance_uuid(admin, RENAMED.id)
    with context.target_cell(admin, mapping.cell_mapping) as cell:
        server = objects.Instance.get_by_uuid(cell, RENAMED.id)
        _act(cell, server)
        _migrate(cell, server)


def _act(cell: Any, server: Any) -> None:
    cell.request_id = REQUEST
    cell.user_id, cell.project_id = server.user_id, server.project_id
    objects.InstanceAction.action_start(cell, server.uuid, 'resize')
    event = objects.InstanceActionEvent
    event.event_start(cell, server.uuid, _EVENT, host=server.host)
    event.event_finish_with_failure(
        cell, server.uuid, _EVENT, 'No valid host was found.', 'Traceback'
    )


def _migrate(cell: Any, server: Any) -> None:
    goal = objects.ComputeNode.get_by_host_and_nodename(
        cell, DISABLED.name, DISABLED.node
    )
    objects.Migration(
        cell,
        instance_uuid=server.uuid,
        source_compute=UP.name,
        source_node=UP.node,
        dest_compute=DISABLED.name,
        dest_node=DISABLED.node,
        dest_compute_id=goal.id,
        migration_type='resize',
        status='error',
        old_instance_type_id=server.flavor.id,
        new_instance_type_id=server.flavor.id,
        user_id=server.user_id,
        project_id=server.project_id,
    ).create()


if __name__ == '__main__':
    main(sys.argv[1])
