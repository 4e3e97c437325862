"""The cost of redaction, against reading and writing the same bytes."""

import atexit
import functools
import itertools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from oslo_config import cfg
from oslo_policy import policy

from nova_update_guard.compute_api.faults import NO_DOCUMENT
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.middleware import redacted_bodies, responses
from nova_update_guard.middleware.responses import Response
from nova_update_guard.middleware.views import Views
from nova_update_guard.policy import defaults
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Caller, Rules
from tests.bench import documents
from tests.bench.measure import Row, Work

SHOW = 'update_guard:server:show:'
TARGETS = {
    f'{SHOW}addresses': "not 'BUILD':%(server.status)s",
    f'{SHOW}hostId': 'project_id:%(project_id)s',
    f'{SHOW}key_name': 'user_id:%(user_id)s',
}
MEMBER = {
    'roles': ['member', 'reader'],
    'project_id': 'p',
    'user_id': 'u',
    'is_admin': False,
}
ADMIN = MEMBER | {'roles': ['admin']}
_HEADERS = [
    ('Content-Type', 'application/json'),
    ('OpenStack-API-Version', f'compute {MAX}'),
]
FLOOR = 'orjson.loads + dumps of the same bytes'


def caller(policy: dict[str, str], creds: dict[str, object]) -> Caller:
    """Return a caller with *creds*, under a policy of its own."""
    return Rules(Checks(policy), 'bench').caller(creds)


def redacting(body: bytes, caller: Caller) -> Work:
    """Return a function that redacts a response for *caller*."""
    views = Views(None)

    def redact() -> object:
        received = Response('200 OK', _HEADERS, [body])
        view = views.of(received, caller)
        if view is None:
            return received
        data = responses.joined(received.body, NO_DOCUMENT)
        return redacted_bodies.redact(
            received, data, view, caller.authorize, True
        )

    return redact


def document(redacted: Any) -> Any:
    """Return the redacted response."""
    return orjson.loads(responses.joined(redacted.response.body, NO_DOCUMENT))


def reading(body: bytes) -> Work:
    """Return the cost of a response that is only read and written."""
    return lambda: orjson.dumps(orjson.loads(body))


def show_rules() -> list[str]:
    """Return the rules of visibility."""
    rules = [rule.name for rule in defaults.list_rules()]
    return [rule for rule in rules if rule.startswith(SHOW)]


def rows() -> list[Row]:
    """Return the rows of the answer's side."""
    one, many = documents.visible(), documents.body(1000)
    member, admin = caller({}, MEMBER), caller({}, ADMIN)
    targets = caller(TARGETS, MEMBER)
    thousand = redacting(many, member)
    return [
        Row('show of one server, verdicts known', FLOOR,
            redacting(one, member), reading(one), 4.0),
        Row('detail of 1000 servers', FLOOR, thousand, reading(many), 1.4),
        Row('the same, three rules with a target', FLOOR,
            redacting(many, targets), reading(many), 3.0),
        Row('the same, who may see everything', 'copying the bytes',
            redacting(many, admin), lambda: bytes(bytearray(many)), 1.1),
        Row('detail of 1000 servers, how many times faster',
            'authorize() for each attribute of each server',
            thousand, _obviously(many), 50, more=True),
    ]  # fmt: skip


def first(policy: dict[str, str]) -> Work:
    """Return the first response to a caller without cached results."""
    rules = Rules(Checks(policy), 'bench')
    views, numbers = Views(None), itertools.count()

    def view() -> object:
        creds = MEMBER | {'user_id': str(next(numbers))}
        return views.at(MAX, rules.caller(creds))

    return view


def _obviously(body: bytes) -> Work:
    """Return the obvious way: each attribute of each server is asked about.

    By oslo.policy itself, with the server as the target.
    """
    send = _authorizer()

    def redact() -> bytes:
        document = orjson.loads(body)
        for server in document['servers']:
            for name in [name for name in server if not send(name, server)]:
                del server[name]
        return orjson.dumps(document)

    return redact


def _authorizer() -> Callable[[str, dict[str, Any]], bool]:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    enforcer = policy.Enforcer(conf, policy_file=str(_empty_policy()))
    enforcer.register_defaults(defaults.list_rules())
    named = {row.name: row.rule for row in SERVER_ATTRIBUTES}

    def send(name: str, server: dict[str, Any]) -> bool:
        rule = named.get(name)
        return rule is None or bool(enforcer.authorize(rule, server, MEMBER))

    return send


@functools.cache
def _empty_policy() -> Path:
    """Return a policy file of the operator's, which changes nothing."""
    path = Path(tempfile.mkdtemp(), 'policy.yaml')
    path.write_text('# The defaults.\n')
    atexit.register(shutil.rmtree, path.parent)
    return path
