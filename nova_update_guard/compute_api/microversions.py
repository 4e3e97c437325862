"""The microversion of a request, read as nova reads it.

Source: ``nova.api.openstack.wsgi.Request.set_api_version_request`` and
``nova.api.openstack.api_version_request`` of nova 34.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import microversion_parse

from nova_update_guard.bounded_cache import MAX_KEY

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
# nova's LegacyV2CompatibleWrapper sets it and drops version headers.
_IS_LEGACY_V2 = 'openstack.legacy_v2'
# Where a WSGI environ has the request's version headers.
_KEYS = tuple(
    (name, f'HTTP_{name.upper().replace("-", "_")}')
    for name in (HEADER, LEGACY_HEADER)
)

# A request's or a response's, names in any case.
Headers = Iterable[tuple[str, str]]


class BadVersionError(Exception):
    """A microversion header that nova answers with 400."""


def asked(environ: Mapping[str, Any]) -> Version:
    """Return the microversion that counts for the request in *environ*.

    Raises BadVersionError.
    """
    if environ.get(_IS_LEGACY_V2):
        return LEGACY_V2
    return read(
        [(name, environ[key]) for name, key in _KEYS if key in environ]
    )


def answered(headers: Headers) -> Version:
    """Return the microversion of nova's response, which settles ``latest``.

    Under ``/v2`` it names none, and what it serves is 2.1.
    """
    try:
        return read(headers)
    except BadVersionError:
        return MIN


def read(headers: Headers) -> Version:
    """Return the microversion that *headers* ask for.

    Without a version the answer is MIN, for ``latest`` it is MAX. nova alone
    knows its range and answers 406 out of it; below it the answer is MIN.

    Raises BadVersionError with nova's own message.
    """
    named = tuple(header for header in headers if header[0].lower() in _NAMES)
    length = sum([len(name) + len(value) for name, value in named])
    return _known(named) if length <= MAX_KEY else _read(named)


def _read(named: tuple[tuple[str, str], ...]) -> Version:
    text = microversion_parse.get_version(named, 'compute', [LEGACY_HEADER])
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


# Clients write there what they want, most of them the same.
_known = functools.lru_cache(maxsize=1024)(_read)
