"""Parameters of server actions that set the same fields as an update.

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


class ActionField(NamedTuple):
    """A *parameter* of *action* that sets *field* from version *since* on.

    Its values must match *schema*.
    """

    action: str
    parameter: str
    since: Version
    field: str
    schema: schemas.Schema


# nova accepts text of any length and then finds no zone of that name: zone
# names are not longer than this.
ZONE_OR_NULL: schemas.Schema = {'type': ['string', 'null'], 'maxLength': 255}

# In the order in which nova reports problems. Of two rows for one parameter,
# the later row in force counts.
# fmt: off
ACTION_FIELDS = (
    ActionField('rebuild',  'name',              LEGACY_V2, 'name',
                schemas.NAME_WITH_SPACES),
    ActionField('rebuild',  'OS-DCF:diskConfig', LEGACY_V2,
                'OS-DCF:diskConfig', schemas.DISK_CONFIG),
    ActionField('rebuild',  'accessIPv4',        LEGACY_V2, 'accessIPv4',
                schemas.IPV4),
    ActionField('rebuild',  'accessIPv6',        LEGACY_V2, 'accessIPv6',
                schemas.IPV6),
    ActionField('rebuild',  'name',              V(2, 1),   'name',
                schemas.NAME),
    ActionField('rebuild',  'description',       V(2, 19),  'description',
                schemas.DESCRIPTION),
    ActionField('rebuild',  'hostname',          V(2, 90),  'hostname',
                schemas.HOST_NAME),
    ActionField('rebuild',  'hostname',          V(2, 94),  'hostname',
                schemas.HOST_FQDN),
    ActionField('resize',   'OS-DCF:diskConfig', LEGACY_V2,
                'OS-DCF:diskConfig', schemas.DISK_CONFIG),
    ActionField('unshelve', 'availability_zone', V(2, 77),
                'pinned_availability_zone', schemas.NAME),
    ActionField('unshelve', 'availability_zone', V(2, 91),
                'pinned_availability_zone', ZONE_OR_NULL),
)
# fmt: on

# The versions at which a row comes into force.
_EDGES = sorted({field.since for field in ACTION_FIELDS})


def effective_version(version: Version) -> Version:
    """Return the version since which the same rows are in force."""
    return _EDGES[bisect.bisect_right(_EDGES, version) - 1]


@functools.cache
def action_fields_at(edge: Version) -> dict[tuple[str, str], ActionField]:
    """Return the rows in force at *edge*, keyed by action and parameter."""
    return {
        (field.action, field.parameter): field
        for field in ACTION_FIELDS
        if field.since <= edge
    }


def fields_set_by(document: object, version: Version) -> dict[str, object]:
    """Return the fields that an action's *document* sets, with their values.

    The key of an action is its name; if a document has two, both count.
    """
    if not isinstance(document, Mapping):
        return {}
    return {
        field.field: document[field.action][field.parameter]
        for field in action_fields_at(effective_version(version)).values()
        if isinstance(document.get(field.action), Mapping)
        and field.parameter in document[field.action]
    }
