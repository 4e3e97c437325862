"""Recognise the requests that the guard must check, in every spelling.

nova drops repeated slashes, mounts its routes under any prefix and accepts any
id. For a path that is recognised here and not routed there, nova responds with
404 after the check; the reverse would be a way around the guard.

Source: ``nova.api.openstack.urlmap``, ``nova.api.openstack.compute.routes``
and ``routes.middleware`` as nova 34 uses them.
"""

import functools
import itertools
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from nova_update_guard.bounded_cache import MAX_KEY
from nova_update_guard.compute_api import paths, place_routes
from nova_update_guard.compute_api.paths import segments_of
from nova_update_guard.compute_api.place_routes import Place

# The names of nova's servers in a path. It serves the same controller,
# including update, as os-volumes_boot until microversion 2.102.
_COLLECTIONS = ('servers', 'os-volumes_boot')
# Those in which nova shows servers, or values of them.
_CONCERNED = (*_COLLECTIONS, *(place_routes.COLLECTIONS - {'servers'}))

# nova's own pattern of a project's id in a path.
_PROJECT = re.compile(r'[0-9a-f-]+\Z')
_VERSION = re.compile(r'v[0-9.]+\Z')

# The guard's own resource below a server. Only paths that no route of nova's
# matches, in any spelling: what else ends in this name is nova's.
PERMISSIONS = 'os-update-guard'
_PERMISSIONS = re.compile(
    r'((?:(?:/[\w-]+)*/v2(?:\.1)?)?(?:/[0-9a-f-]+)?'
    rf'/servers/(?!(?:servers|detail)/)[A-Za-z0-9-]+)/{PERMISSIONS}',
    re.ASCII,
)


class Route(NamedTuple):
    """The classification of a request, as wide as nova could read it.

    operation        ``update``, ``action``, ``create``, ``read`` or ``other``;
                     empty if it cannot carry a server document;
                     ``permissions/read`` or ``permissions/other`` for the
                     guard's own resource
    overrides_method whether the query changes the method
    is_list          whether it is a list of servers
    place            the place that shows values of servers, if it is one
    is_due           whether a 2xx response must be a server document
    """

    operation: str
    overrides_method: bool = False
    is_list: bool = False
    place: Place | None = None
    is_due: bool = False


_ELSEWHERE = Route('')


def recognise(method: str, path: str, query: str) -> Route:
    """Classify a request, as widely as nova could read it.

    *path* is decoded (``PATH_INFO``), *query* is not.
    """
    overrides = overrides_method(query)
    find = _known if len(method + path) <= MAX_KEY else _route
    return find(method, path, overrides)


def _route(method: str, path: str, overrides: bool) -> Route:
    if not (overrides or is_concerned(path)):
        return _ELSEWHERE
    segments = segments_of(path)
    found = place_routes.find(method, segments)
    is_due = is_document_due(method, path)
    # A name right below the servers is, to nova, the id of one.
    if found and ''.join(segments[: found[1]][-1:]) in _COLLECTIONS:
        found = None if is_due else found
    return Route(
        'other' if overrides else _operation(method, path, segments),
        overrides,
        # Of a hypervisor's servers, nova's query has no filter.
        not found and _is_list(method, segments),
        found[0] if found else None,
        is_due,
    )


# Clients can send any path here; most ask for the same ones again and again.
_known = functools.lru_cache(maxsize=2048)(_route)


def _operation(method: str, path: str, segments: list[str]) -> str:
    if method in ('GET', 'HEAD'):
        operation = 'read'
    elif _is_update(method, segments):
        return 'update'
    elif _is_action(method, segments):
        return 'action'
    elif _is_create(method, segments):
        return 'create'
    else:
        operation = 'other'
    if path.endswith(PERMISSIONS) and _PERMISSIONS.fullmatch(path):
        return f'permissions/{operation}'
    return operation


def is_concerned(path: str) -> bool:
    """Return whether a response on *path* can carry values of servers.

    *path* is the request's, already decoded (``PATH_INFO``). A substring
    search also covers other paths that nova's patterns accept, such as one
    with a newline at the end.
    """
    for name in _CONCERNED:  # noqa: SIM110 (any() takes twice as long)
        if name in path:
            return True
    return False


