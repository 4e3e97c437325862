"""Actions that change what an update changes, parameter by parameter.

Source: ``rebuild``, ``resize`` and ``unshelve`` in
``nova.api.openstack.compute.schemas`` of nova 34; and ``unshelve`` in
``nova.compute.api``, which makes the zone the server's pin at each version
that lets it be named.
"""

import bisect
import functools
from collections.abc import Mapping
from typing import NamedTuple

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.microversions import LEGACY_V2, Version

V = Version


class Door(NamedTuple):
    """From *since* on, *parameter* of *action* changes *field*.

    It takes values of *schema*.
    """

    action: str
    parameter: str
    since: Version
    field: str
    schema: schemas.Schema


# nova lets text of any length through, and then no zone has that name: none
# can have a longer one.
ZONE_OR_NULL: schemas.Schema = {'type': ['string', 'null'], 'maxLength': 255}

# In the order in which nova reports problems; the later row of two counts.
# fmt: off
DOORS = (
    Door('rebuild',  'name',              LEGACY_V2, 'name',
         schemas.NAME_WITH_SPACES),
    Door('rebuild',  'OS-DCF:diskConfig', LEGACY_V2, 'OS-DCF:diskConfig',
         schemas.DISK_CONFIG),
    Door('rebuild',  'accessIPv4',        LEGACY_V2, 'accessIPv4',
         schemas.IPV4),
    Door('rebuild',  'accessIPv6',        LEGACY_V2, 'accessIPv6',
         schemas.IPV6),
    Door('rebuild',  'name',              V(2, 1),   'name',
         schemas.NAME),
    Door('rebuild',  'description',       V(2, 19),  'description',
         schemas.DESCRIPTION),
    Door('rebuild',  'hostname',          V(2, 90),  'hostname',
         schemas.HOST_NAME),
    Door('rebuild',  'hostname',          V(2, 94),  'hostname',
         schemas.HOST_FQDN),
    Door('resize',   'OS-DCF:diskConfig', LEGACY_V2, 'OS-DCF:diskConfig',
         schemas.DISK_CONFIG),
    Door('unshelve', 'availability_zone', V(2, 77),
         'pinned_availability_zone', schemas.NAME),
    Door('unshelve', 'availability_zone', V(2, 91),
         'pinned_availability_zone', ZONE_OR_NULL),
)
# fmt: on

# The versions at which a row begins.
_EDGES = sorted({door.since for door in DOORS})


def edge_at(version: Version) -> Version:
    """Return the version since which the same rows are in force."""
    return _EDGES[bisect.bisect_right(_EDGES, version) - 1]


@functools.cache
def doors_at(edge: Version) -> dict[tuple[str, str], Door]:
    """Return the doors at *edge*, keyed by action and parameter."""
    return {
        (door.action, door.parameter): door
        for door in DOORS
        if door.since <= edge
    }


def carried(document: object, version: Version) -> dict[str, object]:
    """Return the fields, with values, that an action's *document* changes.

    An action stands under its name; of two in one document all count.
    """
    if not isinstance(document, Mapping):
        return {}
    return {
        door.field: document[door.action][door.parameter]
        for door in doors_at(edge_at(version)).values()
        if isinstance(document.get(door.action), Mapping)
        and door.parameter in document[door.action]
    }
