"""The fields that a request may set, one row per field and change.

Source: the schemas of ``update``, ``rebuild``, ``resize`` and ``unshelve`` in
``nova.api.openstack.compute.schemas`` of nova 34; the view of a server in
``nova.api.openstack.compute.views.servers``; and ``unshelve`` in
``nova.compute.api``, which makes the zone the server's pin at each version
that lets it be named. A new microversion is one more row here; its policy
rule, its entry in the sample policy and its tests follow.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from nova_update_guard.compute_api import schemas, stored_values
from nova_update_guard.compute_api.version import (
    LEGACY_V2,
    Version,
    effective_version_of,
)

V = Version

# The requests that set fields: an update, and actions by nova's names.
UPDATE = 'update'
REBUILD = 'rebuild'
RESIZE = 'resize'
UNSHELVE = 'unshelve'

_HOSTNAME = 'OS-EXT-SRV-ATTR:hostname'


@dataclass(frozen=True)
class Field:
    """A field that takes values of *schema* from microversion *since* on.

    *set_by* are the requests that set it from then on, by a *parameter* that
    has the field's name unless told. *attribute* of a server's document shows
    the field, by default that of the same name, and an empty string and null
    alike with *empty_is_null*; *stored* returns a value as nova stores it.
    *rule* is the policy rule that decides who may change it.
    """

    name: str
    since: Version
    schema: schemas.Schema
    set_by: tuple[str, ...] = (UPDATE,)
    parameter: str = ''
    attribute: str = ''
    stored: Callable[[object], object] = stored_values.unchanged
    empty_is_null: bool = False
    rule: str = field(init=False)

    def __post_init__(self) -> None:
        rule = f'update_guard:server:update:{self.name}'
        object.__setattr__(self, 'rule', rule)
        for column in ('parameter', 'attribute'):
            value = getattr(self, column) or self.name
            object.__setattr__(self, column, value)


# In the order of their versions; of two rows of a field for the same request,
# the later one in force counts. Fields first appear in nova's order: it
# reports the first problem.
# fmt: off
FIELDS = (
    Field('name',                     LEGACY_V2, schemas.NAME_WITH_SPACES,
          (UPDATE, REBUILD), stored=stored_values.without_spaces),
    Field('OS-DCF:diskConfig',        LEGACY_V2, schemas.DISK_CONFIG,
          (UPDATE, REBUILD, RESIZE)),
    Field('accessIPv4',               LEGACY_V2, schemas.IPV4,
          (UPDATE, REBUILD), empty_is_null=True),
    Field('accessIPv6',               LEGACY_V2, schemas.IPV6,
          (UPDATE, REBUILD), empty_is_null=True, stored=stored_values.ipv6),
    Field('name',                     V(2, 1),   schemas.NAME,
          (UPDATE, REBUILD), stored=stored_values.without_spaces),
    Field('description',              V(2, 19),  schemas.DESCRIPTION,
          (UPDATE, REBUILD), empty_is_null=True),
    Field('pinned_availability_zone', V(2, 77),  schemas.NAME,
          (UNSHELVE,), 'availability_zone', stored=stored_values.zone),
    Field('hostname',                 V(2, 90),  schemas.HOST_NAME,
          (UPDATE, REBUILD), attribute=_HOSTNAME),
    Field('pinned_availability_zone', V(2, 91),  schemas.ZONE_OR_NULL,
          (UNSHELVE,), 'availability_zone', stored=stored_values.zone),
    Field('hostname',                 V(2, 94),  schemas.HOST_FQDN,
          (UPDATE, REBUILD), attribute=_HOSTNAME),
    Field('pinned_availability_zone', V(2, 104), schemas.NAME_OR_NULL,
          (UPDATE,), stored=stored_values.zone),
)
# fmt: on

UPDATE_FIELDS = tuple(row for row in FIELDS if UPDATE in row.set_by)

# By name, the newest row: the columns about the server are the same in all.
FIELDS_BY_NAME = {row.name: row for row in FIELDS}

effective_version = effective_version_of(FIELDS)


def fields_at(version: Version) -> dict[str, Field]:
    """Return the rows in force at *version* for an update, keyed by name."""
    return {row.name: row for row in UPDATE_FIELDS if row.since <= version}


def stored(name: str, value: object) -> object:
    """Return the *value* of a field as nova would store it.

    Two spellings of one value are one value, for counting changes and for
    constraints.
    """
    row = FIELDS_BY_NAME.get(name)
    return row.stored(value) if row else value
