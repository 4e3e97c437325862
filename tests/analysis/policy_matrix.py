"""``python -m tests.analysis.policy_matrix N``: the matrix and the guard.

Generates policies, callers and servers. A "yes" or "no" of the matrix must
hold for every server, and be the decision of a whole guard on a request; the
condition of any other cell must be what the guard decides. Prints every
disagreement, and ends with 1 if there is one.
"""

import argparse
import collections
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import webob
from oslo_context.context import RequestContext

from nova_update_guard.analysis.matrix import NO, YES, cell
from nova_update_guard.analysis.residual import residual
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import (
    NESTED_KEYS,
    attributes_at,
)
from nova_update_guard.deploy import filters
from nova_update_guard.policy import callers, trees
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Caller, Rules
from tests.standin import Nova

UPDATE = 'update_guard:server:update:'
SHOW = 'update_guard:server:show:'
LEAVES = (
    'role:admin',
    'role:member',
    'role:reader',
    'role:support',
    'role:Manager',
    'rule:context_is_admin',
    'rule:helper',
    'is_admin:True',
    'is_admin:False',
    'user_id:u2',
    'project_id:p2',
    'system_scope:all',
    "'a':a",
    '@',
    '!',
    'project_id:%(project_id)s',
    'user_id:%(user_id)s',
    "'ACTIVE':%(server.status)s",
    "'vm1':%(server.name)s",
    'role:%(server.metadata.role)s',
    "'yes':%(server.metadata.a.b)s",
)
# Values that the tables replace where they are hidden.
VALUES: dict[str, Any] = {
    'name': 'new',
    'accessIPv4': '192.0.2.7',
    'accessIPv6': '2001:db8::7',
    'description': 'new',
    'hostname': 'new',
    'OS-DCF:diskConfig': 'AUTO',
    'pinned_availability_zone': None,
}


class Example:
    """One policy, and its guard in front of the stand-in."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.texts = policy(chance)
        file = folder / 'policy.json'
        file.write_text(json.dumps(self.texts))
        self.nova = Nova()
        self.guard = filters.update_guard({}, policy_file=str(file))(self.nova)
        self.rules = Rules(Checks(self.texts), '')
        self.residuals = Rules(Checks(self.texts), '')


def policy(chance: random.Random) -> dict[str, str]:
    """Return a policy with a text for some of the guard's rules."""
    names = [
        *(f'{UPDATE}{name}' for name in VALUES),
        *(f'{SHOW}{name}' for name in sorted(attributes_at(MAX))),
    ]
    chosen = chance.sample(names, 12)
    return {
        'helper': check(chance, 2, 'rule:helper'),
        **{name: check(chance, chance.randint(0, 3)) for name in chosen},
    }


def check(chance: random.Random, depth: int, *without: str) -> str:
    """Return the text of a check, nested up to *depth*."""
    if not depth:
        return chance.choice([leaf for leaf in LEAVES if leaf not in without])
    kind = chance.choice(['and', 'or', 'not'])
    if kind == 'not':
        return f'not ({check(chance, depth - 1, *without)})'
    parts = [
        check(chance, depth - 1, *without) for _ in range(chance.randint(2, 3))
    ]
    return f'({f" {kind} ".join(parts)})'


def server(chance: random.Random) -> dict[str, Any]:
    """Return the document of a server; it can lack values."""
    document = {
        'id': 's1',
        'links': [],
        'name': chance.choice(['vm1', 'vm2']),
        'status': chance.choice(['ACTIVE', 'SHUTOFF']),
        'tenant_id': chance.choice([callers.PROJECT_ID, 'p2', 'p3']),
        'user_id': chance.choice([callers.USER_ID, 'u2']),
        'metadata': chance.choice(
            [
                {'a': '1'},
                {'role': 'member'},
                {'role': 'support', 'a.b': 'yes'},
            ]
        ),
        'locked': False,
        'OS-EXT-SRV-ATTR:host': 'host1',
        'hostId': 'hash',
        'OS-EXT-STS:vm_state': 'active',
    }
    if not chance.randrange(4):
        del document[chance.choice(['name', 'status', 'user_id', 'metadata'])]
    return document


