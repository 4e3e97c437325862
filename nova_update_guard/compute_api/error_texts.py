"""Texts of nova's errors that tell what a server is like, one row per kind.

Source: the messages in ``nova.exception``, ``nova.api.openstack``,
``nova.compute.api`` and ``nova.conductor``, of nova 34, in English: for
callers from whom one of these attributes is hidden, nova is not asked for a
translation.
"""

import functools
import re
from typing import NamedTuple

_VM_STATE = 'OS-EXT-STS:vm_state'
_TASK_STATE = 'OS-EXT-STS:task_state'
_HOST = 'OS-EXT-SRV-ATTR:host'
_ZONE = 'OS-EXT-AZ:availability_zone'
_VOLUMES = 'os-extended-volumes:volumes_attached'
_OF_FLAVOR = ('flavor', 'flavor.extra_specs')

# In the place of a text: nothing in it tells one reason from another.
NEUTRAL = 'nova refuses this for the server as it is now.'


class ErrorText(NamedTuple):
    """An *attribute* that texts with *pattern* tell."""

    attribute: str
    pattern: str

    def is_in(self, text: str) -> bool:
        """Return whether *text* tells the attribute."""
        return _compiled(self.pattern).search(text) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # By the first error: all of them would make nova's start longer.
    return re.compile(pattern, re.IGNORECASE)


_row = ErrorText

# fmt: off
ERROR_TEXTS = (
    _row(_VM_STATE,   r'\bin vm[_ ]state \S'),
    _row(_VM_STATE,   r'\bin an invalid state\b'),
    _row(_VM_STATE,   r'\bhas not been (?:resized|launched)'),
    _row(_VM_STATE,   r'\bnot in rescue mode|\bnot running\b'),
    _row(_VM_STATE,   r'\bcannot be rescued\b|\bnot ready\b'),
    _row(_VM_STATE,   r'\bconflict updating instance\b'),
    _row(_TASK_STATE, r'\bin task[_ ]state \S'),
    _row(_TASK_STATE, r'\bconflict updating instance\b'),
    _row('OS-EXT-STS:power_state', r'\bin power[_ ]state \S'),
    _row('status',    r'\bwith status "|\bis not running\b'),
    _row('locked',    r'\bis locked\b'),
    _row(_HOST,       r'\bcurrent host \(|\bcompute service of '),
    _row(_HOST,       r'\bhost [^ ]+ (?:could not be|not) found\b'),
    _row(_HOST,       r'\bhost [^ ]+ is not (?:in|mapped)\b'),
    _row(_HOST,       r'\b(?:on|to|destination) host:? \S|\bhost node '),
    _row(_HOST,       r'\black of memory\('),
    # The host that a request names is the server's.
    _row(_HOST,       r"\bcan't be the same one\b|\bhost where the server "),
    _row(_ZONE,       r'\bserver is in: |\bnot in the availability zone "'),
    _row(_ZONE,       r"\bcurrent availability zone '"),
    _row('OS-EXT-SRV-ATTR:hostname', r"\binstance's hostname \S"),
    _row('addresses', r'\bto fixed IP \S|\bno fixed IPv4 addresses\b'),
    # The address that a request names is a neighbour's.
    _row('addresses', r'\bin use on instance \S'),
    _row('tenant_id', r"\bavailable for project '|\bnetwork for project "),
    _row('user_id',   r'\bnot found for user \S'),
    _row(_VOLUMES,    r'\battached to instances: |\battached to the server\b'),
    _row(_VOLUMES,    r"\bhas 'multiattach' set\b"),
    _row(_VOLUMES,    r'\bvolume \S+ could not be (?:found|(?:at|de)tached)'),
    _row('image',     r"\bvolume-backed\b|\brescue image '"),
    _row('image',     r'\bimage \S+ has automatic disk\b'),
    _row(_VOLUMES,    r'\bdevice path \(\S+\) is in use\b'),
    _row('OS-EXT-SRV-ATTR:root_device_name',
                      r'\bdevice path \(\S+\) is in use\b'),
    _row('flavor',    r'\bmust change flavor\b'),
    _row('flavor',    r'\bflavor disk is \d|\bexpected \d+ MB\b'),
    _row('flavor',    r'\black of memory\(|\bfor vcpus count \d'),
    *(_row(name,      r'\bin the flavor \(|\band flavor \(')
      for name in _OF_FLAVOR),
    *(_row(name,      r'\blimits of the flavor\b|\blarger than max \d')
      for name in _OF_FLAVOR),
    *(_row(name,      r'\bpage size \S+ forbidden\b')
      for name in _OF_FLAVOR),
)
# fmt: on
ATTRIBUTES = tuple(dict.fromkeys(row.attribute for row in ERROR_TEXTS))


def attributes_in(text: str) -> list[str]:
    """Return the attributes that *text*, of an error of nova's, tells."""
    found = (row for row in ERROR_TEXTS if row.is_in(text))
    return list(dict.fromkeys(row.attribute for row in found))
