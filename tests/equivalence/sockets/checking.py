"""Did the guard check all that nova served, and as the same?"""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import webob

from nova_update_guard.compute_api import action_fields, create_fields, routes
from nova_update_guard.compute_api.microversions import Version
from nova_update_guard.layers import list_query, sort_keys
from tests.equivalence.model import SERVERS
from tests.equivalence.sockets.recorder import LISTS, SECRET
from tests.equivalence.sockets.sending import Sent
from tests.proxy.client import Response
from tests.proxy.keystone import ADMIN, USERS

# A line of the guard's decision records, or of the recorder's.
Line = Mapping[str, Any]

_OTHERS = re.compile(r'[^!->@-~]+')
# Of an id, a record has no more.
_MOST = 180
# In a path, what some server reads in a way of its own: it takes out segments
# that are dots, before the guard sees them, or passes over a broken escape.
_ODD = re.compile(r'/\.\.?(?:/|\Z)|%(?![0-9A-Fa-f]{2})')

# What ends so looks like a list of servers, to the guard also as an id.
_COLLECTIONS = ('servers', 'os-volumes_boot')
# In a decision record, a server's id is none of these.
_NO_SERVERS = (None, 'detail')
# By method of nova's controller of servers; all others are actions.
_OPERATIONS = {
    **dict.fromkeys(('show', *LISTS), 'read'),
    'create': 'create',
    'delete': 'other',
    'update': 'update',
}


class Checked(NamedTuple):
    """A request, the guard's *decisions* on it, and the *reached* calls.

    Each is a list, as a request can hold another.
    """

    sent: Sent
    decisions: list[Line]
    reached: list[Line]

    @property
    def status(self) -> int | None:
        """The status of the first answer, if there is one."""
        return next(
            (response.status for response in self.sent.responses), None
        )

    @property
    def is_reached(self) -> bool:
        """Tell whether some controller of nova was reached."""
        return any(arrived['reached'] for arrived in self.reached)

    @property
    def is_changed(self) -> bool:
        """Tell whether nova's update of a server was reached."""
        return any(
            is_update(call)
            for arrived in self.reached
            for call in arrived['reached']
        )


def problem(checked: Checked, prefix: str) -> str | None:
    """Return the problem in a few words, or None.

    *prefix* is what nova's server makes of the path of its endpoint.
    """
    raw = checked.sent.raw
    # The worst comes first.
    if not raw.may_see_all and any(map(_discloses, checked.sent.responses)):
        return 'a client gets what it may not see'
    found = (
        words
        for arrived in checked.reached
        for call in arrived['reached']
        for words in _problems(checked, arrived, call, prefix)
    )
    return next(found, None)


def _problems(
    checked: Checked, arrived: Line, call: Line, prefix: str
) -> Iterator[str]:
    """Yield the problems of one call of a controller."""
    raw, nonce, _ = checked.sent
    if not (raw.may_see_all and arrived['token'] == ADMIN):
        yield from _forbidden(arrived, call)
    if arrived['nonce'] not in (nonce, f'{nonce}-inner'):
        yield 'nova is reached by a request that nobody sent'
    yield from _unjudged(checked.decisions, arrived, call)
    if arrived['prefix'] != prefix:
        yield 'nova is reached outside of its endpoint'
    if arrived['nonce'] == nonce:
        yield from _rewritten(raw.target, arrived, call)


def _forbidden(arrived: Line, call: Line) -> Iterator[str]:
    """Yield the calls that only an admin may reach."""
    version = _version(call)
    if is_update(call):
        yield 'an update reaches nova'
    elif _fields(call):
        yield 'an action that changes a field reaches nova'
    if call['controller'] == SERVERS and call['method'] in LISTS:
        query = _pairs(arrived['query'])
        if list_query.check(query, version, _sees_nothing):
            yield 'a list by what is hidden reaches nova'
        if sort_keys.hidden(query, version, _sees_nothing):
            yield 'a list sorted by what is hidden reaches nova'


def _unjudged(
    decisions: list[Line], arrived: Line, call: Line
) -> Iterator[str]:
    """Yield the differences between nova's call and all decisions."""
    checked = [_of(_) for _ in decisions if _['client'] == arrived['nonce']]
    is_of_servers = call['controller'] == SERVERS
    if not (is_of_servers or routes.is_concerned(arrived['path'])):
        if checked:
            yield 'a server is judged, and something else is reached'
        return
    seen = _seen(arrived, call)
    differences = [_differences(view, seen) for view in checked]
    if not checked:
        yield f'{call["controller"]} is reached and not judged'
    elif all(differences):
        yield f'nova has another {differences[0]} than was judged'


