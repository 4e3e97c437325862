"""Cells and hosts as nova's own objects; for the cloud's interpreter.

nova fills the URLs of the cells' databases in from [database]connection, so
that the databases can be copied to another folder.
"""

import datetime
from typing import Any

from nova import objects
from nova.conf import CONF

from tests.cloud.servers import DISABLED, FORCED_DOWN, HOSTS, SILENT, Host

_LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)


def cell0(admin: Any) -> Any:
    """Return the new cell for servers that no host took."""
    mapping = objects.CellMapping(
        admin,
        uuid=objects.CellMapping.CELL0_UUID,
        name='cell0',
        transport_url='none:///',
        database_connection=_database('-cell0.sqlite', '_cell0'),
    )
    mapping.create()
    return mapping


def cell(admin: Any) -> Any:
    """Return the new cell that has all hosts."""
    mapping = objects.CellMapping(
        admin,
        uuid='2b7e1a3c-0c58-4d7b-9a44-7d1f0c0b9e21',
        name='cell1',
        transport_url='fake:/',
        database_connection=_database(),
    )
    mapping.create()
    return mapping


def _database(file_suffix: str = '', suffix: str = '') -> str:
    """Return the URL of a cell's database, with places for nova to fill in.

    Its name is that of [database]connection and a suffix: the first of them
    for a file of SQLite.
    """
    if CONF.database.connection.startswith('sqlite:'):
        return f'sqlite:////{{path}}{file_suffix}?{{query}}'
    return f'{{scheme}}://{{username}}@{{hostname}}/{{path}}{suffix}?{{query}}'


def create(admin: Any, in_cell: Any, mapping: Any) -> dict[str, Any]:
    """Make the hosts and their zones; return each one's compute node."""
    _service(in_cell, 'controller', 'nova-osapi_compute').create()
    computes = {}
    for host in HOSTS:
        service = _service(in_cell, host.name, 'nova-compute')
        _condition(service, host)
        service.create()
        computes[host.name] = _compute(in_cell, host, service)
        objects.HostMapping(
            admin, host=host.name, cell_mapping=mapping
        ).create()
    for zone in sorted({host.zone for host in HOSTS}):
        _zone(admin, zone)
    return computes


def _service(in_cell: Any, host: str, binary: str) -> Any:
    return objects.Service(
        in_cell,
        host=host,
        binary=binary,
        topic='compute',
        report_count=1,
        disabled=False,
        forced_down=False,
        last_seen_up=datetime.datetime.now(datetime.timezone.utc),
    )


def _condition(service: Any, host: Host) -> None:
    """Bring *service* into the condition in which nova shows its status."""
    if host is SILENT:
        service.last_seen_up = _LONG_AGO
    service.disabled = host is DISABLED
    service.forced_down = host is FORCED_DOWN


def _compute(in_cell: Any, host: Host, service: Any) -> Any:
    node = objects.ComputeNode(
        in_cell,
        service_id=service.id,
        host=host.name,
        hypervisor_hostname=host.node,
        hypervisor_type='QEMU',
        hypervisor_version=8002000,
        vcpus=32,
        vcpus_used=4,
        memory_mb=131072,
        memory_mb_used=4096,
        local_gb=2000,
        local_gb_used=40,
        cpu_info='{}',
        mapped=1,
    )
    node.create()
    return node


def _zone(admin: Any, zone: str) -> None:
    """Make the aggregate that is an availability zone."""
    aggregate = objects.Aggregate(
        admin, name=zone, metadata={'availability_zone': zone}
    )
    aggregate.create()
    for host in HOSTS:
        if host.zone == zone:
            aggregate.add_host(host.name)
