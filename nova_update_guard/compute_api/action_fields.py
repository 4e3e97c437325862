"""Parameters of server actions that set the same fields as an update.

They follow from the rows of update_fields.
"""

import functools
from collections.abc import Mapping
from typing import NamedTuple

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.update_fields import (
    FIELDS,
    UPDATE,
    effective_version,
)
from nova_update_guard.compute_api.version import Version


class ActionField(NamedTuple):
    """A *parameter* of *action* that sets *field* from version *since* on.

    Its values must match *schema*.
    """

    action: str
    parameter: str
    since: Version
    field: str
    schema: schemas.Schema


# By action, in the order in which nova reports problems.
ACTION_FIELDS = tuple(
    sorted(
        (
            ActionField(action, row.parameter, row.since, row.name, row.schema)
            for row in FIELDS
            for action in row.set_by
            if action != UPDATE
        ),
        key=lambda field: field.action,
    )
)


def action_fields_at(version: Version) -> dict[tuple[str, str], ActionField]:
    """Return the rows in force at *version*, keyed by action and parameter."""
    return _action_fields_at(effective_version(version))


@functools.cache
def _action_fields_at(edge: Version) -> dict[tuple[str, str], ActionField]:
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
        for field in action_fields_at(version).values()
        if isinstance(document.get(field.action), Mapping)
        and field.parameter in document[field.action]
    }
