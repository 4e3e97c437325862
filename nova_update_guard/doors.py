"""Actions that change what an update changes, parameter by parameter.

Source: ``rebuild``, ``resize`` and ``unshelve`` in
``nova.api.openstack.compute.schemas`` of nova 34; and ``unshelve`` in
``nova.compute.api``, which makes the zone the server's pin at each version
that lets it be named.
"""

from collections.abc import Mapping
from typing import NamedTuple

from nova_update_guard.microversion import LEGACY_V2, Version

V = Version


class Door(NamedTuple):
    """From *since* on, *parameter* of *action* changes *field*."""

    action: str
    parameter: str
    since: Version
    field: str


# fmt: off
DOORS = (
    Door('rebuild',  'name',              LEGACY_V2, 'name'),
    Door('rebuild',  'OS-DCF:diskConfig', LEGACY_V2, 'OS-DCF:diskConfig'),
    Door('rebuild',  'accessIPv4',        LEGACY_V2, 'accessIPv4'),
    Door('rebuild',  'accessIPv6',        LEGACY_V2, 'accessIPv6'),
    Door('rebuild',  'description',       V(2, 19),  'description'),
    Door('rebuild',  'hostname',          V(2, 90),  'hostname'),
    Door('resize',   'OS-DCF:diskConfig', LEGACY_V2, 'OS-DCF:diskConfig'),
    Door('unshelve', 'availability_zone', V(2, 77),
         'pinned_availability_zone'),
)
# fmt: on


def carried(document: object, version: Version) -> dict[str, object]:
    """Return the fields, with values, that an action's *document* changes.

    An action stands under its name; of two in one document all count.
    """
    if not isinstance(document, Mapping):
        return {}
    return {
        door.field: document[door.action][door.parameter]
        for door in DOORS
        if door.since <= version
        and isinstance(document.get(door.action), Mapping)
        and door.parameter in document[door.action]
    }