def problems(
    example: Example, chance: random.Random, whole: bool
) -> list[str]:
    """Return the disagreements about one caller, rule and some servers."""
    leaves = [
        leaf
        for rule in example.texts
        for leaf in trees.leaves(example.rules.trees, rule)
    ]
    label, creds = chance.choice([*callers.one_by_one(callers.named(leaves))])
    rule = chance.choice([name for name in example.texts if ':' in name])
    servers = [server(chance) for _ in range(8)]
    found = cell(example.rules, rule, creds)
    left = residual(example.rules, rule, creds)
    wrong = []
    for document in servers:
        result = example.rules.caller(creds).authorize(rule, document)
        COUNTS[found.result if found.result in (YES, NO) else 'if'] += 1
        if found.result in (YES, NO) and result is not (found.result == YES):
            wrong.append(f'{found} but {result}, {document}')
        said = _by_condition(example, rule, left, creds, document)
        if result is not said:
            wrong.append(f'{found.condition}: {said}, not {result}')
    if whole:
        wrong += _by_request(example, rule, found.result, creds, servers[0])
    return [
        f'{label}: {rule}: {example.texts[rule]}; helper: '
        f'{example.texts["helper"]}: {problem}'
        for problem in wrong
    ]


COUNTS: collections.Counter[str] = collections.Counter()


def _by_condition(
    example: Example, rule: str, left: Any, creds: Any, document: Any
) -> bool:
    """Return the result of the residual *left* about a server."""
    if isinstance(left, bool):
        return left
    # Of its own rules, and a caller that nothing is remembered of.
    rules = example.residuals
    rules._enforcer.rules[rule] = left
    return Caller(rules, creds)._for_server(rule, document)


def _by_request(
    example: Example, rule: str, result: str, creds: Any, document: Any
) -> list[str]:
    """Return the disagreements of a whole request with a cell."""
    context = RequestContext(
        **{
            name: creds.get(name)
            for name in ('user_id', 'project_id', 'roles', 'system_scope')
        },
        overwrite=False,
    )
    environ = {'nova.context': context, 'openstack.request_id': 'r'}
    example.nova.requests.clear()
    name = rule.removeprefix(UPDATE).removeprefix(SHOW)
    if '.' not in name and name not in NESTED_KEYS:
        document = {name: 'x', **document}
        example.nova.respond({'server': document})
    if rule.startswith(UPDATE):
        is_allowed = _update(example, name, environ)
    elif name in document:
        is_allowed = _show(example, name, environ, document)
    else:
        return []
    COUNTS['whole requests'] += 1
    if result in (YES, NO) and is_allowed is not (result == YES):
        return [f'{result}, but the guard says {is_allowed}, {document}']
    return []


def _update(example: Example, name: str, environ: Any) -> bool:
    body = json.dumps({'server': {name: VALUES[name]}}).encode()
    request = webob.Request.blank(
        '/v2.1/servers/s1', environ=environ, method='PUT', body=body
    )
    request.content_type = 'application/json'
    request.headers['OpenStack-API-Version'] = f'compute {MAX}'
    response = request.get_response(example.guard)
    reached = any(method == 'PUT' for method, *_ in example.nova.requests)
    assert response.status_int in (200, 403), response.body
    assert reached is (response.status_int == 200)
    return reached


def _show(example: Example, name: str, environ: Any, document: Any) -> bool:
    request = webob.Request.blank('/v2.1/servers/s1', environ=environ)
    example.nova.headers['OpenStack-API-Version'] = f'compute {MAX}'
    response = request.get_response(example.guard)
    shown = response.json['server']
    return bool(shown.get(name, ...) == document[name])


def run(examples: int, seed: int, whole: bool = True) -> list[str]:
    """Return the disagreements in so many generated requests."""
    chance = random.Random(seed)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(examples):
            if number % 10 == 0:
                example = Example(chance, Path(folder))
            wrong += problems(example, chance, whole)
    return wrong


def main() -> int:
    """Return 0 if matrix and guard agree."""
    parser = argparse.ArgumentParser()
    parser.add_argument('examples', type=int, nargs='?', default=10_000)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    requested = parser.parse_args()
    began = time.monotonic()
    wrong = run(requested.examples, requested.seed)
    for problem in wrong[:20]:
        print(f'- {problem}')
    print(
        f'seed {requested.seed}: {requested.examples} requests in '
        f'{time.monotonic() - began:.0f} s, {dict(COUNTS)}; '
        f'{len(wrong)} disagreements'
    )
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
