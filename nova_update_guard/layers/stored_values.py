"""Convert the value of a field to the form in which nova stores it.

Two spellings of one value are one value, for counting changes and for
constraints. Source: ``update`` and ``_rebuild`` in
``nova.api.openstack.compute.servers``, the fields of ``nova.objects.Instance``
and ``map_az_to_placement_aggregate`` in ``nova.scheduler.request_filter`` of
nova 34.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv6Address


def stored(field: str, value: object) -> object:
    """Return *value* as nova would store it."""
    return STORED[field](value) if field in STORED else value


def _as_it_is(value: object) -> object:
    return value


def _name(value: object) -> object:
    # Under /v2 there may be spaces around the name.
    return value.strip() if isinstance(value, str) else value


def _version_6(value: object) -> object:
    """Return an IPv6 address as netaddr, which nova uses, writes it."""
    try:
        address = IPv6Address(value) if isinstance(value, str) else None
    except ValueError:
        return value
    if address is None or address.scope_id:
        return value
    # Not str(): Python and the system write an address with an IPv4 address
    # inside differently.
    return socket.inet_ntop(socket.AF_INET6, address.packed)


def _zone(value: object) -> object:
    # An empty string pins the server to no zone, as null does.
    return None if value == '' else value


# One row for each field.
# fmt: off
STORED: dict[str, Callable[[object], object]] = {
    'name':                     _name,
    'OS-DCF:diskConfig':        _as_it_is,
    'accessIPv4':               _as_it_is,
    'accessIPv6':               _version_6,
    'description':              _as_it_is,
    'hostname':                 _as_it_is,
    'pinned_availability_zone': _zone,
}
# fmt: on
