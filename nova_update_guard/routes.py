"""Which requests are the guard's business, recognised in every spelling.

nova drops repeated slashes, mounts its routes under any prefix and takes any
id. What is recognised here and not routed there is answered 404 by nova after
the check; the other way round would be a way around the guard.

Source: ``nova.api.openstack.urlmap``, ``nova.api.openstack.compute.routes``
and ``routes.middleware`` as nova 34 uses them.
"""

import re
from urllib.parse import unquote_to_bytes


def is_concerned(path: str) -> bool:
    """Tell whether an answer on *path* can carry server documents.

    *path* is the request's, already decoded (``PATH_INFO``). A look for the
    word covers what nova's patterns let through besides, such as a newline
    at the end.
    """
    return 'servers' in path


def is_update(method: str, path: str) -> bool:
    """Tell whether nova could take this request for an update of a server."""
    return method.upper() == 'PUT' and _segments(path)[-2:-1] == ['servers']


def is_document_due(method: str, path: str) -> bool:
    """Tell whether a 2xx answer must be a server document.

    True for show, list, detail and update. Other answers of the family may
    be one, which only the answer itself can tell.
    """
    segments = _segments(path)
    if segments[-1:] == ['servers']:
        # /os-hypervisors/{id}/servers lists hypervisors.
        return method == 'GET' and segments[-3:-2] != ['os-hypervisors']
    return method in ('GET', 'PUT') and segments[-2:-1] == ['servers']


def overrides_method(query: str) -> bool:
    """Tell whether *query* holds the key by which Routes changes a method.

    Any key that decodes to ``_method`` does. Pairs end at ``&`` or ``;``,
    and bytes that are not UTF-8 are passed over, as webob does either.
    """
    if 'method' not in query and '%' not in query:
        return False
    keys = (pair.partition('=')[0] for pair in re.split('[&;]', query))
    return any(_decoded(key) == '_method' for key in keys)


def _decoded(key: str) -> str:
    return unquote_to_bytes(key.encode('latin-1')).decode('utf-8', 'ignore')


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split('/') if segment]
