"""Compare ``policy explain`` with a deployed guard, on generated requests.

    python -m tests.analysis.policy_explain 10000 --seed N

Each of them is decided by ``explain``, and by the filter that a paste file
would load from the same files. Each rule's tree is compared with the result
that the guard has for the rule.
"""

import argparse
import inspect
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import webob
import yaml
from oslo_context.context import RequestContext
from oslo_policy import _checks

from nova_update_guard.analysis import (
    caller,
    check_tree,
    dry_run,
    explanation,
    stand_in,
)
from nova_update_guard.analysis.dry_run import Request
from nova_update_guard.conf import guard
from nova_update_guard.deploy import filters
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import defaults, loader

REQUESTS_PER_POLICY = 25
# After so many the counts are printed.
CHUNK = 1000
RESULTS = {True: 'yes', False: 'no', None: 'depends'}
PLUG_INS = ('status_plug_in', 'broken_plug_in')
# At a create there is no server that a rule could name.
RULES = [
    rule.name for rule in defaults.list_rules() if ':create:' not in rule.name
]
NAMED = ['owner', 'support', 'either']
LEAVES = [
    *('role:member', 'role:reader', 'role:admin', 'role:Cloud', 'role:none'),
    *('@', '!', 'rule:context_is_admin', 'is_admin:True', 'is_admin:False'),
    *('project_id:%(project_id)s', 'user_id:%(user_id)s', 'system_scope:all'),
    *('is_admin_project:True', 'is_admin_project:False', 'domain_id:d1'),
    *("'UNKNOWN':%(server.host_status)s", "'ACTIVE':%(server.status)s"),
    *('role:%(server.metadata.role)s', "'gold':%(server.metadata.class)s"),
    *('500:%(server.fault.code)s', "'s3same':%(server.adminPass)s"),
    *('None:%(server.description)s', 'project_id:p1', 'service_roles:service'),
    *('user_id:%(server.metadata.owner)s', "'h1':%(server.nothing)s"),
]
OPAQUE = ['status_plug_in:ACTIVE', 'broken_plug_in:x', 'status_plug_in:ERROR']


class StatusPlugIn(_checks.Check):
    """Says yes to servers of a status."""

    def __call__(self, target, creds, enforcer, current_rule=None):
        return target['server.status'] == self.match


class BrokenPlugIn(_checks.Check):
    """Fails."""

    def __call__(self, target, creds, enforcer):
        raise RuntimeError('broken')


class Case(NamedTuple):
    """A request of a caller, with the server and the options of the guard."""

    values: dict[str, Any]
    server: dict[str, Any]
    request: Request


