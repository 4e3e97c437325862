"""What an update would change of a server as it is.

Values are compared as nova would store them. Source: the view of a server in
``nova.api.openstack.compute.views.servers`` of nova 34.
"""

from collections.abc import Collection, Mapping

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import attributes_at
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.layers.stored_values import stored

# Where a server's document has what an update calls otherwise.
_SHOWN = {'hostname': 'OS-EXT-SRV-ATTR:hostname'}
# Of these none at all and an empty one are the same.
_SHOWN_EMPTY = ('description', 'accessIPv4', 'accessIPv6')


def attribute(field: str) -> str:
    """Return the attribute of a server's document that shows *field*."""
    return _SHOWN.get(field, field)


# By field: the rule that says who may see what it is.
RULES = {
    row.name: attributes_at(MAX)[attribute(row.name)].rule
    for row in UPDATE_FIELDS
}


def changed(
    update: Mapping[str, object],
    server: Mapping[str, object],
    hidden: Collection[str],
) -> dict[str, object]:
    """Return those of *update* that differ from *server*, or may.

    A field whose attribute is *hidden* from the caller, or is not in the
    document, always counts: the answer must not tell what it is.
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
    """Return *value* as nova would store it, and none as an empty one."""
    value = stored(field, value)
    return '' if value is None and field in _SHOWN_EMPTY else value
