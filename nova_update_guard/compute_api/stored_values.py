"""The forms in which nova stores values: the column *stored* of the fields.

Source: ``update`` and ``_rebuild`` in
``nova.api.openstack.compute.servers``, the fields of ``nova.objects.Instance``
and ``map_az_to_placement_aggregate`` in ``nova.scheduler.request_filter`` of
nova 34.
"""

import socket
from ipaddress import IPv6Address


def unchanged(value: object) -> object:
    """Return *value*."""
    return value


def without_spaces(value: object) -> object:
    """Return a name without the spaces around it; /v2 allows them."""
    return value.strip() if isinstance(value, str) else value


def ipv6(value: object) -> object:
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


def zone(value: object) -> object:
    """Return null for an empty string: either pins the server to no zone."""
    return None if value == '' else value
