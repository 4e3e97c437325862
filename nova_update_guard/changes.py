"""What an update would change of a server as it is.

Values are compared as nova would store them. Source: ``update`` in
``nova.api.openstack.compute.servers`` and the view of a server in nova 34.
"""

from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address

from nova_update_guard.editable import EDITABLE
from nova_update_guard.microversion import MAX
from nova_update_guard.visible import visible_at

# Where a server's document has what an update calls otherwise.
_SHOWN = {'hostname': 'OS-EXT-SRV-ATTR:hostname'}


def attribute(field: str) -> str:
    """Return the attribute of a server's document that shows *field*."""
    return _SHOWN.get(field, field)


# By field: the rule that says who may see what it is.
RULES = {
    row.name: visible_at(MAX)[attribute(row.name)].rule for row in EDITABLE
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
        or stored(field, value) != stored(field, server[attribute(field)])
    }


def stored(field: str, value: object) -> object:
    """Return *value* as nova would store it."""
    store = _STORED.get(field)
    return store(value) if store else value


def _name(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _text(value: object) -> object:
    return '' if value is None else value


def _address(value: object) -> object:
    # nova shows no address as an empty one.
    try:
        return str(ip_address(str(value))) if value else _text(value)
    except ValueError:
        return value


_STORED: dict[str, Callable[[object], object]] = {
    'name': _name,
    'description': _text,
    'accessIPv4': _address,
    'accessIPv6': _address,
}
