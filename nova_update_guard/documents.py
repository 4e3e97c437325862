"""Where nova's answers hold servers, and servers hold more documents.

A document's values stay the bytes that nova wrote: most are only passed on,
and what is not looked at need not be taken apart.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

# By key, the bytes of each value; or what has taken their place.
Document = dict[str, Any]

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])
# One server as nova writes it, which is most answers, in one go.
_SHOWN = msgspec.json.Decoder(dict[str, dict[str, Raw]])
_SHOWN_BEGINS = b'{"server": {'
_OBJECT_BEGINS, _LIST_BEGINS = b'{['
_OBJECTS = msgspec.json.Decoder(list[dict[str, Raw]])
_LABELLED = msgspec.json.Decoder(dict[str, list[dict[str, Raw]]])


class Servers:
    """The server documents of an answer: *shown*, and then those *listed*.

    What is changed of one is in the answer when the next is asked for. Only
    one of those listed is taken apart at a time: with a thousand, making room
    for all of them takes longer than the work.
    """

    def __init__(self, shown: list[Document], listed: list[Any]) -> None:
        self._shown = shown
        self._listed = listed

    def __len__(self) -> int:
        return len(self._shown) + len(self._listed)

    def __iter__(self) -> Iterator[Document]:
        yield from self._shown
        for place, raw in enumerate(self._listed):
            document = _OBJECT.decode(raw)
            yield document
            self._listed[place] = Raw(msgspec.json.encode(document))


class Found(NamedTuple):
    """An answer: *servers* are None, where it is about something else.

    Both they and the *events* of an instance action are parts of *whole*.
    """

    whole: Document
    servers: Servers | list[Document] | None
    events: list[Document]


NOTHING = Found({}, None, [])


class Parsed(Mapping[str, Any]):
    """A document whose values are parsed when they are asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._values: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._values:
            self._values[key] = msgspec.json.decode(self._document[key])
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)


def read(data: bytes) -> Found:
    """Return what is in the answer *data*, a JSON text or nothing at all.

    Raises ValueError for what is no JSON in UTF-8, and for an answer that
    holds something like servers where they stand, but is none that could be
    redacted.
    """
    if not data:
        return NOTHING
    try:
        # The bytes of a value are not looked at any more.
        str(data, 'utf-8')
        if shown := _shown(data):
            return shown
        whole = _OBJECT.decode(data)
    except msgspec.ValidationError:
        return _read_other(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError('the answer is no JSON') from error
    return Found(whole, _servers(whole), _events(whole))


def written(whole: Document) -> bytes:
    """Return the bytes of an answer."""
    return msgspec.json.encode(whole)


def opened(raw: Raw, labelled: bool) -> Any:
    """Return what *raw* is, the objects in it as documents.

    Those are itself, or those listed in it; under *labelled* ones the lists
    stand behind labels, as addresses do. All else stays as it is.
    """
    start = bytes(memoryview(raw)[:1])
    try:
        if start == b'[':
            return _OBJECTS.decode(raw)
        if start == b'{':
            return (_LABELLED if labelled else _OBJECT).decode(raw)
    except msgspec.ValidationError:
        if start == b'[':
            return [_object(each) for each in _LIST.decode(raw)]
        whole = _OBJECT.decode(raw)
        return {key: opened(each, False) for key, each in whole.items()}
    return raw


def inner(value: Any, labelled: bool) -> Iterator[Document]:
    """Yield the documents in what was *opened*."""
    if labelled and isinstance(value, dict):
        for listed in value.values():
            yield from inner(listed, labelled=False)
    elif isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (listed for listed in value if isinstance(listed, dict))


def _shown(data: bytes) -> Found | None:
    """Return an answer that is one server, as nova writes it; most are.

    Others have to be looked into.
    """
    if not data.startswith(_SHOWN_BEGINS):
        return None
    try:
        whole = _SHOWN.decode(data)
    except msgspec.ValidationError:
        return None
    is_all = whole.keys() == {'server'}
    return Found(whole, [whole['server']], []) if is_all else None


def _read_other(data: bytes) -> Found:
    """Return what is in JSON that is no object: nothing that is ours."""
    try:
        msgspec.json.decode(data, type=Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError('the answer is no JSON') from error
    return NOTHING


def _servers(whole: Document) -> Servers | None:
    shown: list[Any] = []
    listed: list[Any] = []
    if 'server' in whole:
        whole['server'] = _object(whole['server'])
        shown = [whole['server']]
    if 'servers' in whole:
        listed = _listed(whole)
    begins = {_begins(each) for each in (*shown, *listed)}
    if begins <= {_OBJECT_BEGINS}:
        found = {'server', 'servers'} & whole.keys()
        return Servers(shown, listed) if found else None
    if begins & {_OBJECT_BEGINS, _LIST_BEGINS}:
        raise ValueError('a server is not a JSON object')
    # A key of that name in a map of texts: extra specs, say.
    return None


def _listed(whole: Document) -> list[Any]:
    """Return what stands in the list of servers, or instead of it."""
    value = whole['servers']
    begins = _begins(value)
    if begins == _OBJECT_BEGINS:
        # Where a list belongs it is no answer of nova's, so no server.
        raise ValueError('servers are not a JSON array')
    if begins != _LIST_BEGINS:
        return [value]
    listed = whole['servers'] = _LIST.decode(value)
    return listed


def _events(whole: Document) -> list[Document]:
    if 'instanceAction' not in whole:
        return []
    action = whole['instanceAction'] = _object(whole['instanceAction'])
    if not isinstance(action, dict) or 'events' not in action:
        return []
    action['events'] = _opened(action['events'])
    return list(inner(action['events'], labelled=False))


def _opened(value: Any) -> Any:
    return opened(value, labelled=False) if isinstance(value, Raw) else value


def _object(value: Any) -> Any:
    """Return an object as a document, and all else as it is."""
    is_object = isinstance(value, Raw) and _begins(value) == _OBJECT_BEGINS
    return _OBJECT.decode(value) if is_object else value


def _begins(value: Any) -> int:
    """Return the first byte of a value, be it taken apart or not."""
    if isinstance(value, dict):
        return _OBJECT_BEGINS
    return memoryview(value)[0]