class Folder:
    """Files of a generated policy, and the guard that is deployed by them."""

    def __init__(self, rng: random.Random, folder: Path) -> None:
        self.options = _options(rng)
        config = folder / 'guard.conf'
        policy = _policy(rng)
        half = rng.sample(sorted(policy), len(policy) // 2)
        beside = folder / 'more.d'
        beside.mkdir()
        for file, names in (
            (folder / 'policy.yaml', policy.keys() - set(half)),
            (beside / 'a.yaml', set(half)),
        ):
            part = {name: policy[name] for name in sorted(names)}
            file.write_text(f'# Rules.\n{yaml.safe_dump(part)}')
        (folder / 'constraints.yaml').write_text(_constraints(rng))
        self.options |= {
            'policy_file': folder / 'policy.yaml',
            'policy_dirs': beside,
            'constraints_file': folder / 'constraints.yaml',
        }
        lines = [f'{name} = {value}' for name, value in self.options.items()]
        config.write_text('\n'.join(['[update_guard]', *lines, '']))
        self.policy = policy
        paste = {'oslo_config_file': str(config)}
        self.settings = guard.load(paste, LAYERS)
        self.rules = loader.load(loader.files(self.settings))
        self.filter = filters.update_guard({}, **paste)


def register_plug_ins() -> None:
    """Let oslo.policy find the plug-ins of LEAVES."""
    checks = (StatusPlugIn, BrokenPlugIn)
    _checks.registered_checks.update(zip(PLUG_INS, checks, strict=True))


def differences(
    number: int, seed: int | str
) -> tuple[list[str], Counter[str]]:
    """Return the differences in *number* requests, and counts of results."""
    rng = random.Random(seed)
    register_plug_ins()
    found: list[str] = []
    counts: Counter[str] = Counter()
    with _running():
        while counts['requests'] < number:
            with tempfile.TemporaryDirectory() as folder:
                made = Folder(rng, Path(folder))
                for _ in range(REQUESTS_PER_POLICY):
                    case = _case(rng)
                    counts['requests'] += 1
                    found += _compare(made, case, counts, rng)
    return found, counts


@contextmanager
def _running():
    """Log nothing, and let oslo.policy inspect each kind of check once.

    It does so at each call of a check, which takes half the time.
    """
    known: dict[Any, Any] = {}
    inspected = inspect.getfullargspec

    def remembered(method):
        if method.__func__ not in known:
            known[method.__func__] = inspected(method)
        return known[method.__func__]

    logging.disable()
    try:
        with mock.patch.object(inspect, 'getfullargspec', remembered):
            yield
    finally:
        logging.disable(logging.NOTSET)


def _compare(made, case, counts, rng):
    """Return the differences in one case, as texts."""
    identity = caller.of_values(case.values, case.server)
    problems = []
    explained = explanation.of_request(
        *(made.settings, made.rules, identity, case.request),
        *(case.server, True),
    )
    problems += _compare_decision(made, case, explained.outcome, counts)
    problems += _compare_trees(made.rules, explained)
    for rule in {*rng.sample(RULES, 3), *NAMED}:
        counts['trees'] += 2
        problems += _compare_tree(made, case, identity, rule)
    problems += _compare_less(made, case, identity, explained.outcome, counts)
    return [
        f'{problem}\n  {case}\n  {made.options}\n  {made.policy}'
        for problem in problems
    ]


def _compare_decision(made, case, outcome, counts):
    """Compare with the response of the deployed guard."""
    nova = stand_in.Nova(case.server)
    response = _sent(case).get_response(made.filter(nova))
    ours = outcome.status, outcome.body
    theirs = response.status_int, response.body
    counts[outcome.result] += 1
    if ours != theirs:
        yield f'explain responds {ours}, the guard {theirs}'
    if (outcome.result == dry_run.REFUSED) == nova.is_asked:
        yield f'explain: {outcome.result}; nova asked: {nova.is_asked}'
    if nova.sent is not None and response.body:
        counts['servers'] += 1
        counts['hidden'] += len(outcome.hidden)
        taken = _taken(nova.sent, json.loads(response.body))
        hidden = {name.partition('.')[0] for name in outcome.hidden}
        # An attribute can be hidden by the value that it has.
        sure = taken <= hidden
        if not sure or not hidden <= taken | _same(nova.sent):
            yield f'explain hides {hidden}, the guard {taken}'


def _compare_trees(rules, explained):
    """Compare the trees that are shown with the decision."""
    # A rule can be asked twice: about a list's keys, and about its servers.
    no = {tree.text for tree in explained.trees if tree.result != 'yes'}
    decision = explained.outcome.decision
    found = decision.violations if decision else []
    denied = [violation.refusal.reason for violation in found]
    for rule in (*denied, *explained.outcome.hidden.values()):
        if rule in rules.texts and rule not in no:
            yield f'{rule} denies, and no tree of it does'


def _taken(sent, document):
    """Return the attributes that differ between nova's and the response."""
    server = document.get('server') or document['servers'][0]
    return {
        name
        for name in sent
        if name not in server or server[name] != sent[name]
    }


def _same(sent):
    return {name for name in sent if sent[name] in ('', None, {}, [])}


def _compare_tree(made, case, identity, rule):
    for server in (None, case.server):
        tree = check_tree.rule_tree(
            made.rules, rule, identity.creds, server, True
        )
        own = made.rules.caller(identity.creds).authorize(rule, server)
        if tree.result != RESULTS[own]:
            yield f'{rule}: the tree says {tree.result}, authorize {own}'


def _compare_less(made, case, identity, whole, counts):
    """Compare with what is said without the server, and the plug-ins.

    A result that does not depend on them must be the same.
    """
    for server, calls in ((None, True), (case.server, False)):
        less = dry_run.run(
            *(made.settings, made.rules, identity, case.request),
            *(server, calls),
        )
        is_known = less.result in (dry_run.ALLOWED, dry_run.REFUSED)
        counts['known without' if is_known else 'unknown without'] += 1
        if is_known and less.result != whole.result:
            yield f'server {server}, calls {calls}: {less.result}'


def _sent(case):
    """Return the request as it comes to the guard in nova's pipeline."""
    values = dict(case.values)
    if not {'project', 'domain', 'system_scope'} & values.keys():
        values['project'] = case.server['tenant_id']
    arguments = {
        caller.KEYS[name].argument: value for name, value in values.items()
    }
    context = RequestContext(overwrite=False, **arguments)
    request = case.request
    headers = dict(request.headers)
    if request.microversion:
        headers['OpenStack-API-Version'] = f'compute {request.microversion}'
    if request.body:
        headers.setdefault('Content-Type', 'application/json')
    sent = webob.Request.blank(
        request.path,
        environ={'nova.context': context},
        method=request.method,
        headers=headers,
        body=request.body,
    )
    if request.path.startswith('/v2/'):
        sent.environ['openstack.legacy_v2'] = True
    return sent


def _options(rng):
    modes = ['enforce', 'enforce', 'enforce', 'audit', 'off']
    return {
        **{name: rng.choice(modes) for name in LAYERS},
        'counted_fields': rng.choice(['sent', 'changed']),
        'empty_update': rng.choice(['refuse', 'allow']),
        'check_actions': rng.choice(['true', 'false']),
        'allowed_field_sets': rng.choice(['', 'name+description']),
        **rng.choice([{}, {'host_id_key': '0123456789abcdef' * 4}]),
    }


def _policy(rng):
    named = {name: _check(rng, 1, LEAVES) for name in NAMED}
    leaves = [*LEAVES, *(f'rule:{name}' for name in NAMED)]
    if rng.random() < 0.3:
        leaves += OPAQUE
    chosen = rng.sample(RULES, rng.randint(5, 40))
    # The default of others refers to it.
    rules = {rule: _check(rng, 2, leaves) for rule in chosen}
    rules['context_is_admin'] = rng.choice(
        ['role:admin', 'role:cloud or role:admin', 'role:admin and @']
    )
    shown = 'update_guard:server:show:'
    if rng.random() < 0.5:
        rules[f'{shown}hostId'] = f'rule:{shown}OS-EXT-SRV-ATTR:host'
    return _without_loops({**named, **rules}, shown)


def _without_loops(policy, shown):
    if policy.get(f'{shown}OS-EXT-SRV-ATTR:host', '').find('rule:upd') >= 0:
        del policy[f'{shown}OS-EXT-SRV-ATTR:host']
    return policy


def _check(rng, depth, leaves):
    if depth == 0 or rng.random() < 0.25:
        leaf = rng.choice(leaves)
        return f'not {leaf}' if rng.random() < 0.25 else leaf
    word = rng.choice([' and ', ' or '])
    parts = [
        f'({part})' if ' and ' in part or ' or ' in part else part
        for part in (
            _check(rng, depth - 1, leaves) for _ in range(rng.randint(2, 3))
        )
    ]
    return word.join(parts)


def _constraints(rng):
    # A constraint that exempts everybody is an error.
    unless = rng.choice([leaf for leaf in LEAVES if leaf != '@'])
    return '# Constraints.\n' + yaml.safe_dump(
        {
            'name': [
                {
                    'schema': {'maxLength': 5},
                    'message': 'too long',
                    'unless': unless,
                }
            ]
        }
    )


def _case(rng):
    server = _server(rng)
    return Case(_caller(rng), server, _request(rng, server))


def _caller(rng):
    roles = ['admin', 'manager', 'member', 'reader', 'cloud', 'Member']
    values: dict[str, Any] = {
        'roles': rng.sample(roles, rng.randint(0, 3)),
        'user': rng.choice(['u1', 'u2']),
    }
    scope = rng.choice(['', 'project', 'project', 'domain', 'system_scope'])
    if scope:
        values[scope] = {
            'project': rng.choice(['p1', 'p2']),
            'domain': 'd1',
            'system_scope': 'all',
        }[scope]
    if rng.random() < 0.2:
        values['is_admin_project'] = rng.choice([True, False])
    if rng.random() < 0.2:
        values['service_roles'] = ['service']
    return values


def _server(rng):
    server = {
        'id': 's1',
        'links': [],
        'name': rng.choice(['vm1', 'a']),
        'tenant_id': rng.choice(['p1', 'p2']),
        'user_id': rng.choice(['u1', 'u2']),
    }
    more = {
        'status': rng.choice(['ACTIVE', 'ERROR']),
        'hostId': rng.choice(['f00d', '']),
        'host_status': rng.choice(['UP', 'UNKNOWN']),
        'metadata': rng.choice(
            [{}, {'role': 'member'}, {'class': 'gold', 'owner': 'u1'}]
        ),
        'fault': rng.choice([{'code': 500, 'details': 'x'}, {'code': 404}]),
        'flavor': {'vcpus': 1, 'extra_specs': {'a': 'b'}, 'new': 1},
        'addresses': {'net': [{'addr': 'a', 'OS-EXT-IPS-MAC:mac_addr': 'm'}]},
        'OS-EXT-SRV-ATTR:host': 'host-1',
        'OS-EXT-SRV-ATTR:hostname': 'vm1',
        'OS-EXT-SRV-ATTR:user_data': 'c2VjcmV0',
        'adminPass': 's3same',
        'description': rng.choice([None, 'text', '']),
        'locked': False,
        'vendor:extra': 1,
        'image': '',
        'tags': ['a'],
    }
    for name in rng.sample(sorted(more), rng.randint(3, len(more))):
        server[name] = more[name]
    return server


FIELDS = {
    'name': ['vm1', 'a', 'too long', '', 7],
    'description': ['text', None, ''],
    'accessIPv4': ['10.0.0.1', 'x'],
    'hostname': ['vm1', 'host2'],
    'OS-DCF:diskConfig': ['AUTO', 'NEVER'],
    'pinned_availability_zone': ['az1'],
    'unknown': [1],
}


def _request(rng, server):
    version = rng.choice(
        ['', '2.1', '2.19', '2.90', '2.96', 'latest', '2.200']
    )
    prefix = rng.choice(['/v2.1', '/v2.1', '/v2.1/abc', '/v2', ''])
    if rng.random() < 0.03:
        version = 'nonsense'
    kind = rng.choice(
        ['update'] * 4 + ['show'] * 2 + ['list', 'action', 'odd']
    )
    path = f'{prefix}/servers/s1'
    if kind == 'update':
        return Request('PUT', path, _update(rng), version)
    if kind == 'list':
        detail = rng.choice(['', '/detail', '/detail'])
        query = rng.choice(
            ['', '?host=a', '?sort_key=host', '?name=a&user_id=u1']
        )
        return Request('GET', f'{prefix}/servers{detail}{query}', b'', version)
    if kind == 'action':
        body = rng.choice(
            [
                {'rebuild': {'imageRef': 'i1', **_fields(rng)}},
                {'rebuild': {'imageRef': 'i1'}},
                {'resize': {'flavorRef': '1', 'OS-DCF:diskConfig': 'AUTO'}},
                {'unshelve': {'availability_zone': 'az1'}},
                {'reboot': {'type': 'HARD'}},
            ]
        )
        data = json.dumps(body).encode()
        return Request('POST', f'{path}/action', data, version)
    if kind == 'odd':
        method, path = rng.choice(
            [
                ('HEAD', path),
                ('DELETE', path),
                ('GET', f'{path}/metadata'),
                ('GET', f'{prefix}/flavors'),
                ('GET', f'{path}?_method=PUT'),
                ('POST', f'{prefix}/servers'),
            ]
        )
        return Request(method, path, b'', version)
    return Request('GET', path, b'', version)


def _update(rng):
    if rng.random() < 0.05:
        return rng.choice([b'', b'{', b'[]', b'{"server": 1}', b'{"a": NaN}'])
    return json.dumps({'server': _fields(rng)}).encode()


def _fields(rng):
    names = rng.sample(sorted(FIELDS), rng.choice([0, 1, 1, 1, 1, 2]))
    return {name: rng.choice(FIELDS[name]) for name in names}


def main() -> int:
    """Compare, and print the first differences; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('number', type=int, nargs='?', default=10000)
    parser.add_argument('--seed', type=int, default=0)
    given = parser.parse_args()
    began = time.monotonic()
    found: list[str] = []
    counts: Counter[str] = Counter()
    while counts['requests'] < given.number:
        wanted = min(CHUNK, given.number - counts['requests'])
        seed = f'{given.seed} {counts["requests"]}'
        more, counted = differences(wanted, seed)
        found += more
        counts += counted
        seconds = time.monotonic() - began
        print(dict(counts), f'{seconds:.0f} s, {len(found)} differences')
    for problem in found[:5]:
        print(problem)
    return bool(found)


if __name__ == '__main__':
    sys.exit(main())
