"""JSON as Python writes it, taken apart without a byte of it changed.

``json.dumps``, by which nova answers, writes more than JSON has: half a
surrogate pair, NaN, and lists in lists as deep as the stack goes. msgspec
refuses that. This reader is slower, takes the same language as ``json.loads``
and needs no stack. Its texts are UTF-8.
"""

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Raw

_NO_JSON = 'the text is no JSON'
_WHITESPACE = b' \t\n\r'
_COLON = b':' + _WHITESPACE
# No pattern here tries twice: ++ and *+ keep what they have taken.
_SPACE = rb'[ \t\n\r]*+'
_STRING = rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_NUMBER = (
    rb'-?+(?:Infinity|(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+'
    rb'(?:[eE][-+]?+[0-9]++)?+)'
)
# What has nothing inside of it, an empty object or list included.
_FLAT = rb'(?:%b|%b|NaN|true|false|null|\{%b\}|\[%b\])' % (
    *(_STRING, _NUMBER),
    *(_SPACE, _SPACE),
)
_COMMA = rb',%b' % _SPACE
_KEY = rb'%b%b:%b' % (_STRING, _SPACE, _SPACE)
# By the bracket that opens an object or list: what stands before each value,
# and what ends it.
_BEFORE = {b'{': _KEY, b'[': b''}
_ENDS = {b'{': rb'\}', b'[': rb'\]'}

_KEY_OR_NONE = {
    bracket: re.compile(before) for bracket, before in _BEFORE.items()
}
_VALUE = re.compile(_FLAT)
_OPENS = re.compile(rb'(?P<opens>[\[{])%b' % _SPACE)
# After a value: a comma and more, or the end.
_AFTER = {
    bracket: re.compile(rb'%b(?:(?P<comma>%b)|%b)' % (_SPACE, _COMMA, end))
    for bracket, end in _ENDS.items()
}


def members(text: bytes) -> dict[str, Raw] | None:
    """Return the values of an object by key, None for any other value.

    Of two equal keys the last counts, as in Python. Raises ValueError for
    what is no JSON.
    """
    text = text.strip(_WHITESPACE)
    if text.startswith(b'{'):
        return {json.loads(key): value for key, value in _parts(text)}
    if _end(text, 0) != len(text):
        raise ValueError(_NO_JSON)
    return None


def items(text: bytes) -> list[Raw]:
    """Return what a list holds. Raises ValueError for what is no JSON."""
    return [value for _, value in _parts(text.strip(_WHITESPACE))]


def value(raw: Raw) -> Any:
    """Return *raw* as Python has it.

    Raises ValueError for what Python has no value for: too deep, or a number
    of more digits than it takes.
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
    """Return *found* as JSON; each Raw in it as it is."""
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
    """Yield key and value of what is in an object; in a list keys are empty.

    Raises ValueError, perhaps after the first of them.
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

    Up to its end, or to the bracket of what opens inside of it. Only made
    when it is needed: that takes longer than the import of the module.
    """
    key, end = _BEFORE[bracket], _ENDS[bracket]
    flat = rb'%b%b%b' % (key, _FLAT, _SPACE)
    return re.compile(
        rb'(?:%b%b)*+(?:%b%b|%b(?P<opens>[\[{])%b)'
        % (flat, _COMMA, flat, end, key, _SPACE)
    )


def _end(text: bytes, place: int) -> int:
    """Return where the value ends that begins at *place*.

    Raises ValueError.
    """
    if flat := _VALUE.match(text, place):
        return flat.end()
    opens = _matched(_OPENS, text, place)
    # The brackets of what is open, the innermost last.
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
    """Close what ends after the value that ends at *place*.

    Return where the next value begins, or the last of them has ended.
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
