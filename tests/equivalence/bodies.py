r"""Updates as bytes: documents of every kind, and malformed ones.

A body is put together from pieces of JSON text, not from values, so that a
number, an escape or a key can be spelled in every way.
"""

import functools
import itertools
import json
import sys
import unicodedata
from typing import Any, NamedTuple

from hypothesis import strategies as st

from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from tests.equivalence import model, picks, wire
from tests.equivalence.picks import Picks

# The length that the request tells of its body.
LENGTHS = ['right', 'none', 'chunked', 'short', 'long', 'empty']
TYPES = [
    'application/json',
    *(None, '', 'text/plain', 'application/vnd.openstack.compute+json'),
    *('application/json; charset=utf-8', 'application/json;charset=utf-16'),
    *('APPLICATION/JSON', 'application/xml', 'text/json', 'application/JSON'),
    *(' application/json', 'application/json ', 'application/json ;a=b', ';'),
    *('application/x-www-form-urlencoded', 'application/json,text/plain'),
]
# How, and in which type: nearly always the usual.
SENDINGS = [(LENGTHS[0], TYPES[0])] * 1000 + list(
    itertools.product(LENGTHS, TYPES)
)

FIELDS = [
    *('name', 'accessIPv4', 'accessIPv6', 'OS-DCF:diskConfig', 'description'),
    *('hostname', 'pinned_availability_zone'),
]
OTHER_FIELDS = [
    *('metadata', 'Name', 'x', '', 'id', 'name ', 'user_data', 'server'),
    *('locked', 'n\u00e4me', 'name\n', 'personality', 'tags', 'key_name'),
]
KEYS = [json.dumps(name) for name in FIELDS] * 30 + [
    *map(json.dumps, OTHER_FIELDS),
    *('"\\u006eame"', '"na\\u006De"', '"host\\u006eame"', '"name\\u0000"'),
    *('"\\ud800"', "'name'", 'name', '"n\\/ame"', '1', 'null', '"name', '""'),
]

LENGTHS_OF_TEXT = [1, 2, 3, 0, 62, 63, 64, 254, 255, 256, 1000]


