"""Every parameter is one that nova has, with a value that nova takes."""

import functools
from collections.abc import Mapping
from typing import Any

from nova_update_guard import schemas
from nova_update_guard.editable import editable_at
from nova_update_guard.faults import Refuse
from nova_update_guard.microversion import LEGACY_V2, Version

_ANY_UPDATE = schemas.validator(schemas.update({}, strict=False))


@functools.cache
def _validator_at(version: Version) -> Any:
    properties = {
        row.name: row.schema for row in editable_at(version).values()
    }
    # Under /v2 nova drops what it does not know.
    return schemas.validator(
        schemas.update(properties, strict=version > LEGACY_V2)
    )


def judge(document: object, version: Version) -> Refuse | None:
    """Refuse, in nova's words, what nova would refuse at *version*."""
    problem = schemas.problem(_validator_at(version), document)
    if problem is None:
        return None
    return Refuse(400, problem, 'field validation')


def judge_shape(document: object, _version: Version) -> Refuse | None:
    """Refuse a *document* that holds no update, whatever it would change."""
    problem = schemas.problem(_ANY_UPDATE, document)
    if problem is None:
        return None
    return Refuse(400, problem, 'not an update')


def known(update: Mapping[str, object], version: Version) -> dict[str, object]:
    """Return *update* without what nova would drop of it at *version*."""
    if version > LEGACY_V2:
        return dict(update)
    editable = editable_at(version)
    return {name: value for name, value in update.items() if name in editable}