def _is_update(method: str, segments: list[str]) -> bool:
    return method.upper() == 'PUT' and ''.join(segments[-2:-1]) in _COLLECTIONS


def _is_list(method: str, segments: list[str]) -> bool:
    if method.upper() != 'GET':
        return False
    # nova's patterns accept a newline at the end.
    stripped = [segment.strip() for segment in segments]
    if stripped[-1:] == ['detail']:
        stripped.pop()
    return ''.join(stripped[-1:]) in _COLLECTIONS


def _is_action(method: str, segments: list[str]) -> bool:
    # nova's pattern accepts one newline at the end.
    if method.upper() != 'POST':
        return False
    return (
        segments[-1:] in (['action'], ['action\n'])
        and ''.join(segments[-3:-2]) in _COLLECTIONS
    )


def _is_create(method: str, segments: list[str]) -> bool:
    # nova's pattern accepts one newline at the end.
    return method.upper() == 'POST' and (
        ''.join(segments[-1:]).removesuffix('\n') in _COLLECTIONS
    )


def server_id(path: str) -> str | None:
    """Return the id of the server in a request's *path*, if there is one."""
    segments = segments_of(path)
    # nova's patterns accept one newline at the end: it is not part of the id.
    segments[-1:] = [last.removesuffix('\n') or last for last in segments[-1:]]
    for above, below in itertools.pairwise(segments):
        if above in _COLLECTIONS:
            return None if below == 'detail' else below
    return None


def show_path(path: str) -> str:
    """Return the path of the GET for the server of a request.

    The request is an update, an action or one for the guard's own resource.

    The path is valid at every version: nova serves the other collection only
    until one of them, and only version 2.0 below ``/v2``.
    """
    own = _PERMISSIONS.fullmatch(path)
    segments = segments_of(own[1] if own else path)
    if paths.is_legacy_v2(path):
        segments[segments.index('v2')] = 'v2.1'
    if _is_action('POST', segments):
        del segments[-1]
    above, server = segments[:-2], segments[-1]
    return '/'.join(['', *above, _COLLECTIONS[0], server])


def server_path(path: str, server_id: str) -> str:
    """Return the path of the GET for the server with *server_id*.

    *path* is that of any request to the same nova.
    """
    segments = segments_of(path)
    found = place_routes.find('GET', segments) or place_routes.find(
        'POST', segments
    )
    names = (name for name in segments if name in _COLLECTIONS)
    start = found[1] if found else segments.index(next(names))
    if paths.is_legacy_v2(path):
        segments[segments.index('v2')] = 'v2.1'
    return '/'.join(['', *segments[:start], _COLLECTIONS[0], server_id])


def is_document_due(method: str, path: str) -> bool:
    """Return whether a 2xx response must be a server document.

    True for show, list, detail and update where nova routes them: other
    resources have a key or a tag that is called ``servers``. Any other
    response with a server is recognised by its content.
    """
    segments = segments_of(path)
    names = [name for name in _COLLECTIONS if name in segments]
    place = min(map(segments.index, names), default=len(segments))
    below = len(segments) - place - 1
    return (
        below >= 0
        and _is_root(segments[:place])
        and (
            (method == 'GET' and below <= 1)
            or (method == 'PUT' and below == 1)
        )
    )


def _is_root(segments: list[str]) -> bool:
    """Return whether *segments* can precede a collection of nova's.

    They are a version, a project's id, both, or nothing: in nova's own
    pipeline the version has been removed from the path.
    """
    if segments and _PROJECT.match(segments[-1]):
        segments = segments[:-1]
    return not segments or bool(_VERSION.match(segments[-1]))


def overrides_method(query: str) -> bool:
    """Return whether *query* has the key by which Routes changes a method.

    Any key that decodes to ``_method`` does. Pairs end at ``&`` or ``;``, and
    bytes that are not UTF-8 are ignored, as in webob.
    """
    if 'method' not in query and '%' not in query:
        return False
    keys = (pair.partition('=')[0] for pair in re.split('[&;]', query))
    return any(_decoded(key) == '_method' for key in keys)


def _decoded(key: str) -> str:
    return unquote_to_bytes(key.encode('latin-1')).decode('utf-8', 'ignore')
