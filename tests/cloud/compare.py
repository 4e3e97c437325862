"""The same server as two people see it, side by side."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.cloud import servers
from tests.cloud.servers import Server

ABSENT = '(absent)'
_EMPTY: tuple[object, ...] = ('', None, [], {})

_EXTENDED = frozenset(
    f'OS-EXT-SRV-ATTR:{name}'
    for name in (
        'host',
        'hypervisor_hostname',
        'instance_name',
        'kernel_id',
        'launch_index',
        'ramdisk_id',
        'reservation_id',
        'root_device_name',
        'user_data',
    )
)
# Shown as a whole; everything else that is nested is shown by its parts.
_WHOLE = ('metadata', 'links')


@dataclass(frozen=True)
class Wanted:
    """Attributes of a server that a member should not see."""

    server: Server
    hidden: frozenset[str]
    # The attributes to print, by how their names begin.
    printed: tuple[str, ...] = ('',)


ACTIVE = Wanted(servers.RENAMED, _EXTENDED | {'host_status', 'hostId'})
CRASHED = Wanted(
    servers.CRASHED,
    ACTIVE.hidden | {'fault.details'},
    ('fault', 'name', 'status'),
)


@dataclass(frozen=True)
class Views:
    """One server, as an administrator and as a member see it."""

    admin: Mapping[str, Any]
    member: Mapping[str, Any]

    def hidden(self) -> frozenset[str]:
        """Return the attributes that the member does not see, or empty."""
        admin, member = dict(_flat(self.admin)), dict(_flat(self.member))
        return frozenset(
            name
            for name, value in admin.items()
            if value not in _EMPTY and member.get(name) in _EMPTY
        )

    def rows(self, names: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
        """Yield attributes, each with its value for both callers."""
        admin, member = dict(_flat(self.admin)), dict(_flat(self.member))
        for name in sorted(admin.keys() | member.keys()):
            if name.startswith(names):
                yield name, _visible(admin, name), _visible(member, name)


def _flat(
    server: Mapping[str, Any], above: str = ''
) -> Iterator[tuple[str, Any]]:
    """Yield name and value of each attribute, nested ones with a dot."""
    for name, value in server.items():
        if isinstance(value, dict) and value and name not in _WHOLE:
            yield from _flat(value, f'{above}{name}.')
        elif name != 'links':
            yield above + name, value


def _visible(view: Mapping[str, Any], name: str) -> str:
    if name not in view:
        return ABSENT
    value = view[name]
    return value if isinstance(value, str) and value else json.dumps(value)
