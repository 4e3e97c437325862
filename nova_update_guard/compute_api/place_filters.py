"""The keys in the queries of places that select by an attribute of a server.

Source: the schemas of queries in ``nova.api.openstack.compute.schemas``, and
``migration_get_all_by_filters`` and ``instance_get_active_by_window_joined``
in ``nova.db.main.api``, all of nova 34. None of these lists has a sort key.
"""

from typing import NamedTuple

from nova_update_guard.compute_api.places import HOST
from nova_update_guard.compute_api.version import LEGACY_V2, Version

_MIGRATIONS = '/os-migrations'
_USAGES = '/os-simple-tenant-usage'
_USAGE = f'{_USAGES}/{{id}}'


class PlaceFilter(NamedTuple):
    """A *key* by which nova selects in *route*, which reveals *attribute*.

    nova knows it *since* a version; before, it takes it out of the query or
    refuses it. With *is_end*, it is the end of a period: nova takes its
    present time for one that is to come.
    """

    route: str
    key: str
    attribute: str
    since: Version = LEGACY_V2
    is_end: bool = False


# fmt: off
PLACE_FILTERS = (
    # Either host of a migration is, or was, the server's.
    PlaceFilter(_MIGRATIONS, 'host',           HOST),
    PlaceFilter(_MIGRATIONS, 'source_compute', HOST),
    PlaceFilter(_MIGRATIONS, 'project_id',     'tenant_id', Version(2, 80)),
    PlaceFilter(_MIGRATIONS, 'user_id',        'user_id',   Version(2, 80)),
    # Usages are of servers that were there in a period.
    *(row for route in (_USAGES, _USAGE) for row in (
        PlaceFilter(route,   'start',          'OS-SRV-USG:terminated_at'),
        PlaceFilter(route,   'end',            'OS-SRV-USG:launched_at',
                    is_end=True),
    )),
)
# fmt: on
