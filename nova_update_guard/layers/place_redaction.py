"""Redact the values of servers in documents that are no server's.

Pure: policy checks are passed in.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nova_update_guard.compute_api.place_routes import Place
from nova_update_guard.compute_api.places import (
    HOST,
    IN_PATH,
    ITSELF,
    NONE,
    Shown,
)
from nova_update_guard.compute_api.server_attributes import DROP, HOST_ID
from nova_update_guard.layers.keyed_hash import HostIdHasher

# Whether an attribute is shown, of the server with an id; without an id, of
# the server in the path; with NONE, of no server in particular.
Check = Callable[[str, str], bool]
Taken = dict[str, int]


def redact(
    data: bytes,
    place: Place,
    check: Check,
    hash_host_id: HostIdHasher | None,
) -> tuple[bytes, Taken]:
    """Return the body *data* redacted, and the attributes taken, with counts.

    *check* tells which attributes are shown. A host id is hashed by
    *hash_host_id*, if that is given, where the host is hidden. Raises
    ValueError or RecursionError for data that is not JSON.
    """
    whole = [json.loads(data)]
    taken: Taken = {}
    for row in place.rows:
        keys = row.path.split('.') if row.path else []
        # From the end, so that what is taken out moves nothing before it.
        for container, key in reversed([*_found(whole, 0, keys)]):
            for name in _changes(container, key, row, check, hash_host_id):
                taken[name] = taken.get(name, 0) + 1
    return (json.dumps(whole[0]).encode() if taken else data), taken


def _found(
    container: Any, key: Any, keys: list[str]
) -> Iterator[tuple[Any, Any]]:
    """Yield the documents below *key* of *container* at the path *keys*.

    Each as the container that holds it, and its key there.
    """
    if not keys:
        yield container, key
        return
    value, first = container[key], keys[0]
    for inner in _inner(value, first):
        yield from _found(value, inner, keys[1:])


def _inner(value: Any, name: str) -> Iterable[Any]:
    if isinstance(value, dict):
        return list(value) if name == '*' else [name] if name in value else []
    if isinstance(value, list) and name == '*':
        return range(len(value))
    return ()


def _changes(
    container: Any,
    place: Any,
    row: Shown,
    check: Check,
    hash_host_id: HostIdHasher | None,
) -> Iterator[str]:
    """Redact the document at *place* of *container*.

    Yield the attributes taken out.
    """
    document = container[place]
    key, value = row.only
    if key and not (isinstance(document, dict) and document.get(key) == value):
        return
    server = _server_of(document, row.server)
    for key, (attribute, hidden) in row.values.items():
        if key == ITSELF:
            if not check(attribute, server):
                _put(container, place, hidden)
                yield attribute
        elif isinstance(document, dict) and key in document:
            if not check(attribute, server):
                _put(document, key, hidden)
                yield attribute
            elif (
                key == HOST_ID
                and hash_host_id
                and document[key]
                and not check(HOST, server)
            ):
                document[key] = hash_host_id(str(document[key]))
                yield attribute


def _server_of(document: Any, key: str) -> str:
    """Return the id of the server that *document* is about."""
    if key == IN_PATH:
        return ''
    if key == NONE:
        return NONE
    found = document
    if key != ITSELF:
        found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, str) and found else NONE


def _put(container: Any, key: Any, value: object) -> None:
    if value is DROP:
        del container[key]
    else:
        container[key] = value
