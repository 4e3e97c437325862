"""Texts of nova's errors that tell what a server is like, one row per kind.

Source: the messages in ``nova.exception`` and in
``nova.api.openstack.common``, of nova 34, in English: for callers from whom
one of these attributes is hidden, nova is not asked for a translation.
"""

import re
from typing import NamedTuple

_VM_STATE = 'OS-EXT-STS:vm_state'
_HOST = 'OS-EXT-SRV-ATTR:host'

# In the place of a text: nothing in it tells one reason from another.
NEUTRAL = 'nova refuses this for the server as it is now.'


class ErrorText(NamedTuple):
    """An *attribute* that texts with *pattern* tell."""

    attribute: str
    pattern: re.Pattern[str]


def _row(attribute: str, pattern: str) -> ErrorText:
    return ErrorText(attribute, re.compile(pattern, re.IGNORECASE))


# fmt: off
ERROR_TEXTS = (
    _row(_VM_STATE,                  r'\bin vm[_ ]state \S'),
    _row(_VM_STATE,                  r'\bin an invalid state\b'),
    _row(_VM_STATE,                  r'\bhas not been (?:resized|launched)'),
    _row(_VM_STATE,                  r'\bnot in rescue mode|\bnot running\b'),
    _row(_VM_STATE,                  r'\bcannot be rescued\b|\bnot ready\b'),
    _row('OS-EXT-STS:task_state',    r'\bin task[_ ]state \S'),
    _row('OS-EXT-STS:power_state',   r'\bin power[_ ]state \S'),
    _row('status',                   r'\bwith status "'),
    _row('status',                   r'\bis not running\b'),
    _row('locked',                   r'\bis locked\b'),
    _row(_HOST,                      r'\bcurrent host \('),
    _row(_HOST,                      r'\bcompute service of '),
    _row(_HOST,                      r'\bhost "?[^ ]+"? '
                                     r'(?:could not be found|is not in)'),
    _row(_HOST,                      r'\bon host \S|\bhost node '),
)
# fmt: on
ATTRIBUTES = tuple(dict.fromkeys(row.attribute for row in ERROR_TEXTS))


def attributes_in(text: str) -> list[str]:
    """Return the attributes that *text*, of an error of nova's, tells."""
    found = (row for row in ERROR_TEXTS if row.pattern.search(text))
    return list(dict.fromkeys(row.attribute for row in found))
