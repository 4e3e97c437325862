"""Find one attribute in a response of nova."""

import copy
from collections.abc import Iterator
from typing import Any


def servers_in(document: Any) -> list[Any]:
    """Return the servers of an answer."""
    return document.get('servers') or [document['server']]


def values(attribute: str, document: Any) -> list[Any]:
    """Return each value of *attribute*, as in ``fault.message``."""
    *_, name = attribute.split('.')
    return [owner[name] for owner in owners(attribute, document)]


def without(attribute: str, document: Any) -> Any:
    """Return a copy of *document* that lacks *attribute*."""
    *_, name = attribute.split('.')
    document = copy.deepcopy(document)
    for owner in owners(attribute, document):
        del owner[name]
    return document


def owners(attribute: str, document: Any) -> Iterator[Any]:
    """Yield the objects that have *attribute*, wherever they are."""
    *parents, name = attribute.split('.')
    found = servers_in(document)
    for parent in parents:
        found = [_[parent] for _ in found if _.get(parent)]
        # Under addresses are lists, behind the names of networks.
        if parent == 'addresses':
            found = [_ for nets in found for net in nets.values() for _ in net]
    yield from (owner for owner in found if name in owner)


def shape(value: Any) -> Any:
    """Return *value* with all its keys and none of its values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return None
