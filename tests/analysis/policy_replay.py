"""``python -m tests.analysis.policy_replay N``: the replay and the guard.

Sends generated requests through the guard with policy A, and replays its
records by policies A and B. What the replay says for certain must be what the
guard with policy B decides. Prints every disagreement, and ends with 1 if
there is one.
"""

import argparse
import collections
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import webob
from oslo_context.context import RequestContext

from nova_update_guard.analysis.replay import Replay
from nova_update_guard.analysis.replay_words import (
    ALLOWED,
    REFUSED,
    SHOWN,
    UNKNOWN,
)
from nova_update_guard.analysis.replayed_attributes import RESPONSE
from nova_update_guard.conf import guard as guard_conf
from nova_update_guard.deploy import filters
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import callers, loader
from nova_update_guard.report.findings import Finding, read
from tests.analysis.policy_matrix import (
    SHOW,
    UPDATE,
    VALUES,
    check,
    policy,
    server,
)
from tests.standin import Nova

CONSTRAINTS = {
    'name': [
        {
            'schema': {'not': {'const': 'new'}},
            'message': 'not new',
            'unless': 'role:support or project_id:%(project_id)s',
        }
    ],
    'hostname': [
        {'schema': {'minLength': 2}, 'message': 'two letters'},
        {
            'schema': {'not': {'const': 'new'}},
            'message': 'not new',
            'unless': 'rule:helper',
        },
    ],
}
ROLES = ('admin', 'Manager', 'member', 'reader', 'support', 'other')
QUERIES = (
    *('', 'host=a', 'name=a', 'name=a&host=b', 'vendor=a', 'locked=1'),
    *('sort_key=host', 'sort_key=display_name&sort_key=vendor'),
    *('sort_key=hostname&name=a', 'sort_key=availability_zone'),
)
COUNTS: collections.Counter[str] = collections.Counter()


class Side:
    """A guard with one policy, which writes records to a file."""

    def __init__(
        self, folder: Path, rules: dict[str, str], options: dict[str, str]
    ) -> None:
        folder.mkdir()
        file = folder / 'policy.json'
        file.write_text(json.dumps(rules))
        self.texts = rules
        self._log = folder / 'log'
        options = {
            **{name: text for name, text in options.items() if text},
            'policy_file': str(file),
            'decision_log': str(self._log),
            'decision_sample': '1',
            'decision_sample_reads': '1',
        }
        self.nova = Nova()
        self._guard = filters.update_guard({}, **options)(self.nova)
        self.settings = guard_conf.load(options, LAYERS)
        self.rules = loader.load(loader.files(self.settings), self.settings)

    def record(self, environ: dict[str, Any], answer: dict[str, Any]) -> bytes:
        """Send a request to which nova answers; return its record."""
        self._log.write_text('')
        self.nova.respond(**answer)
        request = webob.Request.blank('/', environ=dict(environ))
        request.body = environ['test.body']
        # A response in audit mode is recorded at its end.
        _ = request.get_response(self._guard).body
        return self._log.read_bytes()


def options(chance: random.Random, folder: Path) -> dict[str, str]:
    """Return settings of a guard; each layer in any mode."""
    file = folder / 'constraints.json'
    file.write_text(json.dumps(CONSTRAINTS))
    return {
        **{
            layer: chance.choice(['enforce', 'enforce', 'audit', 'off'])
            for layer in LAYERS
        },
        'response_redaction': chance.choice(['enforce', 'audit']),
        'counted_fields': chance.choice(['sent', 'sent', 'changed']),
        'allowed_field_sets': chance.choice(['', 'name+hostname']),
        'empty_update': chance.choice(['refuse', 'allow']),
        'check_actions': chance.choice(['true', 'true', 'false']),
        'host_id_key': chance.choice(['', 'a key of at least 32 letters....']),
        'extra_attributes': chance.choice(['', 'vendor']),
        'constraints_file': chance.choice([str(file), '']),
    }


