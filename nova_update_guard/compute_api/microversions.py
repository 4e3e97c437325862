"""The microversion of a request, read as nova reads it.

Source: ``nova.api.openstack.wsgi.Request.set_api_version_request`` and
``nova.api.openstack.api_version_request`` of nova 34.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

import microversion_parse

from nova_update_guard.bounded_cache import MAX_KEY
from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.compute_api.update_fields import FIELDS
from nova_update_guard.compute_api.version import LEGACY_V2, MIN, Version

HEADER = 'OpenStack-API-Version'
LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'

# nova's own pattern; the version of a request must match all of it.
_PATTERN = re.compile(r'([1-9]\d*)\.([1-9]\d*|0)\Z')


# The newest microversion whose schemas were compared with the tables. It can
# have no row: then nova changed nothing there that the guard has to know.
CHECKED_UP_TO = Version(2, 104)
# The newest microversion that the guard knows.
MAX = max(CHECKED_UP_TO, *(row.since for row in (*FIELDS, *SERVER_ATTRIBUTES)))


_NAMES = (HEADER.lower(), LEGACY_HEADER.lower())
# nova's LegacyV2CompatibleWrapper sets this key and drops version headers.
_IS_LEGACY_V2 = 'openstack.legacy_v2'
# The version headers, each with its key in a WSGI environ.
_KEYS = tuple(
    (name, f'HTTP_{name.upper().replace("-", "_")}')
    for name in (HEADER, LEGACY_HEADER)
)

# Of a request or a response; names are case-insensitive.
Headers = Iterable[tuple[str, str]]


class BadVersionError(Exception):
    """A microversion header for which nova responds with *status*."""

    status = 400


class OutOfRangeError(BadVersionError):
    """A microversion that nova does not support."""

    status = 406


def requested(environ: Mapping[str, Any]) -> Version:
    """Return the microversion of the request in *environ*.

    Raises BadVersionError.
    """
    if environ.get(_IS_LEGACY_V2):
        return LEGACY_V2
    return read(_sent(environ))


def is_latest(environ: Mapping[str, Any]) -> bool:
    """Return whether the request in *environ* names ``latest``.

    Raises BadVersionError.
    """
    if environ.get(_IS_LEGACY_V2):
        return False
    return _parsed(_sent(environ)) is None


def served(environ: Mapping[str, Any], headers: Headers) -> Version:
    """Return the microversion at which nova serves the request in *environ*.

    *headers* are of nova's response to a request for ``latest``, which name
    nova's newest. Raises BadVersionError, with nova's own message.
    """
    if environ.get(_IS_LEGACY_V2):
        return LEGACY_V2
    # Where nova was not reached, none is named.
    newest = of_response(headers) if _version_headers(headers) else MAX
    version = _parsed(_sent(environ))
    if version is None:
        return newest
    if not MIN <= version <= newest:
        raise OutOfRangeError(
            f'Version {version} is not supported by the API. Minimum is '
            f'{MIN} and maximum is {newest}.'
        )
    return version


def of_response(headers: Headers) -> Version:
    """Return the microversion of nova's response, which resolves ``latest``.

    Under ``/v2`` a response names none, and nova serves 2.1.
    """
    try:
        return read(headers)
    except BadVersionError:
        return MIN


def read(headers: Headers) -> Version:
    """Return the microversion that *headers* request.

    The result is MIN without a version and MAX for ``latest``. Only nova knows
    its own range and responds with 406 outside of it; a version below MIN
    counts as MIN.

    Raises BadVersionError with nova's own message.
    """
    named = _version_headers(headers)
    length = sum([len(name) + len(value) for name, value in named])
    return _known(named) if length <= MAX_KEY else _read(named)


def _sent(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, environ[key]) for name, key in _KEYS if key in environ]


def _version_headers(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple([pair for pair in headers if pair[0].lower() in _NAMES])


def _read(named: tuple[tuple[str, str], ...]) -> Version:
    return max(MIN, _parsed(named) or MAX)


def _parsed(named: Headers) -> Version | None:
    """Return the version that headers name, None for ``latest``."""
    text = microversion_parse.get_version(named, 'compute', [LEGACY_HEADER])
    if text is None:
        return MIN
    if text == 'latest':
        return None
    match = _PATTERN.match(text)
    if match is None:
        raise BadVersionError(
            f'API Version String {text} is of invalid format. Must be of '
            'format MajorNum.MinorNum.'
        )
    # Nine digits exceed every nova; int() fails at some thousands.
    return Version(*(int(digits[:9]) for digits in match.groups()))


# Clients can send any text here; most send the same few.
_known = functools.lru_cache(maxsize=1024)(_read)
