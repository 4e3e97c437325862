"""Find the fields of an update that would change the server.

Values are compared as nova would store them.
"""

from collections.abc import Collection, Mapping

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import (
    UNLISTED,
    attributes_at,
)
from nova_update_guard.compute_api.update_fields import FIELDS_BY_NAME, stored

_ATTRIBUTES = attributes_at(MAX)
# By field: the rule that decides who may see its value.
RULES = {
    name: _ATTRIBUTES[row.attribute].rule
    if row.attribute in _ATTRIBUTES
    else UNLISTED
    for name, row in FIELDS_BY_NAME.items()
}


def attribute(field: str) -> str:
    """Return the attribute of a server's document that shows *field*."""
    row = FIELDS_BY_NAME.get(field)
    return row.attribute if row else field


def changed(
    update: Mapping[str, object],
    server: Mapping[str, object],
    hidden: Collection[str],
) -> dict[str, object]:
    """Return the fields of *update* that differ from *server*, or may differ.

    A field whose attribute is *hidden* from the caller, or is not in the
    document, always counts: the response must not reveal its value.
    """
    return {
        field: value
        for field, value in update.items()
        if field in hidden
        or attribute(field) not in server
        or comparable(field, value)
        != comparable(field, server[attribute(field)])
    }


def comparable(field: str, value: object) -> object:
    """Return *value* as nova would store it, with null as an empty string.

    That is only so for fields for which nova shows both alike.
    """
    value = stored(field, value)
    row = FIELDS_BY_NAME.get(field)
    return '' if value is None and row and row.empty_is_null else value
