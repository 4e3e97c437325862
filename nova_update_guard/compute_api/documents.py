"""Find server documents, and documents nested in them, in responses.

The values of a document stay the bytes that nova wrote: most are only passed
on, and a value that is not inspected is not parsed. msgspec parses; where it
rejects JSON that Python writes, python_json takes over.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from nova_update_guard.compute_api import python_json

# By key, the bytes of each value, or the value that replaces it.
Document = dict[str, Any]

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])
# One server as nova writes it, decoded in one call: most responses are that.
_ONE = msgspec.json.Decoder(dict[str, dict[str, Raw]])
_ONE_BEGINS = b'{"server": {'
_OBJECT_BEGINS, _LIST_BEGINS = b'{['
_OBJECTS = msgspec.json.Decoder(list[dict[str, Raw]])
_LABELLED = msgspec.json.Decoder(dict[str, list[dict[str, Raw]]])
# Raised by msgspec for JSON that it rejects, or that has another type.
_REFUSED = (msgspec.DecodeError, RecursionError)


# Of a list, so many servers are parsed at a time: with a thousand, allocating
# memory for all of them takes longer than the work.
_BATCH = 16


class Found(NamedTuple):
    """A parsed response; *servers* is None if it is about something else.

    *servers* are *number* parts of *whole*. They can be iterated once, and
    changes are in *whole* then.
    """

    whole: Document
    servers: Iterable[Document] | None
    number: int


NOTHING = Found({}, None, 0)


class Parsed(Mapping[str, Any]):
    """A document that parses each value when it is first read.

    Reading a value that Python cannot represent raises KeyError: see
    python_json.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._values: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._values:
            try:
                self._values[key] = python_json.value(self._document[key])
            except ValueError as error:
                raise KeyError(key) from error
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)


def read(data: bytes) -> Found:
    """Parse the response body *data*, which is JSON or empty.

    Raises ValueError for data that is not JSON in UTF-8, and for a response
    that has something like servers in their place, but nothing that could be
    redacted.
    """
    if not data:
        return NOTHING
    whole: Document | None
    try:
        # The bytes of a value are not decoded after this.
        str(data, 'utf-8')
        if found := _one_server(data):
            return found
        whole = _OBJECT.decode(data)
    except _REFUSED:
        whole = python_json.members(data)
    if whole is None:
        # JSON, but not an object: it holds no server.
        return NOTHING
    servers = _servers(whole)
    if servers is None:
        return Found(whole, None, 0)
    one, listed = servers
    batched = itertools.chain.from_iterable(_batches(listed))
    every = itertools.chain(one, batched)
    return Found(whole, every, len(one) + len(listed))


def written(whole: Any) -> bytes:
    """Return a response, or a part of one, as JSON bytes."""
    try:
        return msgspec.json.encode(whole)
    except UnicodeEncodeError:
        # A key has half a surrogate pair.
        return python_json.written(whole)


def opened(raw: Raw, labelled: bool) -> Any:
    """Parse *raw*, with the objects in it as documents.

    They are the object itself, or the objects in a list; if *labelled*, the
    lists are the values of an object whose keys are labels, as in addresses.
    Any other value is returned unchanged.
    """
    begins = _begins(raw)
    try:
        if begins == _LIST_BEGINS:
            return _OBJECTS.decode(raw)
        if begins == _OBJECT_BEGINS:
            return (_LABELLED if labelled else _OBJECT).decode(raw)
    except _REFUSED:
        return _opened_apart(raw, labelled)
    return raw


def inner(value: Any, labelled: bool) -> Iterator[Document]:
    """Yield the documents in *value*, a result of :func:`opened`."""
    if labelled and isinstance(value, dict):
        for listed in value.values():
            yield from inner(listed, labelled=False)
    elif isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (listed for listed in value if isinstance(listed, dict))


def _one_server(data: bytes) -> Found | None:
    """Parse a response that is one server as nova writes it; most are.

    Return None for any other, which needs the general parser.
    """
    if not data.startswith(_ONE_BEGINS):
        return None
    try:
        whole = _ONE.decode(data)
    except msgspec.ValidationError:
        return None
    is_all = whole.keys() == {'server'}
    return Found(whole, [whole['server']], 1) if is_all else None


def _servers(whole: Document) -> tuple[list[Document], list[Any]] | None:
    """Return the one server, if any, and the raw ones of a list."""
    one: list[Any] = []
    if 'server' in whole:
        whole['server'] = _object(whole['server'])
        one = [whole['server']]
    listed = _listed(whole) if 'servers' in whole else []
    begins = {_begins(each) for each in (*one, *listed)}
    if begins <= {_OBJECT_BEGINS}:
        found = {'server', 'servers'} & whole.keys()
        return (one, listed) if found else None
    if begins & {_OBJECT_BEGINS, _LIST_BEGINS}:
        raise ValueError('a server is not a JSON object')
    # A key of that name in a map of strings, such as extra specs.
    return None


def _batches(listed: list[Any]) -> Iterator[list[Document]]:
    """Yield the documents in *listed*, and put them back after their use."""
    for start in range(0, len(listed), _BATCH):
        place = slice(start, start + _BATCH)
        batch = [_members(raw) for raw in listed[place]]
        yield batch
        listed[place] = [Raw(written(document)) for document in batch]


def _listed(whole: Document) -> list[Any]:
    """Return the items of the list of servers, or the value in its place."""
    value = whole['servers']
    begins = _begins(value)
    if begins == _OBJECT_BEGINS:
        # nova never sends an object in place of the list, so it is not a
        # server.
        raise ValueError('servers are not a JSON array')
    if begins != _LIST_BEGINS:
        return [value]
    listed = whole['servers'] = _items(value)
    return listed


def _opened_apart(raw: Raw, labelled: bool) -> Any:
    """Parse like :func:`opened`, item by item, where msgspec rejects *raw*."""
    if _begins(raw) == _LIST_BEGINS:
        return [_object(each) for each in _items(raw)]
    whole = _members(raw)
    if not labelled:
        return whole
    return {key: opened(each, False) for key, each in whole.items()}


def _object(value: Any) -> Any:
    """Return a JSON object as a document, any other value unchanged."""
    is_object = isinstance(value, Raw) and _begins(value) == _OBJECT_BEGINS
    return _members(value) if is_object else value


def _members(raw: Raw) -> Document:
    """Return the object *raw* as a document, also if msgspec rejects it."""
    try:
        return _OBJECT.decode(raw)
    except _REFUSED:
        return python_json.members(bytes(raw)) or {}


def _items(raw: Raw) -> list[Any]:
    """Return the items of the list *raw*, also if msgspec rejects it."""
    try:
        return _LIST.decode(raw)
    except _REFUSED:
        return python_json.items(bytes(raw))


def _begins(value: Any) -> int:
    """Return the first byte of a value, parsed or not."""
    if isinstance(value, dict):
        return _OBJECT_BEGINS
    return memoryview(value)[0]
