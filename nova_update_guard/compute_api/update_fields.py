"""The fields that an update may change, one row per field and change.

Source: the ``update`` schemas of ``nova.api.openstack.compute.schemas`` in
nova 34. A new microversion is one more row here; its policy rule, its entry
in the sample policy and its tests follow.
"""

import bisect
from dataclasses import dataclass, field

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.microversions import LEGACY_V2, Version

V = Version


@dataclass(frozen=True)
class Field:
    """A field that takes values of *schema* from microversion *since* on.

    *rule* is the policy rule that decides who may change it.
    """

    name: str
    since: Version
    schema: schemas.Schema
    rule: str = field(init=False)

    def __post_init__(self) -> None:
        rule = f'update_guard:server:update:{self.name}'
        object.__setattr__(self, 'rule', rule)


# Fields first appear in nova's order: it reports the first problem.
# fmt: off
UPDATE_FIELDS = (
    Field('name',                     LEGACY_V2, schemas.NAME_WITH_SPACES),
    Field('OS-DCF:diskConfig',        LEGACY_V2, schemas.DISK_CONFIG),
    Field('accessIPv4',               LEGACY_V2, schemas.IPV4),
    Field('accessIPv6',               LEGACY_V2, schemas.IPV6),
    Field('name',                     V(2, 1),   schemas.NAME),
    Field('description',              V(2, 19),  schemas.DESCRIPTION),
    Field('hostname',                 V(2, 90),  schemas.HOST_NAME),
    Field('hostname',                 V(2, 94),  schemas.HOST_FQDN),
    Field('pinned_availability_zone', V(2, 104), schemas.NAME_OR_NULL),
)
# fmt: on


# The versions at which a row comes into force.
_EDGES = sorted({row.since for row in UPDATE_FIELDS})


def effective_version(version: Version) -> Version:
    """Return the version since which the same rows are in force.

    There are few of these, so a cache by them is bounded; a client can request
    any other.
    """
    return _EDGES[bisect.bisect_right(_EDGES, version) - 1]


def fields_at(version: Version) -> dict[str, Field]:
    """Return the rows in force at *version*, keyed by name."""
    return {row.name: row for row in UPDATE_FIELDS if row.since <= version}
