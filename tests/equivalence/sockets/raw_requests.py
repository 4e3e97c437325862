"""Requests as bytes: those of the route generator, spelled in every way."""

import functools
from typing import NamedTuple

from tests.equivalence import route_requests
from tests.equivalence.model import PROJECT
from tests.equivalence.picks import WIDTH, Picks
from tests.equivalence.route_requests import JSON, Request
from tests.equivalence.sockets import spellings
from tests.equivalence.sockets.spellings import PLAIN, Framing
from tests.proxy.keystone import ADMIN, MEMBER

_INNER = (
    'PUT /v2.1/servers/inner HTTP/1.1\r\nHost: h\r\n'
    f'User-Agent: <nonce>-inner\r\nX-Auth-Token: {MEMBER}\r\n'
    f'Content-Type: {JSON}\r\nContent-Length: {len(spellings.UPDATE)}\r\n\r\n'
    f'{spellings.UPDATE}'
)
_HOST = 'Host: h'
# Fields that most requests have.
USUAL = (_HOST, f'Content-Type: {JSON}')
_FITTING = {'PUT': spellings.UPDATE, 'POST': spellings.REBUILD}

# Bytes of which one request is made, and how many it takes.
SIZE = 32 * WIDTH
# Slashes, from the end of the path, that are spelled in another way.
_PLACES = range(9)
_PATHS = [
    *(('PUT', '/servers/a'), ('GET', '/servers/a'), ('GET', '/servers')),
    *(('GET', '/servers/detail'), ('POST', '/servers/a/action')),
    *(('POST', '/servers'), ('PUT', '/servers/a/metadata/b')),
    *(('GET', '/servers/a/ips'), ('GET', '/flavors'), ('HEAD', '/servers')),
    *(('GET', '/os-hypervisors/a/servers'), ('DELETE', '/servers/a')),
]
_FOUND = [
    (method, f'{prefix}{path}')
    for method, path in _PATHS
    for prefix in ('/v2.1', '/v2', f'/v2.1/{PROJECT}', '')
]
_ROUTED = [None] * len(_FOUND) + _FOUND
_MAYBE = [None] * 3 * len(spellings.SLASHES) + spellings.SLASHES


class Raw(NamedTuple):
    """A request; all text in it is bytes, as Latin-1 has them."""

    method: str = 'PUT'
    target: str = '/v2.1/servers/a'
    body: str = spellings.TWO
    fields: tuple[str, ...] = USUAL
    token: str | None = MEMBER
    framing: Framing = PLAIN
    protocol: str = 'HTTP/1.1'

    def sent(self, nonce: str) -> bytes:
        """Return its bytes; *nonce* identifies it on its way."""
        inner = _INNER.replace('<nonce>', nonce)
        filled = {
            '<body>': self.body,
            '<chunks>': _chunks(self.body),
            '<inner>': inner,
            '<size>': str(len(self.body)),
            '<inner size>': str(len(inner)),
        }
        lines = [
            f'{self.method} {self.target} {self.protocol}',
            f'User-Agent: {nonce}',
            *([f'X-Auth-Token: {self.token}'] if self.token else []),
            *self.fields,
            *(_filled(field, filled) for field in self.framing.fields),
        ]
        head = '\r\n'.join([*lines, '', ''])
        content = _filled(self.framing.content, filled)
        return (head + content).encode('latin-1')

    @property
    def is_plain(self) -> bool:
        """Tell whether there is one answer, after which another can come."""
        return (
            self.framing == PLAIN
            and self.protocol == 'HTTP/1.1'
            and self.method.isalpha()
            and self.target.isascii()
            and self.target.isprintable()
            and ' ' not in self.target
        )

    @property
    def may_see_all(self) -> bool:
        """Tell whether some token in it is that of an admin."""
        return self.token == ADMIN or any(ADMIN in _ for _ in self.fields)


def _chunks(body: str) -> str:
    return f'{len(body):x}\r\n{body}\r\n0\r\n\r\n' if body else '0\r\n\r\n'


def _filled(text: str, filled: dict[str, str]) -> str:
    for name, value in filled.items():
        text = text.replace(name, value)
    return text


def made(data: bytes) -> Raw:
    """Return the request that *data* picks; zeros pick the plainest."""
    pick = Picks(data)
    token = pick.one(spellings.TOKENS)
    request = route_requests.request(pick)
    method, path = request.method, request.path
    # Half of them go where there is something to reach.
    if found := pick.one(_ROUTED):
        method, path = found
    body = pick.one(spellings.BODIES)
    if body is None:
        body = _FITTING.get(method.upper(), '')
    return Raw(
        method,
        _target(path, request.query, pick),
        body,
        _fields(request, pick),
        token,
        pick.one(spellings.FRAMINGS),
        pick.one(spellings.PROTOCOLS),
    )


def _fields(request: Request, pick: Picks) -> tuple[str, ...]:
    """Return header fields; of those of one name, mostly the last alone."""
    usual = [f'Content-Type: {JSON}']
    typed = [f'Content-Type: {_}'] if (_ := request.content_type) else []
    accepted = [f'Accept: {_}'] if (_ := request.accept) else []
    fields = [
        _HOST,
        *pick.one([*[usual] * 7, typed]),
        *pick.one([*[[]] * 7, accepted]),
        *pick.one([(), _more(request.more)]),
        *filter(None, (pick.one(spellings.FIELDS) for _ in range(3))),
    ]
    by_name = {field.partition(':')[0].lower(): field for field in fields}
    return tuple(pick.one([*[by_name.values()] * 7, fields]))


def _target(path: str, query: str, pick: Picks) -> str:
    for _ in range(2):
        path = _respelled(path, pick.one(_MAYBE), pick.one(_PLACES))
    path = pick.one(spellings.PREFIXES).replace('<path>', path)
    queries = (pick.one(['', '', '', query]), pick.one(spellings.QUERIES))
    query = '&'.join(filter(None, queries))
    target = f'{path}?{query}' if query else path
    return pick.one(spellings.FORMS).replace('<target>', target)


def _respelled(path: str, slash: str | None, place: int) -> str:
    """Return *path* with *slash* for one of its own, 0 being after the end."""
    if slash is None:
        return path
    parts = path.split('/')
    at = max(len(parts) - place, 1)
    before, after = '/'.join(parts[:at]), '/'.join(parts[at:])
    return f'{before}{slash}{after}'


@functools.cache
def _more(more: int) -> tuple[str, ...]:
    """Return the header fields that the route generator has in an environ."""
    return tuple(
        f'{key.removeprefix("HTTP_").replace("_", "-")}: {value}'
        for key, value in route_requests.MORE[more].items()
    )
