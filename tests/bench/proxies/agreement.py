"""Check that nginx with Lua does what the guard does."""

import json
from typing import Any, NamedTuple

from nova_update_guard.compute_api.microversions import MAX
from tests.bench.proxies.contenders import (
    PAGES,
    REQUESTS,
    Contender,
    Site,
)
from tests.bench.proxies.wrk import CLOSE, KEEP, Request
from tests.cloud import web
from tests.cloud.ports import HOST
from tests.proxy.keystone import ADMIN, READER

_SHOW, _PUT = REQUESTS['show'], REQUESTS['PUT']
_STRANGER = 'token-of-a-stranger'
_TWO = '{"server": {"name": "new", "description": "d"}}'
# By name, and whether the response differs from nova's.
_CASES = {
    **{name: (request, True) for name, request in REQUESTS.items()},
    'the last page': (PAGES[-1], True),
    'show to an administrator': (_SHOW._replace(token=ADMIN), False),
    'show to a stranger': (_SHOW._replace(token=_STRANGER), True),
    'PUT by a stranger': (_PUT._replace(token=_STRANGER), True),
    'PUT by a reader': (_PUT._replace(token=READER), True),
    'PUT of two fields': (_PUT._replace(body=_TWO), True),
}
# Each request has its own; the revision is each contender's.
_VARYING = (
    *('time', 'request_id', 'microseconds', 'nova_microseconds'),
    'revision',
)


class Outcome(NamedTuple):
    """A response's status, its document if it is nova's, and the record."""

    status: int
    document: Any
    record: dict[str, Any] | None


def check(site: Site) -> None:
    """Raise AssertionError unless nginx with Lua does as the guards do."""
    for name, (request, differs) in _CASES.items():
        direct = outcome(site.direct, request)
        plain = outcome(site.plain, request)
        lua = outcome(site.lua, request)
        assert plain == direct, name
        assert (lua[:2] != direct[:2]) is differs, name
        for handling in (CLOSE, KEEP):
            ours = outcome(site.guards[handling], request)
            assert lua == ours, f'{name}: {lua.record}, {ours.record}'


def outcome(contender: Contender, request: Request) -> Outcome:
    """Return what *contender* makes of *request*."""
    before = _lines(contender)
    response = web.send(
        request.method,
        f'http://{HOST}:{contender.port}{request.path}',
        json.loads(request.body) if request.body else None,
        {
            'X-Auth-Token': request.token,
            'OpenStack-API-Version': f'compute {MAX}',
            'User-Agent': 'bench',
        },
    )
    # The words of a refusal are each one's own.
    document = response.json if response.status == 200 else None
    added = _lines(contender)[len(before) :]
    assert len(added) <= 1, added
    return Outcome(
        response.status, document, _fixed(added[0]) if added else None
    )


def _lines(contender: Contender) -> list[str]:
    if not contender.decisions.exists():
        return []
    return contender.decisions.read_text().splitlines()


def _fixed(line: str) -> dict[str, Any]:
    """Return the record in *line*, with None for what varies."""
    record = json.loads(line) | dict.fromkeys(_VARYING)
    return record | {'fields': sorted(record['fields'])}
