"""Where nova's answers hold servers, and servers hold more documents."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]


def servers_in(document: object) -> list[Document] | None:
    """Return the servers of nova's answer, or None if it is no such answer.

    Raises ValueError for an answer that holds something like servers where
    they stand, but is none that could be redacted.
    """
    if not isinstance(document, dict):
        return None
    found = [document['server']] if 'server' in document else []
    found += _listed(document['servers']) if 'servers' in document else []
    if all(isinstance(server, dict) for server in found):
        return found if {'server', 'servers'} & document.keys() else None
    if any(isinstance(server, dict | list) for server in found):
        raise ValueError('a server is not a JSON object')
    # A key of that name in a map of texts: extra specs, say.
    return None


def events_in(document: object) -> list[Document]:
    """Return the events of an instance action, if that is nova's answer."""
    action: object = {}
    if isinstance(document, dict):
        action = document.get('instanceAction')
    events = action.get('events') if isinstance(action, dict) else None
    return list(inner(events, labelled=False))


def _listed(servers: Any) -> list[Any]:
    # One object where a list belongs is no answer of nova's, so no server.
    if isinstance(servers, dict):
        return [[servers]]
    return servers if isinstance(servers, list) else [servers]


def inner(value: Any, labelled: bool) -> Iterator[Document]:
    """Yield the JSON objects in *value*: itself, or those listed in it.

    Under *labelled* ones the lists stand behind labels, as addresses do.
    """
    if labelled and isinstance(value, dict):
        for listed in value.values():
            yield from inner(listed, labelled=False)
    elif isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (listed for listed in value if isinstance(listed, dict))
