"""Parse JSON as Python writes it, without changing a byte of it.

nova writes its responses with ``json.dumps``, which writes more than JSON
allows: half a surrogate pair, NaN, and lists nested as deep as the stack goes.
msgspec rejects these. This parser is slower, accepts the same language as
``json.loads`` and does not recurse. Its input is UTF-8.
"""

import functools
import json
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

if sys.version_info >= (3, 11):  # pragma: no cover
    import re
else:  # pragma: no cover
    # Possessive quantifiers are in Python's own re from 3.11 on.
    import regex as re

_NO_JSON = 'the text is not JSON'
_WHITESPACE = b' \t\n\r'
_COLON = b':' + _WHITESPACE
# No pattern here backtracks: ++ and *+ are possessive.
_SPACE = rb'[ \t\n\r]*+'
_STRING = rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_NUMBER = (
    rb'-?+(?:Infinity|(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+'
    rb'(?:[eE][-+]?+[0-9]++)?+)'
)
# A value with nothing inside of it, including an empty object or list.
_FLAT = rb'(?:%b|%b|NaN|true|false|null|\{%b\}|\[%b\])' % (
    *(_STRING, _NUMBER),
    *(_SPACE, _SPACE),
)
_COMMA = rb',%b' % _SPACE
_KEY = rb'%b%b:%b' % (_STRING, _SPACE, _SPACE)
# By the bracket that opens an object or list: the pattern before each value,
# and the pattern that closes it.
_BEFORE = {b'{': _KEY, b'[': b''}
_ENDS = {b'{': rb'\}', b'[': rb'\]'}

_KEY_OR_NONE = {
    bracket: re.compile(before) for bracket, before in _BEFORE.items()
}
_VALUE = re.compile(_FLAT)
_OPENS = re.compile(rb'(?P<opens>[\[{])%b' % _SPACE)
# After a value: a comma, or the closing bracket.
_AFTER = {
    bracket: re.compile(rb'%b(?:(?P<comma>%b)|%b)' % (_SPACE, _COMMA, end))
    for bracket, end in _ENDS.items()
}


def members(text: bytes) -> dict[str, Raw] | None:
    """Return the values of an object by key, None for any other value.

    If a key occurs twice, the last one counts, as in Python. Raises ValueError
    for a text that is not JSON.
    """
    text = text.strip(_WHITESPACE)
    if text.startswith(b'{'):
        return {json.loads(key): value for key, value in _parts(text)}
    if _end(text, 0) != len(text):
        raise ValueError(_NO_JSON)
    return None


def items(text: bytes) -> list[Raw]:
    """Return the items of a list. Raises ValueError if *text* is not JSON."""
    return [value for _, value in _parts(text.strip(_WHITESPACE))]


def value(raw: Raw) -> Any:
    """Return *raw* as a Python value.

    Raises ValueError if Python has no such value: it is nested too deeply, or
    a number with too many digits.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        # Not JSON for msgspec, or a number out of its range.
        text = str(bytes(raw), 'utf-8')
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError('nested too deeply') from error


def written(found: Any) -> bytes:
    """Return *found* as JSON bytes, with each Raw in it unchanged."""
    if isinstance(found, Raw):
        return bytes(found)
    if isinstance(found, dict):
        pairs = (
            json.dumps(key).encode() + b':' + written(each)
            for key, each in found.items()
        )
        return b'{' + b','.join(pairs) + b'}'
    if isinstance(found, list):
        return b'[' + b','.join(map(written, found)) + b']'
    return json.dumps(found).encode()


def _parts(text: bytes) -> Iterator[tuple[bytes, Raw]]:
    """Yield key and value of each member; the keys of a list's are empty.

    Raises ValueError, perhaps after the first members.
    """
    if _VALUE.fullmatch(text):
        return
    opens = _matched(_OPENS, text, 0)
    bracket = opens['opens']
    place, is_more = opens.end(), True
    while is_more:
        key = _matched(_KEY_OR_NONE[bracket], text, place)
        end = _end(text, key.end())
        yield key[0].rstrip(_COLON), Raw(text[key.end() : end])
        after = _matched(_AFTER[bracket], text, end)
        place, is_more = after.end(), bool(after['comma'])
    if place != len(text):
        raise ValueError(_NO_JSON)


@functools.cache
def _rest(bracket: bytes) -> re.Pattern[bytes]:
    """Return a pattern for the rest of an object or list.

    It matches up to the end, or to the next bracket that opens inside. It is
    compiled on first use: that takes longer than the import of the module.
    """
    key, end = _BEFORE[bracket], _ENDS[bracket]
    flat = rb'%b%b%b' % (key, _FLAT, _SPACE)
    return re.compile(
        rb'(?:%b%b)*+(?:%b%b|%b(?P<opens>[\[{])%b)'
        % (flat, _COMMA, flat, end, key, _SPACE)
    )


def _end(text: bytes, place: int) -> int:
    """Return the position at which the value that begins at *place* ends.

    Raises ValueError.
    """
    if flat := _VALUE.match(text, place):
        return flat.end()
    opens = _matched(_OPENS, text, place)
    # The opening brackets that are not closed yet, the innermost last.
    within, place = [opens['opens']], opens.end()
    while within:
        rest = _matched(_rest(within[-1]), text, place)
        place = rest.end()
        if rest['opens']:
            within.append(rest['opens'])
        else:
            within.pop()
            place = _closed(text, place, within)
    return place


def _closed(text: bytes, place: int, within: list[bytes]) -> int:
    """Close all objects and lists that end after the value before *place*.

    Return the position where the next value begins, or where the last of them
    has ended.
    """
    is_over = True
    while within and is_over:
        after = _matched(_AFTER[within[-1]], text, place)
        place, is_over = after.end(), not after['comma']
        if is_over:
            within.pop()
    return place


def _matched(
    pattern: re.Pattern[bytes], text: bytes, place: int
) -> re.Match[bytes]:
    match = pattern.match(text, place)
    if match is None:
        raise ValueError(_NO_JSON)
    return match
