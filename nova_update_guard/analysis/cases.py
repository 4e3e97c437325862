"""Read the cases of ``policy test`` from a file, strictly.

A misspelt key, rule or attribute, or a case that would check nothing, is an
error with its file and line.
"""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from nova_update_guard.analysis import caller, expectations
from nova_update_guard.analysis.caller import KEYS
from nova_update_guard.analysis.dry_run import Request
from nova_update_guard.analysis.expectations import Expected
from nova_update_guard.analysis.stand_in import Server, server_in
from nova_update_guard.analysis.strict import (
    CaseError,
    Where,
    known,
    mapping,
    some,
    typed,
)
from nova_update_guard.compute_api import routes
from nova_update_guard.compute_api.server_attributes import SHOW
from nova_update_guard.middleware.decision import Identity
from nova_update_guard.policy.mistakes import Mistake, Place, PolicyError
from nova_update_guard.policy.yaml_file import parse
from nova_update_guard.spelling import did_you_mean

_VERSION = re.compile(r'(?:[1-9][0-9]*\.[0-9]+|latest)\Z')


class Case(NamedTuple):
    """A case: the *subject* is a request or the name of a rule.

    *expected* of a rule is the result of its tree.
    """

    name: str
    place: Place
    identity: Identity
    server: Server | None
    subject: Request | str
    expected: Expected | str


def read(path: Path, rules: Collection[str]) -> list[Case]:
    """Return the cases in the file at *path*; *rules* are the known rules.

    Raises PolicyError, with the line, or OSError.
    """
    parsed = parse(path, path.read_bytes())
    if parsed.mistakes:
        raise PolicyError(*parsed.mistakes)
    try:
        found = _File(parsed.value, rules).cases()
        return [
            case._replace(place=parsed.place(path, where))
            for where, case in found
        ]
    except CaseError as error:
        place = parsed.place(path, error.where)
        raise PolicyError(Mistake(str(error), place=place)) from None


Found = Iterator[tuple[Where, Case]]
# Until the line of a case is looked up.
_NOWHERE = Place(Path())


class _File:
    """The callers, servers and cases in the *value* of a file."""

    def __init__(self, value: Any, rules: Collection[str]) -> None:
        if value is None:
            raise CaseError('has no cases')
        whole = mapping(value, (), ('callers', 'servers', 'cases'), ['cases'])
        self._rules = rules
        self._callers = typed(whole.get('callers', {}), dict, ('callers',))
        self._servers = {
            name: _server(given, rules, ('servers', name))
            for name, given in typed(
                whole.get('servers', {}), dict, ('servers',)
            ).items()
        }
        for name, given in self._callers.items():
            _identity(given, None, ('callers', name))
        self._cases = some(whole['cases'], ('cases',))

    def cases(self) -> list[tuple[Where, Case]]:
        """Return the cases, each with its place. Raises CaseError."""
        found: list[tuple[Where, Case]] = []
        names: set[str] = set()
        for number, given in enumerate(self._cases):
            where = ('cases', number)
            case = mapping(given, where, _CASE_KEYS, ['name', 'expect'])
            name = typed(case['name'], str, (*where, 'name'))
            if name in names:
                raise CaseError(f'{name!r} is the name of two cases', *where)
            names.add(name)
            found += self._of(case, where)
        return found

    def _of(self, case: dict[str, Any], where: Where) -> Found:
        server = self._server(case, where)
        if ('rule' in case) == ('request' in case):
            raise CaseError('it takes either a rule or a request', *where)
        if 'rule' in case:
            yield from self._of_rule(case, server, where)
            return
        if 'caller' not in case:
            raise CaseError('caller is missing', *where)
        yield (
            where,
            Case(
                case['name'],
                _NOWHERE,
                self._caller(case['caller'], server, (*where, 'caller')),
                server,
                _request(case['request'], server, (*where, 'request')),
                expectations.of_request(
                    case['expect'], server, self._rules, (*where, 'expect')
                ),
            ),
        )

    def _of_rule(
        self,
        case: dict[str, Any],
        server: Server | None,
        where: Where,
    ) -> Found:
        """Yield the case of one caller, or those of the callers in expect."""
        name = case['name']
        rule = known(case['rule'], self._rules, 'rule', (*where, 'rule'))
        at: Where = (*where, 'expect')
        if 'caller' in case:
            who = self._caller(case['caller'], server, (*where, 'caller'))
            result = expectations.of_rule(case['expect'], server, at)
            yield at, Case(name, _NOWHERE, who, server, rule, result)
            return
        for each, expected in some(case['expect'], at, dict).items():
            who = self._caller(each, server, (*at, each))
            result = expectations.of_rule(expected, server, (*at, each))
            label = f'{name}: {each}'
            yield (*at, each), Case(label, _NOWHERE, who, server, rule, result)

    def _server(self, case: dict[str, Any], where: Where) -> Server | None:
        given = case.get('server')
        if 'server' not in case:
            return None
        if isinstance(given, str):
            name = known(given, self._servers, 'server', (*where, 'server'))
            return self._servers[name]
        return _server(given, self._rules, (*where, 'server'))

    def _caller(
        self, given: Any, server: Server | None, where: Where
    ) -> Identity:
        if isinstance(given, str):
            given = self._callers[known(given, self._callers, 'caller', where)]
        return _identity(given, server, where)


