"""Run one request through the real guard, in front of a stand-in for nova.

The decision is the guard's own. The caller is given as keystonecontext or the
proxy's token cache gives it.
"""

import logging
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

import webob

from nova_update_guard.analysis import check_tree
from nova_update_guard.analysis.stand_in import Nova, Server
from nova_update_guard.compute_api import microversions, paths
from nova_update_guard.compute_api.server_attributes import (
    HOST,
    HOST_ID,
    UNLISTED,
    UNRULED,
    attributes_at,
)
from nova_update_guard.compute_api.version import Version
from nova_update_guard.conf.guard import Settings
from nova_update_guard.layers.modes import ENFORCE, RESPONSE_REDACTION
from nova_update_guard.middleware.decision import Decision, Identity
from nova_update_guard.middleware.guard import Guard
from nova_update_guard.middleware.identity import CACHED_IDENTITY
from nova_update_guard.policy.enforcer import Caller, Creds, Rules
from nova_update_guard.policy.reloader import Reloader

ALLOWED = 'allowed'
REFUSED = 'refused'
NOT_GUARDED = 'not guarded'
NEEDS_SERVER = 'depends on the server'
NEEDS_SERVICE = 'depends on a service or plug-in'


class Request(NamedTuple):
    """A request as a client would send it; *path* is that of its URL."""

    method: str
    path: str
    body: bytes = b''
    microversion: str = ''
    headers: Mapping[str, str] = {}


class Outcome(NamedTuple):
    """The result for one request.

    *status* and *body* are those of the response to the client, *hidden* the
    attributes that are hidden in it, each with the rule that denies it, and
    *shown* the others; *sent* is the server as nova sent it. *asked* are the
    rules that were asked before nova, and whether it was for a server;
    *effective* those that could change the response.
    """

    result: str
    status: int
    body: bytes
    decision: Decision | None
    hidden: dict[str, str]
    shown: list[str]
    sent: Server | None
    asked: dict[str, bool]
    effective: list[str]


def run(
    settings: Settings,
    rules: Rules,
    identity: Identity,
    request: Request,
    server: Server | None = None,
    calls: bool = False,
) -> Outcome:
    """Run *request* of the caller *identity* through the guard.

    Without *server* the result may be NEEDS_SERVER, and NEEDS_SERVICE unless
    services and plug-ins that rules refer to are called, with *calls*.
    """
    nova = Nova(server)
    recording = _Recording(rules, nova, calls)
    watch: Reloader[Rules] = Reloader(lambda: recording, dict)
    decisions: list[Decision] = []
    guard = Guard(nova, settings, watch, lambda _, one: decisions.append(one))
    with _quietly():
        response = _sent(request, identity).get_response(guard)
        body = response.body
    decision = decisions[-1] if decisions else None
    hidden = _hidden(decision, nova) if decision else {}
    return Outcome(
        _result(decision, recording, nova),
        response.status_int,
        body,
        decision,
        hidden,
        _shown(nova, hidden),
        nova.sent,
        recording.before,
        _effective(recording, nova),
    )


def names(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the attributes in *document*, nested ones with a dot."""
    yield from document
    for name in attributes_at(microversions.MAX):
        parent, dot, key = name.partition('.')
        if dot and _holds(document.get(parent), key):
            yield name


def rule_of(attribute: str, version: Version) -> str:
    """Return the rule of *attribute* at *version*; '' if it has none."""
    row = attributes_at(version).get(attribute)
    unruled = '' if attribute in UNRULED else UNLISTED
    return row.rule if row else unruled


class _Recording(Rules):
    """The *rules*, which record the names that the guard asks.

    *before* are those asked before *nova* was, *after* the others; with an
    opaque rule in *unknown*, the result is not known.
    """

    def __init__(self, rules: Rules, nova: Nova, calls: bool) -> None:
        vars(self).update(vars(rules))
        self.before: dict[str, bool] = {}
        self.after: set[str] = set()
        self.unknown: set[str] = set()
        self._nova = nova
        self._calls = calls

    def caller(self, creds: Creds, _key: bytes = b'') -> Caller:
        return _Recorded(self, creds, self._record)

    def evaluate(self, rule: str, target: Any, creds: Creds) -> bool:
        if self._calls or rule not in self.opaque:
            return super().evaluate(rule, target, creds)
        tree = check_tree.evaluated(self, rule, target, creds, calls=False)
        if tree.result == check_tree.NOT_CALLED:
            self.unknown.add(rule)
        return tree.result == check_tree.YES

    def _record(self, rule: str, has_server: bool) -> None:
        if self._nova.is_asked:
            self.after.add(rule)
        else:
            self.before[rule] = has_server or self.before.get(rule, False)


class _Recorded(Caller):
    def __init__(self, rules: Rules, creds: Creds, record: Any) -> None:
        super().__init__(rules, creds)
        self._record = record

    def authorize(self, rule: str, server: Any = None) -> Any:
        self._record(rule, server is not None)
        return super().authorize(rule, server)


def _sent(request: Request, identity: Identity) -> webob.Request:
    headers = dict(request.headers)
    if request.microversion:
        headers[microversions.HEADER] = f'compute {request.microversion}'
    if request.body:
        headers = {'Content-Type': 'application/json', **headers}
    # As clients write other characters than those of ASCII: RFC 3986.
    path = quote(request.path, safe=string.punctuation)
    sent = webob.Request.blank(path, method=request.method, headers=headers)
    sent.body = request.body
    sent.environ[CACHED_IDENTITY] = identity
    if paths.is_legacy_v2(sent.path_info):
        # As nova's own wrapper, and the proxy.
        sent.environ['openstack.legacy_v2'] = True
    return sent


def _result(
    decision: Decision | None, recording: _Recording, nova: Nova
) -> str:
    if decision is None:
        return NOT_GUARDED
    if nova.is_missed:
        return NEEDS_SERVER
    if recording.unknown:
        return NEEDS_SERVICE
    return REFUSED if decision.refused else ALLOWED


def _hidden(decision: Decision, nova: Nova) -> dict[str, str]:
    """Return the attributes that the client does not see, with their rules."""
    caller = decision.caller
    if decision.modes.get(RESPONSE_REDACTION) != ENFORCE or caller is None:
        return {}
    found = {name: rule_of(name, nova.version) for name in decision.taken}
    if HOST_ID in found and caller.authorize(found[HOST_ID], nova.sent or {}):
        # It is hashed by a key, for callers that may not see the host.
        found[HOST_ID] = HOST
    return found


def _shown(nova: Nova, hidden: Mapping[str, str]) -> list[str]:
    return [
        name
        for name in names(nova.sent or {})
        if not {name, name.partition('.')[0]} & hidden.keys()
    ]


def _effective(recording: '_Recording', nova: Nova) -> list[str]:
    rules = [rule_of(name, nova.version) for name in names(nova.sent or {})]
    return [rule for rule in dict.fromkeys(rules) if rule in recording.after]


def _holds(value: Any, key: str) -> bool:
    """Return whether *key* is in *value*, or in a document in it."""
    if isinstance(value, dict):
        return key in value or any(
            _holds(each, key) for each in value.values()
        )
    return isinstance(value, list) and any(_holds(each, key) for each in value)


@contextmanager
def _quietly() -> Iterator[None]:
    """Suppress the log lines of refusals: the result says it."""
    logger = logging.getLogger('nova_update_guard.refusals')
    logger.addFilter(_is_no_refusal)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_refusal)


def _is_no_refusal(_: logging.LogRecord) -> bool:
    return False
