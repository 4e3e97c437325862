"""The parameters of a create that set fields, one row per change.

Source: the schemas ``create_*`` in
``nova.api.openstack.compute.schemas.servers``, ``create`` in
``nova.api.openstack.compute.servers`` and ``parse_availability_zone`` in
``nova.compute.api`` of nova 34. The zone of a create becomes the server's pin
at each version.
"""

import dataclasses
import functools
from collections.abc import Mapping

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.update_fields import stored
from nova_update_guard.compute_api.version import (
    LEGACY_V2,
    Version,
    effective_version_of,
)

V = Version

_DESCRIPTION_SINCE = V(2, 19)
_ZONE = 'pinned_availability_zone'

CREATE_RULE = 'update_guard:server:create:'


@dataclasses.dataclass(frozen=True)
class CreateField:
    """A *parameter* of create that sets *field* from version *since* on.

    Its values must match *schema*. *rule* decides who may send it.
    """

    parameter: str
    since: Version
    schema: schemas.Schema
    field: str = ''
    rule: str = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        rule = f'{CREATE_RULE}{self.parameter}'
        object.__setattr__(self, 'rule', rule)
        object.__setattr__(self, 'field', self.field or self.parameter)


# As in update_fields, the later row of a parameter counts, and they first
# appear in nova's order.
# fmt: off
CREATE_FIELDS = (
    CreateField('name',              LEGACY_V2, schemas.NAME_WITH_SPACES),
    CreateField('OS-DCF:diskConfig', LEGACY_V2, schemas.DISK_CONFIG),
    CreateField('accessIPv4',        LEGACY_V2, schemas.IPV4),
    CreateField('accessIPv6',        LEGACY_V2, schemas.IPV6),
    CreateField('availability_zone', LEGACY_V2, schemas.NAME_WITH_SPACES,
                _ZONE),
    CreateField('name',              V(2, 1),   schemas.NAME),
    CreateField('availability_zone', V(2, 1),   schemas.NAME, _ZONE),
    CreateField('description',       _DESCRIPTION_SINCE, schemas.DESCRIPTION),
    CreateField('hostname',          V(2, 90),  schemas.HOST_NAME),
    CreateField('hostname',          V(2, 94),  schemas.HOST_FQDN),
)
# fmt: on

CREATE_FIELDS_BY_NAME = {row.parameter: row for row in CREATE_FIELDS}

effective_version = effective_version_of(CREATE_FIELDS)


def create_fields_at(version: Version) -> dict[str, CreateField]:
    """Return the rows in force at *version*, keyed by parameter."""
    return _create_fields_at(effective_version(version))


@functools.cache
def _create_fields_at(edge: Version) -> dict[str, CreateField]:
    return {row.parameter: row for row in CREATE_FIELDS if row.since <= edge}


def fields_sent(document: object, version: Version) -> dict[str, object]:
    """Return the fields that a create's *document* names, with their values.

    The values are as nova stores them.
    """
    server = document.get('server') if isinstance(document, Mapping) else None
    if not isinstance(server, Mapping):
        return {}
    return {
        row.field: _stored(row.field, server[name])
        for name, row in create_fields_at(version).items()
        if name in server
    }


def fields_set(
    sent: Mapping[str, object], version: Version
) -> Mapping[str, object]:
    """Return *sent* with what nova itself derives from it.

    Before 2.19 nova makes the name the description, too.
    """
    if version < _DESCRIPTION_SINCE and 'name' in sent:
        return {**sent, 'description': sent['name']}
    return sent


def _stored(name: str, value: object) -> object:
    """Return *value* as nova stores it; of ``zone:host:node``, the zone."""
    if name == _ZONE and isinstance(value, str):
        value = value.partition(':')[0]
    return stored(name, value)
