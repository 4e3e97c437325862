"""Find the fields of an update that would change the server.

Values are compared as nova would store them. Source: the view of a server in
``nova.api.openstack.compute.views.servers`` of nova 34.
"""

from collections.abc import Collection, Mapping

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import attributes_at
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.layers.stored_values import stored

# The attributes of a server's document that have another name than the field.
_SHOWN = {'hostname': 'OS-EXT-SRV-ATTR:hostname'}
# For these fields null and an empty string are the same.
_SHOWN_EMPTY = ('description', 'accessIPv4', 'accessIPv6')


def attribute(field: str) -> str:
    """Return the attribute of a server's document that shows *field*."""
    return _SHOWN.get(field, field)


# By field: the rule that decides who may see its value.
RULES = {
    row.name: attributes_at(MAX)[attribute(row.name)].rule
    for row in UPDATE_FIELDS
}


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
    return '' if value is None and field in _SHOWN_EMPTY else value
