"""Make nova's databases and put the seeded servers into them.

Runs in the cloud's interpreter, as python -m tests.cloud.seed_nova and

    CONF migrate    makes the tables
    CONF fill IDS   makes hosts and servers in them

where CONF is nova.conf and IDS {"projects": {name: id}, "users": {name: id}}.
"""

import json
import sys
from collections.abc import Mapping

from nova import config, context, objects
from nova.db import migration

from tests.cloud import hosts, rows
from tests.cloud.people import MEMBER, PEOPLE
from tests.cloud.servers import SERVERS


def main(config_file: str, command: str, ids: str) -> None:
    """Carry out *command*."""
    config.parse_args(['seed'], default_config_files=[config_file])
    objects.register_all()
    if command == 'migrate':
        migrate()
    else:
        fill(json.loads(ids))


def migrate() -> None:
    """Make the tables of the API, of the one cell and of cell0."""
    migration.db_sync(database='api')
    migration.db_sync(database='main')
    admin = context.get_admin_context()
    with context.target_cell(admin, hosts.cell0(admin)) as in_cell0:
        migration.db_sync(context=in_cell0)


def fill(ids: Mapping[str, Mapping[str, str]]) -> None:
    """Make the hosts, and on them the servers."""
    admin = context.get_admin_context()
    owners = {
        name: rows.Owner(ids['projects'][person.project], ids['users'][name])
        for name, person in PEOPLE.items()
    }
    cell = hosts.cell(admin)
    with context.target_cell(admin, cell) as in_cell:
        computes = hosts.create(admin, in_cell, cell)
        flavor = rows.flavor(admin)
        for server in SERVERS:
            owner = owners[server.owner.name]
            maker = rows.Rows(admin, in_cell, cell, server, owner, flavor)
            maker.create(computes[server.host.name])
    ours = [server.id for server in SERVERS if server.owner is MEMBER]
    rows.group(admin, owners[MEMBER.name], ours)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else '')
