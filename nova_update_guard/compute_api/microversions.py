"""The microversion of a request, read as nova reads it.

Source: ``nova.api.openstack.wsgi.Request.set_api_version_request`` and
``nova.api.openstack.api_version_request`` of nova 34.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import microversion_parse

from nova_update_guard.bounded_cache import cached

HEADER = 'OpenStack-API-Version'
LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'

# nova's own pattern, which its requests must match from end to end.
_PATTERN = re.compile(r'([1-9]\d*)\.([1-9]\d*|0)\Z')


class Version(NamedTuple):
    """A microversion; compares as a tuple, ``str()`` gives ``'2.104'``."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f'{self.major}.{self.minor}'


# Under /v2 nova serves its 2.0 schemas; no microversion reaches them.
LEGACY_V2 = Version(2, 0)
MIN = Version(2, 1)
MAX = Version(2, 104)


_NAMES = (HEADER.lower(), LEGACY_HEADER.lower())

# A request's or a response's, names in any case.
Headers = Iterable[tuple[str, str]]


class BadVersionError(Exception):
    """A microversion header that nova answers with 400."""


def read(headers: Headers) -> Version:
    """Return the microversion that *headers* ask for.

    Without a version the answer is MIN, for ``latest`` it is MAX. nova alone
    knows its range and answers 406 out of it; below it the answer is MIN.

    Raises BadVersionError with nova's own message.
    """
    return _read(
        tuple(header for header in headers if header[0].lower() in _NAMES)
    )


def _length(told: tuple[tuple[str, str], ...]) -> int:
    return sum([len(name) + len(value) for name, value in told])


# Clients write what they want there, most of them the same.
@cached(entries=1024, length=_length)
def _read(told: tuple[tuple[str, str], ...]) -> Version:
    text = microversion_parse.get_version(told, 'compute', [LEGACY_HEADER])
    if text is None:
        return MIN
    if text == 'latest':
        return MAX
    match = _PATTERN.match(text)
    if match is None:
        raise BadVersionError(
            f'API Version String {text} is of invalid format. Must be of '
            'format MajorNum.MinorNum.'
        )
    # Nine digits are beyond every nova; int() gives up at some thousands.
    return max(MIN, Version(*(int(digits[:9]) for digits in match.groups())))
