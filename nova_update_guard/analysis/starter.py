"""The starter file of ``policy test``: cases that expect what is in force."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from nova_update_guard.analysis import caller, check_tree, dry_run
from nova_update_guard.analysis.caller import KEYS
from nova_update_guard.analysis.dry_run import Outcome, Request
from nova_update_guard.analysis.stand_in import Server
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import attributes_at
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.conf.guard import Settings
from nova_update_guard.policy import callers, trees
from nova_update_guard.policy.enforcer import Rules

_HEAD = """\
# Cases for "nova-update-guard policy test", written from the policy in force.
# They expect what the guard decides now: correct what should be otherwise.
#
# A case has a request, or a rule with the callers that it says yes and no to.
# A caller without a project is one of the project that owns the server.
"""
_OWN = 'example'
_PATH = '/v2.1/servers/example'
# Attributes without a value here are null.
_VALUES: Server = {
    'id': 'example',
    'links': [],
    'name': 'example',
    'status': 'ACTIVE',
    'tenant_id': 'owner-project',
    'user_id': 'owner',
    'hostId': 'f00d',
    'host_status': 'UP',
    'OS-EXT-SRV-ATTR:host': 'host-1',
    'addresses': {
        'net': [{'addr': '192.0.2.1', 'OS-EXT-IPS-MAC:mac_addr': '00:00'}]
    },
    'fault': {'code': 500, 'message': 'failed', 'details': 'Traceback'},
    'flavor': {'vcpus': 1, 'extra_specs': {}},
    'image': {'id': 'image', 'properties': {}},
    'metadata': {},
    'vendor:example': None,
}
_SERVER: Server = _VALUES | {
    name: None
    for name in attributes_at(MAX)
    if '.' not in name and name not in _VALUES
}
_VERSION = str(MAX)


def text(settings: Settings, rules: Rules) -> str:
    """Return the file: callers, a server, and cases that pass now."""
    known = dict(_callers(rules))
    document = {
        'callers': known,
        'servers': {_OWN: _SERVER},
        'cases': [
            *_requests(settings, rules, known),
            *_rules(rules, known),
        ],
    }
    dumped = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=False
    )
    return f'{_HEAD}{dumped}'


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, which the guard's reader refuses."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _callers(rules: Rules) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the callers that the rules tell apart, by name."""
    leaves = [
        leaf
        for rule in rules.trees
        for leaf in trees.leaves(rules.trees, rule)
    ]
    names = {key.argument: name for name, key in KEYS.items()}
    default = callers.credentials(())
    for label, creds in callers.one_by_one(callers.named(leaves)):
        values = {
            names[key]: value
            for key, value in creds.items()
            if key in names and value != default.get(key)
        }
        for name, value in values.items():
            if KEYS[name].kind is list and isinstance(value, str):
                values[name] = [value]
        yield label, {'roles': [], **values}


def _requests(
    settings: Settings, rules: Rules, known: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield what each caller sees, and whether it may rename the server."""
    rename = {'server': {'name': 'renamed'}}
    for label, values in known.items():
        for verb, method, body in (
            ('sees', 'GET', None),
            ('renames', 'PUT', rename),
        ):
            request: dict[str, Any] = {
                'method': method,
                'path': _PATH,
                'microversion': _VERSION,
            }
            request |= {'body': body} if body else {}
            expect = _expect(rules, _run(settings, rules, values, request))
            if expect:
                yield {
                    'name': f'{label} {verb} the server',
                    'caller': label,
                    'server': _OWN,
                    'request': request,
                    'expect': expect,
                }


def _run(
    settings: Settings,
    rules: Rules,
    values: dict[str, Any],
    request: dict[str, Any],
) -> Outcome:
    body = request.get('body')
    return dry_run.run(
        settings,
        rules,
        caller.of_values(values, _SERVER),
        Request(
            request['method'],
            request['path'],
            json.dumps(body).encode() if body else b'',
            request['microversion'],
        ),
        _SERVER,
    )


def _expect(rules: Rules, outcome: Outcome) -> dict[str, Any]:
    """Return what to expect; nothing if the outcome is not known."""
    if outcome.result == dry_run.ALLOWED:
        expect: dict[str, Any] = {'allowed': True}
        return expect | (
            {'hidden': [*outcome.hidden]} if outcome.hidden else {}
        )
    refused = outcome.decision and outcome.decision.refused
    if outcome.result == dry_run.REFUSED and refused:
        reason = refused.refusal.reason
        by = reason if reason in rules.texts else refused.layers[0]
        return {'refused': outcome.status, 'by': by}
    return {}


def _rules(
    rules: Rules, known: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield a case for each rule of an update, or that callers differ in."""
    updates = {row.rule for row in UPDATE_FIELDS}
    for rule in rules.texts:
        results = {
            label: check_tree.rule_tree(
                rules,
                rule,
                caller.of_values(values, _SERVER).creds,
                _SERVER,
                calls=False,
            ).result
            for label, values in known.items()
        }
        is_known = set(results.values()) <= {check_tree.YES, check_tree.NO}
        if is_known and (rule in updates or len(set(results.values())) > 1):
            yield {
                'name': rule,
                'rule': rule,
                'server': _OWN,
                'expect': results,
            }
