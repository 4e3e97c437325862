"""The paths of requests, and what nova and servers before it make of them.

Source: ``nova.api.openstack.urlmap`` of nova 34, and RFC 3986.
"""

import re

# The places where nova's urlmap mounts its API; the first in a path counts.
_VERSIONS = ('v2', 'v2.1')
_DOT_SEGMENT = re.compile(r'(?:\A|/)\.\.?(?:/|\Z)')

# The only secret that nova accepts in a path: it gives access to a console.
_CONSOLE_TOKEN = re.compile(r'(os-console-auth-tokens).*', re.DOTALL)


def has_dot_segment(path: str) -> bool:
    """Return whether a segment of *path*, already decoded, is ``.`` or ``..``.

    uWSGI, Apache and nginx remove such segments, gunicorn and nova do not: the
    path has two meanings (RFC 3986, 5.2.4).
    """
    if '/.' not in path and not path.startswith('.'):
        return False
    return bool(_DOT_SEGMENT.search(path))


def with_single_slashes(path: str) -> str:
    """Return *path* without repeated slashes; a slash at the end stays.

    nova's urlmap and its router read both alike.
    """
    if path.startswith('/') and '//' not in path:
        # Nearly always.
        return path
    end = '/' if path.endswith('/') else ''
    return ''.join(f'/{segment}' for segment in segments_of(path)) + end or '/'


def for_log(path: str) -> str:
    """Return *path* without the console token that may be in it."""
    return _CONSOLE_TOKEN.sub(r'\1/...', path)


def names_version(path: str) -> bool:
    """Return whether a segment of *path* is a version of nova's API."""
    return any(name in _VERSIONS for name in segments_of(path))


def is_legacy_v2(path: str) -> bool:
    """Return whether nova serves *path* by its legacy API, ``/v2``.

    nova may be mounted below a prefix, which it does not see.
    """
    if '/v2/' not in f'/{path}/':
        # Nearly always.
        return False
    versions = (name for name in segments_of(path) if name in _VERSIONS)
    return next(versions, '') == 'v2'


def segments_of(path: str) -> list[str]:
    """Return the segments of *path*; nova drops empty ones."""
    return [*filter(None, path.split('/'))]
