"""Requests in every spelling that could be one for servers.

A request is a plain one with mutations of its path. Each part is drawn from
a list with the plainest first, which is what a failure shrinks to.
"""

import functools
import itertools
import json
from typing import NamedTuple

from hypothesis import strategies as st

from tests.equivalence import model, picks, wire
from tests.equivalence.model import PROJECT
from tests.equivalence.picks import Picks

UUID = '5f2c1b0e-9d3a-4c55-8e8e-0a1b2c3d4e5f'

METHODS = [
    *('PUT', 'GET', 'POST') * 8,
    *('put', 'Put', 'get', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PUT\n'),
]
# Before anything is changed in them; half of the requests begin so.
UPDATES = [('PUT', '/servers/a'), ('PUT', f'/servers/{UUID}')]
PREFIXES = [
    *('/v2.1', '/v2', f'/v2.1/{PROJECT}', f'/v2/{PROJECT}') * 24,
    *('', f'/{PROJECT}', '/v2.1/', '//v2.1', '/v2.1//', '/V2.1', '/v2.0'),
    *('/v2.1/-', '/v2.1/servers', '/compute/v2.1', '/v2.1/v2.1', '/v2/v2.1'),
    *('/v2.1/abc', '/v2%2e1', '/%76%32', '/v2.1%2f', '/v2.1/.', '/v2/+'),
    *('/v2.1/+', '/v2.1;x', '/v3', '/v2.1.json'),
]
OURS = [
    *('/servers/a', '/servers', '/servers/detail', '/servers/a/action'),
    *(f'/servers/{UUID}', '/servers/servers', '/servers/a/metadata/servers'),
    *('/servers/a/ips', '/servers/a/tags/b', '/os-hypervisors/a/servers'),
    *('/flavors/servers', '/os-keypairs/servers', '/os-volumes_boot/a'),
    *('/os-volumes_boot', '/os-volumes_boot/detail'),
]


@functools.cache
def _requested() -> list[tuple[str, str]]:
    """Return methods with paths: updates, ours, and all of nova's."""
    others = [path.replace('{', '').replace('}', '') for path in model.paths()]
    novas = list(itertools.product(METHODS, others))
    ours = list(itertools.product(METHODS, OURS))
    updates = UPDATES * len(novas)
    return updates + ours * (len(novas) // len(ours)) + novas


INSERTS = [
    *('/', '//', '%2f', '%2F', '%0a', '%0A', '%0d', '%00', '%20', '%09'),
    *(';', ';x=1', '.json', '.xml', '.', '..', '/.', '/..', '/./', '/../'),
    *('%2e', '%252f', '%c3%a9', '%ff', '%E2%80%A8', '%c2%85', '%5c', '\\'),
    *('%23', '%3f', '+', '~', ':', '@', ',', '&', '=', '*', '%', '%%', '%2'),
    *('servers/', '/servers', '/servers/', 'detail', '/detail', '/action'),
    *('/metadata', f'/{PROJECT}', '/v2.1', 'a', 'S', '-', '_', '%ef%bc%8f'),
    *('%1c', '%0b', '%0c', '%c2%a0', '%e2%80%8b', '{id}', '(', ')', '[', '?'),
]
CHANGES = [
    'delete',
    'double',
    'encode',
    'encode twice',
    'upper',
    'cut',
    'swap',
    *['another slash'] * 8,
]
# From the end, then from the start: the ends are where routes are anchored.
PLACES = [*range(0, -14, -1), *range(1, 14)]
MUTATIONS = list(itertools.product([*INSERTS, *CHANGES], PLACES))
# Four in five are none, so that most paths are spelled almost as usual.
MAYBE = [('', 0)] * 4 * len(MUTATIONS) + MUTATIONS

KEYS = [
    *('_method', 'a', '%5fmethod', '_metho%64', '_METHOD', '%5Fmethod'),
    *(
        'a=_method&%5fmethod',
        'a;_method',
        '_method%00',
        '_met%FFhod',
        '+_method',
        '_method+',
        '%20_method',
    ),
    *('_method[]', '%255fmethod', 'x_method', '_method_', '%EF%BC%BFmethod'),
    *('%5f%6d%65%74%68%6f%64', 'a%3b_method', '_met%C3hod', '_method%ED%A0'),
]
VALUES = [
    *('PUT', 'GET', 'put', '%50UT', 'POST', '', 'PUT%20', 'PUT+', 'DELETE'),
    *('_method', 'PUT%00', 'PUT%0a', '%FFPUT', 'P%FFUT', 'PUT;_method=PUT'),
]
PAIRS = [
    f'{key}{equals}{value}'
    for key, equals, value in itertools.product(KEYS, ['=', ''], VALUES)
]
QUERIES = [''] * 9 * len(PAIRS) + PAIRS

JSON = 'application/json'
FORM = 'application/x-www-form-urlencoded'
BOUND = 'multipart/form-data; boundary=b'
MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="_method"\r\n\r\n'
    'PUT\r\n--b--\r\n'
)
TYPES = [
    *[JSON] * 20,
    *('', JSON, FORM, BOUND, 'text/plain', f'{JSON};version=2.1'),
    *(f'{JSON};version=2', f'{JSON}; version="2.1"', f'{JSON};version=2.1/'),
    *(f'{JSON};version=2.1/+', f'{JSON};version=2/', f'{FORM};version=2.1'),
    *(f'{FORM};version=2', f'{BOUND};version=2.1', 'text/xml'),
    *('APPLICATION/X-WWW-FORM-URLENCODED;version=2.1', ';version=2.1'),
    *(f'{JSON};charset=utf-7;version=2.1', f' {FORM}', 'version=2.1'),
    f'{JSON};version=2.1/servers/a',
]
ACCEPTS = [
    *[''] * 12,
    *('', JSON, f'{JSON};version=2.1', f'{JSON};version=2', '*/*;version=2.1'),
    *(f'{JSON};q=0.1;version=2.1', 'application/*;version=2'),
    *(f'{JSON};version="2.1"', f'{JSON};version=2.1/+', 'text/html'),
    *('application/atom+xml;version=2.1', f'{JSON};version=2.1/servers/a'),
]
# Actions that change what an update changes.
REBUILD = '{"rebuild": {"name": "a"}}'
RESIZE = '{"resize": {"OS-DCF:diskConfig": "AUTO"}}'
BODIES = [
    '{"server": {"name": "a"}}',
    *('', '_method=PUT', '_method=put&a=b', 'a=b&%5fmethod=PUT', MULTIPART),
    *(REBUILD, RESIZE, REBUILD, '{"os-start": null}', '{"_method": "PUT"}'),
    *('_method=GET', '{"createImage": {}}', '{}', '[]', '{"x": 1}'),
]
MORE = [
    {},
    {'HTTP_OPENSTACK_API_VERSION': 'compute 2.87'},
    {'HTTP_OPENSTACK_API_VERSION': 'compute latest'},
    {'HTTP_X_OPENSTACK_NOVA_API_VERSION': '2.19'},
    {'HTTP_X_HTTP_METHOD_OVERRIDE': 'PUT'},
    {'HTTP_X_METHOD_OVERRIDE': 'PUT', 'HTTP_X_HTTP_METHOD': 'PUT'},
    {'HTTP_X_ORIGINAL_URL': '/servers/a', 'HTTP_X_REWRITE_URL': '/servers/a'},
    {'HTTP_X_FORWARDED_HOST': 'servers', 'HTTP_X_FORWARDED_PREFIX': '/v2.1'},
    {'HTTP_HOST': 'nova:8774'},
]


class Request(NamedTuple):
    """A request as a client sends it; *path* is not decoded."""

    method: str = 'PUT'
    path: str = '/v2.1/servers/a'
    query: str = ''
    content_type: str = JSON
    accept: str = ''
    body: str = '{"server": {"name": "a"}}'
    more: int = 0

    @property
    def changes_a_field(self) -> bool:
        """Tell whether its body is that of an action that does."""
        return REBUILD[1:-1] in self.body or self.body == RESIZE

    @property
    def has_server(self) -> bool:
        """Tell whether its body has a server with a name, as a create's."""
        try:
            return 'name' in json.loads(self.body)['server']
        except (LookupError, TypeError, ValueError):
            return False

    @property
    def holds_json(self) -> bool:
        """Tell whether its body is JSON, and said to be."""
        kind = self.content_type.partition(';')[0]
        if kind not in ('', JSON, 'text/plain'):
            return False
        try:
            json.loads(self.body or 'null')
        except ValueError:
            return False
        return True

    def environ(self) -> wire.Environ:
        """Return it as a WSGI server would hand it on."""
        more = {'QUERY_STRING': self.query, **MORE[self.more]}
        if self.content_type:
            more['CONTENT_TYPE'] = self.content_type
        if self.accept:
            more['HTTP_ACCEPT'] = self.accept
        return wire.environ(self.method, self.path, self.body.encode(), more)


def requests() -> st.SearchStrategy[Request]:
    """Return the strategy of all requests."""
    return picks.examples(request, 12)


def request(pick: Picks) -> Request:
    method, path = pick.one(_requested())
    text = pick.one(PREFIXES) + path
    for _ in range(3):
        text = _mutated(text, *pick.one(MAYBE))
    pairs = [pick.one(QUERIES), pick.one(QUERIES)]
    query = '&'.join(filter(None, pairs))
    types = pick.one(TYPES), pick.one(ACCEPTS)
    more = pick.one(range(len(MORE)))
    return Request(method, text, query, *types, pick.one(BODIES), more)


def _mutated(path: str, change: str, place: int) -> str:
    """Return *path* with *change* at *place*; up to 0 it is from the end.

    For another slash, *place* counts the slashes.
    """
    at = max(len(path) + place, 0) if place <= 0 else min(place, len(path))
    before, char, after = path[:at], path[at : at + 1], path[at + 1 :]
    match change:
        case 'another slash':
            return _with_another_slash(path, place)
        case 'delete':
            return before + after
        case 'double':
            return before + char * 2 + after
        case 'encode':
            return before + _encoded(char) + after
        case 'encode twice':
            return before + _encoded(char).replace('%', '%25') + after
        case 'upper':
            return before + char.swapcase() + after
        case 'cut':
            return before
        case 'swap':
            return before + after[:1] + char + after[1:]
    return before + change + char + after


def _with_another_slash(path: str, place: int) -> str:
    parts = path.split('/')
    parts.insert(place % (len(parts) + 1), '')
    return '/'.join(parts)


def _encoded(char: str) -> str:
    return ''.join(f'%{byte:02x}' for byte in char.encode())
