"""The fields that known clients send in one update, and if they are refused.

From their source code; also from captured requests of python-openstackclient
10.5.0, openstacksdk 4.22.0, python-novaclient 18.13.1 and Horizon 27.0.0.
"""

from collections.abc import Collection
from typing import NamedTuple

from nova_update_guard.layers import one_parameter


class Known(NamedTuple):
    """An operation of a *client*: fields it *sends*, and those it *changes*.

    *changes* are among those it *sends*.
    """

    client: str
    operation: str
    sends: tuple[str, ...]
    changes: tuple[str, ...]


_BOTH = ('name', 'description')
_NAMES = ('name', 'hostname')
_ADDRESSES = ('accessIPv4', 'accessIPv6')

# fmt: off
KNOWN = (
    Known('openstack server set', 'one option', ('name',), ('name',)),
    Known('openstack server set', 'two options', _BOTH, _BOTH),
    Known('openstack server unset', 'each option in an update of its own',
          ('description',), ('description',)),
    Known('openstacksdk', 'one attribute', ('name',), ('name',)),
    Known('openstacksdk', 'two attributes', _BOTH, _BOTH),
    Known('python-novaclient', 'one argument', ('name',), ('name',)),
    Known('python-novaclient', 'two arguments, one of them as it was',
          _BOTH, ('description',)),
    Known('python-novaclient', 'two arguments', _BOTH, _BOTH),
    Known('Terraform, Heat, Skyline', 'rename', ('name',), ('name',)),
    Known('Horizon', 'rename, no description', ('name',), ('name',)),
    Known('Horizon', 'rename, with a description', _BOTH, ('name',)),
    Known('Horizon', 'new description', _BOTH, ('description',)),
    Known('Horizon', 'new name and description', _BOTH, _BOTH),
    Known('Horizon', 'Save, nothing changed', _BOTH, ()),
    # It sends none then, and nova keeps the old one.
    Known('Horizon', 'description emptied', ('name',), ()),
    Known('gophercloud', 'one option', ('hostname',), ('hostname',)),
    Known('gophercloud', 'two options', _NAMES, _NAMES),
    Known('Ansible openstack.cloud.server', 'one attribute',
          ('description',), ('description',)),
    Known('Ansible openstack.cloud.server', 'both access addresses',
          _ADDRESSES, _ADDRESSES),
    Known('Rally', 'name and description', _BOTH, _BOTH),
    Known('Tempest (interop)', 'both access addresses',
          _ADDRESSES, _ADDRESSES),
    Known('Tempest', 'nothing, to read the response', (), ()),
)
# fmt: on


def is_refused(
    known: Known,
    counts_changed: bool,
    field_sets: Collection[frozenset[str]],
    allow_empty: bool,
) -> bool:
    """Check whether one_parameter, with these settings, refuses *known*."""
    counted = known.changes if counts_changed else known.sends
    nothing_new = allow_empty or (counts_changed and bool(known.sends))
    return (
        one_parameter.check(counted, (), nothing_new, field_sets) is not None
    )