def request(
    chance: random.Random,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the environ of a request, and how nova responds."""
    document = server(chance)
    name = chance.choice(['OS-EXT-AZ:availability_zone', 'vendor', 'hostname'])
    document[name] = 'new'
    version = chance.choice(['2.60', '2.90', '2.96', '2.104', 'latest'])
    operation = chance.choice(['update', 'update', 'action', 'show', 'list'])
    fields = chance.sample(sorted(VALUES), chance.choice([1, 1, 1, 2]))
    body: Any = b''
    method, path = 'GET', '/v2.1/servers/s1'
    if operation == 'update':
        method = 'PUT'
        body = {'server': {field: VALUES[field] for field in fields}}
    elif operation == 'action':
        method, path = 'POST', f'{path}/action'
        rebuilt = [each for each in fields if 'zone' not in each]
        body = {
            'rebuild': {
                'imageRef': '00000000-0000-0000-0000-000000000001',
                **{field: VALUES[field] for field in rebuilt},
            }
        }
    elif operation == 'list':
        path = '/v2.1/servers/detail'
    query = chance.choice(QUERIES) if operation == 'list' else ''
    context = RequestContext(
        user_id=chance.choice([callers.USER_ID, 'u2', 'u?']),
        project_id=chance.choice([callers.PROJECT_ID, 'p2']),
        roles=chance.sample(ROLES, chance.randint(0, 3)),
        system_scope=chance.choice([None, None, 'all']),
        overwrite=False,
    )
    blank = webob.Request.blank(f'{path}?{query}', method=method)
    blank.content_type = 'application/json'
    blank.headers['OpenStack-API-Version'] = f'compute {version}'
    environ = {
        **blank.environ,
        'nova.context': context,
        'openstack.request_id': 'r',
        'test.body': json.dumps(body).encode() if body else b'',
    }
    served = '2.104' if version == 'latest' else version
    kind = {'servers': [document]} if operation == 'list' else {}
    answer = {
        'document': kind or {'server': document},
        'OpenStack_API_Version': f'compute {served}',
    }
    if not chance.randrange(12):
        answer['status'] = 404
    return environ, answer


def level(record: Any) -> int:
    """Return 0 for a request that passed, 1 if only recorded, 2 if refused."""
    if record.verdict != 'refuse':
        return 0
    return 2 if record.mode == 'enforce' else 1


def taken(record: Any) -> set[str]:
    """Return the attributes and sort keys that were taken out."""
    keys = {
        key
        for each in (record, *record.also)
        if each.verdict == 'redact' and each.rule
        for key in each.fields
    }
    return record.redacted.keys() | keys


def problems(found: list[Finding], first: Any, second: Any) -> Iterator[str]:
    """Yield where *found* about the *first* record denies the *second*."""
    kinds = {each.kind for each in found}
    unknown = [each for each in found if each.kind == UNKNOWN]
    before, after = level(first), level(second)
    for kind in kinds or {None}:
        COUNTS[str(kind)] += 1
    if REFUSED in kinds and not after > before:
        yield f'refused, but {before} -> {after}'
    if ALLOWED in kinds and not after < before:
        yield f'allowed, but {before} -> {after}'
    is_decided = all(each.depends_on == RESPONSE for each in unknown)
    if not kinds & {REFUSED, ALLOWED} and is_decided and after != before:
        yield f'as before, but {before} -> {after}'
    shown = {each.field for each in found if each.kind == SHOWN}
    if shown & taken(second) or shown - taken(first):
        yield f'shown {shown}'
    if shown and after == 2:
        yield f'shown {shown}, but refused'
    if not unknown and 2 not in (before, after):
        COUNTS['redactions compared'] += 1
        if first.redacted.keys() - shown != second.redacted.keys():
            yield 'redacted otherwise'


def run(examples: int, seed: int) -> list[str]:
    """Return the disagreements about so many requests."""
    chance = random.Random(seed)
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(examples):
            if number % 20 == 0:
                chosen = options(chance, folder)
                first, second = (
                    Side(folder / f'{number}{side}', rules, chosen)
                    for side, rules in _policies(
                        chance, chosen['extra_attributes']
                    )
                )
                replays = {
                    'A': Replay(first.rules, first.rules, first.settings),
                    'B': Replay(first.rules, second.rules, first.settings),
                    # It knows nothing of the policy of the records.
                    '?': Replay(second.rules, second.rules, first.settings),
                }
            environ, answer = request(chance)
            lines = [side.record(environ, answer) for side in (first, second)]
            if not all(lines):
                COUNTS['not recorded'] += 1
                continue
            one, other = map(read, lines)
            for title, replay in replays.items():
                found = replay(one)
                decided = one if title == 'A' else other
                wrong += [
                    f'{number} {title}: {problem}\n  {chosen}\n  '
                    f'{lines[0].decode()}  {lines[1].decode()}  '
                    f'{first.texts}\n  {second.texts}\n  {found}'
                    for problem in problems(found, one, decided)
                ]
    return wrong


def _policies(
    chance: random.Random, extra: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield two policies, which often have rules in common."""
    one, other = (
        policy(chance)
        | {
            f'{UPDATE}{name}': check(chance, chance.randint(0, 1))
            for name in VALUES
            if chance.randrange(2)
        }
        | ({f'{SHOW}{extra}': check(chance, 1)} if extra else {})
        for _ in range(2)
    )
    yield 'a', one
    keep = chance.random()
    yield (
        'b',
        {
            **{name: one[name] for name in one if chance.random() < keep},
            **{name: other[name] for name in other if chance.random() > keep},
            'helper': chance.choice([one, other])['helper'],
        },
    )


def main() -> int:
    """Return 0 if replay and guard agree."""
    parser = argparse.ArgumentParser()
    parser.add_argument('examples', type=int, nargs='?', default=10_000)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    requested = parser.parse_args()
    began = time.monotonic()
    wrong = run(requested.examples, requested.seed)
    for problem in wrong[:5]:
        print(f'- {problem}')
    print(
        f'seed {requested.seed}: {requested.examples} requests in '
        f'{time.monotonic() - began:.0f} s, {dict(COUNTS)}; '
        f'{len(wrong)} disagreements'
    )
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