def _one_of_each() -> list[str]:
    """Return some characters of every category, and those at the edges."""
    by_category: dict[str, list[str]] = {}
    for char in map(chr, range(sys.maxunicode + 1)):
        by_category.setdefault(unicodedata.category(char), []).append(char)
    return [
        char
        for chars in by_category.values()
        for char in {*chars[:6], *chars[-3:], chars[len(chars) // 2]}
    ]


CHARS = [
    *('a', 'A', '0', '-', '.', '_', ' ', '\n', '\t', '\r', '\x00', '\x7f'),
    *('\xa0', '\xad', '\u200b', '\u2028', '\u3000', '\ud800', '\ufffd'),
    *('\ufeff', '\ufffe', '\uffff', '\U00010000', '\x85', '\u0301', '"'),
    *sorted(_one_of_each()),
]
PLAIN = [*'aaaaaabZ9- é', '\U0001f600']
EXACT = [
    *('AUTO', 'MANUAL', 'auto', 'AUTO ', 'AUTO\n', '192.0.2.1', '1.2.3.4'),
    *('192.0.2.01', '1.2.3', '::1', '::', '2001:db8::1', 'fe80::1%eth0'),
    *('::ffff:192.0.2.1', '192.0.2.1/24', '\uff11.2.3.4', '1.2.3.4\n', ':::'),
    *('256.1.1.1', '0.0.0.0', '1.2.3.4.5', ' ::1', '::1\n', '1::2::3', '1'),
    *('2001:DB8::A', '::g', '0x1.2.3.4', '1.2.3.4 ', 'a.b', 'a-b', 'a-', '-'),
    *('a.b.', 'a_b', '.', '--', 'A1', 'nova', 'az:host', 'true', 'null'),
]
NOT_TEXT = [
    *('null', 'true', 'false', '0', '1', '-1', '1.5', '[]', '{}', '["a"]'),
    *('{"a": "b"}', '1.0', '-0', '1e5', '1E400', '-1e400', 'NaN', '1e-400'),
    *('Infinity', '-Infinity', '01', '+1', '.5', '1.', '0x1', '1_0', 'nan'),
    *('9' * 30, '9' * 4300, '9' * 4301, '1.' + '9' * 400, 'True', 'None'),
    *('[null, true]', '{"a": {"a": 1, "a": 2}}', '[NaN]', '"a" "b"', '', '/'),
    *('[' * 60 + ']' * 60, '{"a":' * 60 + '1' + '}' * 60, "'a'", 'undefined'),
    *('"\\x41"', '"\\u00"', '"\\ud800\\udc00"', '"\\ud800"', '"\\udc00"'),
    *('"\\u0061"', '"\\u000a"', '"ab\\n"', '"a\\/b"', '"\\b"', '"a', 'a"'),
    *('"a\tb"', '"a\nb"', '"\\U0061"', '"\\u0000"', '"\\uFEFF"', '"\\\\"'),
]
WHERE = ['', '', '', 'start', 'end', 'middle', 'both', 'other']
DEEP = ['[' * 100_000, '[' * 50_000 + ']' * 50_000, '{"a":' * 20_000]

AROUND = [
    '{"server": {%s}}',
    *['{"server": {%s}}'] * 150,
    *('{ "server" :\n{\t%s } }\r\n', '{"server":{%s}} ', ' {"server": {%s}}'),
    *('{"server": {%s}, "x": 1}', '{"x": 1, "server": {%s}}', '{%s}', '%s'),
    *('{"server": [{%s}]}', '[{"server": {%s}}]', '{"servers": {%s}}'),
    *(
        '{"server": {%s}}}',
        '{"server": {%s}',
        '{"server": {%s},}',
        '{"server": {%s,}}',
        '{"server": {,%s}}',
        '{"server": {%s}} x',
        '{"server": {%s}}null',
    ),
    *('{"server": {%s}, "server": {}}', '{"server": {}, "server": {%s}}'),
    *('{"\\u0073erver": {%s}}', '{"Server": {%s}}', '{"server": {%s}}\x00'),
    *('{"server": {%s}}//', '/**/{"server": {%s}}', '\ufeff{"server": {%s}}'),
    *('{"server": {"name": {%s}}}', '{"server": null, "x": {%s}}', 'null %s'),
    *('\xa0{"server": {%s}}', '\x0b{"server": {%s}}', '{"server": "%s"}', ''),
    *('{"server": {%s}, "x": NaN}', '{"server": 1, "x": {%s}}', '{"": {%s}}'),
    *('null', '[]', '1', '"a"', '{}', 'true', ' ', '{"server": {}}', 'nul'),
]
ENCODINGS = [
    *['utf-8'] * 100,
    *('utf-16', 'utf-16-le', 'utf-32', 'utf-8-sig', 'latin-1', 'utf-7'),
    *('cp037', 'utf-16-be', 'utf-32-be', 'gb18030'),
]
BYTES = [b'\xff', b'\xc3', b'\xed\xa0\x80', b'\xc0\x80', b'\x00', b' ', b'"']
SPOILED = [(b'', 0)] * 1500 + list(
    itertools.product(BYTES, [*range(0, 40, 3), *range(-1, -12, -2)])
)

# They set a parameter like any other value.
NOTHING = ['null', '""']
LISTED = (
    ([json.dumps(exact) for exact in EXACT] * 2 + NOT_TEXT) * 20
    + NOTHING * 100
    + DEEP
)
# Half of all values are text that is put together.
VALUES = [None] * len(LISTED) + LISTED
SECONDS = [False, False, True]
SECOND_VALUES = [None] * len(NOTHING) + NOTHING


class Update(NamedTuple):
    """An update at 2.*minor*, 0 for ``/v2``; how its *length* is told."""

    minor: int = 1
    body: bytes = b'{"server": {"name": "a"}}'
    length: str = LENGTHS[0]
    content_type: str | None = TYPES[0]

    @property
    def method(self) -> str:
        """By which method it is asked for."""
        return 'PUT'

    @property
    def path(self) -> str:
        """Where it is asked for, once nova has taken off the version."""
        return '/servers/a'

    @property
    def read(self) -> bytes:
        """The part of its body that is read, if its type allows that."""
        if self.length in ('none', 'empty'):
            return b''
        return self.body[:-1] if self.length == 'short' else self.body

    def environ(self) -> wire.Environ:
        """Return it as it comes to the guard's place."""
        size = len(self.body)
        reported = {'short': size - 1, 'long': size + 1, 'empty': 0}
        more: dict[str, Any] = {
            'CONTENT_LENGTH': str(max(reported.get(self.length, size), 0))
        }
        if self.length in ('none', 'chunked'):
            more = {'CONTENT_LENGTH': ''}
        if self.length == 'chunked':
            more |= {'wsgi.input_terminated': True}
            more |= {'HTTP_TRANSFER_ENCODING': 'chunked'}
        if self.content_type is not None:
            more['CONTENT_TYPE'] = self.content_type
        if self.minor:
            version = f'compute 2.{self.minor}'
            more['HTTP_OPENSTACK_API_VERSION'] = version
        else:
            more['openstack.legacy_v2'] = True
        return wire.environ(self.method, self.path, self.body, more)


def updates() -> st.SearchStrategy[Update]:
    """Return the strategy of all updates."""
    return picks.examples(_update, 20)


def _update(pick: Picks) -> Update:
    minor, around = pick.one(_minors()), pick.one(AROUND)
    inner = pairs(pick, KEYS)
    return Update(minor, *sent(pick, around.replace('%s', inner)))


def pairs(pick: Picks, keys: list[str]) -> str:
    """Return one key of *keys* with a value, or two, as JSON text."""
    inner = f'{pick.one(keys)}: {_value(pick)}'
    if pick.one(SECONDS):
        key = pick.one(keys)
        value = pick.one(SECOND_VALUES)
        inner += f', {key}: {value or _value(pick)}'
    return inner


def sent(pick: Picks, text: str) -> tuple[bytes, str, str | None]:
    """Return *text* as bytes, the length that is told, and the type."""
    encoding, spoiled = pick.one(ENCODINGS), pick.one(SPOILED)
    errors = 'surrogatepass' if encoding.startswith('utf') else 'replace'
    errors = 'replace' if encoding == 'utf-7' else errors
    body = text.encode(encoding, errors)
    byte, place = spoiled
    return (body[:place] + byte + body[place:], *pick.one(SENDINGS))


@functools.cache
def _minors() -> list[int]:
    """Return every version, those where a field appears more often."""
    every = range(1, model.newest() + 1)
    edges = [
        row.since.minor for row in UPDATE_FIELDS if row.since.minor in every
    ]
    near = [edge + step for edge in edges for step in (-1, 0)]
    return [1, *every, *[0, *near, every[-1]] * 4]


def _value(pick: Picks) -> str:
    """Return a value as JSON text."""
    value = pick.one(VALUES)
    return _text(pick) if value is None else value


def _text(pick: Picks) -> str:
    """Return text of some length with one or two special characters."""
    filler, length, char = map(pick.one, (PLAIN, LENGTHS_OF_TEXT, CHARS))
    before, after = {
        '': ('', ''),
        'start': (char, ''),
        'end': ('', char),
        'middle': (filler + char, filler),
        'both': (char, char),
        'other': (chr(pick.one(range(sys.maxunicode + 1))), ''),
    }[pick.one(WHERE)]
    room = max(length - len(before) - len(after), 0)
    text = before + filler * room + after
    return json.dumps(text, ensure_ascii=pick.one([True, False]))