class _View(NamedTuple):
    """The operation and server of a request, for the guard or nova."""

    operation: str
    server: str | None
    version: str
    caller: str | None
    fields: frozenset[str]


def _of(decision: Line) -> _View:
    """Return the view of the guard."""
    return _View(
        decision['operation'],
        _ascii(decision['server_id']),
        decision['microversion'],
        decision['user_id'],
        frozenset(decision['fields']),
    )


def _seen(arrived: Line, call: Line) -> _View:
    """Return the view of nova."""
    server = routes.server_id(arrived['path'])
    if call['controller'] == SERVERS and call['server_id'] not in _NO_SERVERS:
        server = call['server_id']
    return _View(
        _operation(arrived, call),
        _ascii(server),
        call['version'],
        USERS.get(arrived['token']),
        frozenset(_fields(call)),
    )


def _differences(checked: _View, seen: _View) -> str:
    """Return the names of the differing parts.

    Of an action, fields are judged that nova passes over.
    """
    wrong = [
        name
        for name in _View._fields
        if getattr(checked, name) != getattr(seen, name)
        and not (name == 'fields' and seen.fields <= checked.fields)
    ]
    return ' and '.join(wrong)


def _operation(arrived: Line, call: Line) -> str:
    """Return nova's operation, in the word of a decision record."""
    method: str = arrived['method']
    if call['controller'] == SERVERS:
        return _OPERATIONS.get(call['method'], 'action')
    route = routes.recognise(method, arrived['path'], '')
    if route.operation in ('update', 'action'):
        return route.operation
    return 'read' if method in ('GET', 'HEAD') else 'other'


def _fields(call: Line) -> Iterable[str]:
    """Return the fields that nova changes."""
    document = _object(call['body'])
    if is_update(call):
        return _object(document.get('server'))
    method: str = call['method']
    if method == 'create' and call['controller'] == SERVERS:
        return create_fields.fields_sent(document, _version(call))
    action = {method: document.get(method)}
    return action_fields.fields_set_by(action, _version(call))


def _ascii(server: str | None) -> str | None:
    """Return an id in which all else is alike, as in a decision record."""
    return server and _OTHERS.sub('?', server[:_MOST])


def _rewritten(target: str, arrived: Line, call: Line) -> Iterator[str]:
    """Yield the parts of a target that are changed on arrival.

    What is no path, each server reads in its own way.
    """
    path, _, query = target.partition('?')
    if path[:1] != '/' or '#' in target or _ODD.search(path):
        return
    sent = unquote_to_bytes(path.encode('latin-1')).decode('latin-1')
    if _segments(sent) != _segments(arrived['path']):
        yield 'nova gets another path than was sent'
    expected = {query}
    is_list = call['controller'] == SERVERS and call['method'] in LISTS
    if is_list or _looks_like_list(sent):
        # nova knows which version "latest" is, and the guard does not.
        expected |= {_taken(query, None), _taken(query, _version(call))}
    if arrived['query'] not in expected:
        yield 'nova gets another query than was sent'


def _looks_like_list(path: str) -> bool:
    segments = [segment.strip() for segment in _segments(path)]
    if segments[-1:] == ['detail']:
        segments.pop()
    return segments[-1:] in ([name] for name in _COLLECTIONS)


def _taken(query: str, version: Version | None) -> str:
    """Return *query* without the sort keys for one who sees nothing.

    One that is not UTF-8 stays as it is: nova refuses it for a list, and does
    not read it for a server.
    """
    try:
        pairs = _pairs(query)
    except UnicodeDecodeError:
        return query
    found = sort_keys.hidden(pairs, version, _sees_nothing)
    return sort_keys.without(query, found)


def _pairs(query: str) -> list[tuple[str, str]]:
    return [*webob.Request({'QUERY_STRING': query}).GET.items()]


def _sees_nothing(_: str) -> bool:
    return False


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split('/') if segment]


def _object(value: Any) -> Line:
    return value if isinstance(value, dict) else {}


def is_update(call: Line) -> bool:
    """Tell whether a call is of nova's update of a server."""
    return call['controller'] == SERVERS and call['method'] == 'update'


def _version(call: Line) -> Version:
    major, minor = map(int, call['version'].split('.'))
    return Version(major, minor)


def _discloses(response: Response) -> bool:
    """Return whether the secret is in *response*."""
    body = response.body
    if response.headers.get('content-encoding') == 'gzip':
        with suppress(OSError, EOFError, zlib.error):
            body = gzip.decompress(body)
    fields = ' '.join(response.headers.values())
    return SECRET.encode() in body or SECRET in fields