_CASE_KEYS = ('name', 'caller', 'server', 'request', 'rule', 'expect')


def _identity(given: Any, server: Server | None, where: Where) -> Identity:
    try:
        if isinstance(given, dict) and 'token' in given:
            return caller.of_token(given)
        values = mapping(given, where, (*KEYS, 'token'), ['roles'])
        for name, value in values.items():
            _of_kind(value, KEYS[name].kind, (*where, name))
        return caller.of_values(values, server)
    except caller.TokenError as error:
        raise CaseError(str(error), *where) from None


def _of_kind(value: Any, kind: type, where: Where) -> None:
    if kind is list:
        for number, each in enumerate(typed(value, list, where)):
            typed(each, str, (*where, number))
    elif not (kind is bool and isinstance(value, str)):
        typed(value, kind, where)


def _server(given: Any, rules: Collection[str], where: Where) -> Server:
    try:
        server = server_in(given)
    except ValueError as error:
        raise CaseError(str(error), *where) from None
    shown = (each for each in rules if each.startswith(SHOW))
    names = {'id', *(each.removeprefix(SHOW) for each in shown)}
    inner = where if server is given else (*where, 'server')
    for key in server:
        # Others can be a later nova's, or a vendor's.
        hint = '' if key in names else did_you_mean(key, names)
        if hint:
            raise CaseError(f'no server has {key!r}{hint}', *inner, key)
    return server


def _request(given: Any, server: Server | None, where: Where) -> Request:
    keys = ('method', 'path', 'body', 'microversion', 'headers')
    read = mapping(given, where, keys, ['method', 'path'])
    for key, kind in (('method', str), ('path', str), ('headers', dict)):
        typed(read.get(key, kind()), kind, (*where, key))
    if not read['path'].startswith('/'):
        raise CaseError('path begins with a slash', *where, 'path')
    _refuse_other(read['path'], server, (*where, 'path'))
    for name, value in read.get('headers', {}).items():
        typed(value, str, (*where, 'headers', name))
    version = read.get('microversion', 'latest')
    if not (isinstance(version, str) and _VERSION.match(version)):
        raise CaseError(
            'microversion: write it in quotes, as in "2.96" or "latest"',
            *(*where, 'microversion'),
        )
    body = read.get('body', '')
    text = body if isinstance(body, str) else json.dumps(body)
    return Request(
        read['method'].upper(),
        read['path'],
        text.encode(),
        read.get('microversion', ''),
        read.get('headers', {}),
    )


def _refuse_other(path: str, server: Server | None, where: Where) -> None:
    """Raise CaseError for a *path* to another server than the case's own."""
    named = routes.server_id(unquote(urlsplit(path).path))
    own = server.get('id') if server else None
    if named and own and named != own:
        raise CaseError(
            f'the path names the server {named!r}, and the id in server is '
            f'{own!r}',
            *where,
        )
