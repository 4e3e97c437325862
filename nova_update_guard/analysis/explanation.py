"""Explain a rule or a request: the trees of its rules, and the decision."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from nova_update_guard.analysis import (
    check_tree,
    dry_run,
    outcome_facts,
    unnamed_version,
)
from nova_update_guard.analysis.check_tree import Node
from nova_update_guard.analysis.dry_run import Outcome, Request
from nova_update_guard.analysis.stand_in import Server
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.version import MIN
from nova_update_guard.conf.guard import Settings
from nova_update_guard.middleware.decision import Identity, Violation
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.report.cells import printable

# The widest result in a tree: "not called".
_WIDTH = 11
# Values of a caller that go without saying.
_UNSAID: tuple[object, ...] = (None, '', [], ())
_DEFAULTS = {'is_admin_project': True, 'system': 'all'}


class Explanation(NamedTuple):
    """The *trees* of the rules concerned, for the caller *identity*.

    *request* and *outcome* are None where a rule was asked for. If the request
    names no microversion, *is_otherwise* tells whether the newest would have
    another outcome.
    """

    identity: Identity
    trees: list[Node]
    request: Request | None = None
    outcome: Outcome | None = None
    is_otherwise: bool = False


def of_rule(
    rules: Rules,
    identity: Identity,
    rule: str,
    server: Server | None,
    calls: bool,
) -> Explanation:
    """Explain the result of *rule*, which must exist."""
    creds = identity.creds
    tree = check_tree.rule_tree(rules, rule, creds, server, calls)
    return Explanation(identity, [tree])


def of_request(
    settings: Settings,
    rules: Rules,
    identity: Identity,
    request: Request,
    server: Server | None,
    calls: bool,
) -> Explanation:
    """Explain the guard's decision on *request*.

    The trees are those of the rules that it asked before it called nova, and
    of those that hide an attribute.
    """

    def run(asked: Request) -> Outcome:
        return dry_run.run(settings, rules, identity, asked, server, calls)

    outcome = run(request)
    trees = [
        check_tree.rule_tree(rules, rule, identity.creds, document, calls)
        for rule, document in judged(outcome, server, outcome.hidden.values())
    ]
    is_otherwise = unnamed_version.is_otherwise_at_newest(
        request, outcome, run
    )
    return Explanation(identity, trees, request, outcome, is_otherwise)


def judged(
    outcome: Outcome, server: Server | None, later: Iterable[str]
) -> list[tuple[str, Server | None]]:
    """Return the rules that were asked, each with the document for which.

    They are those before nova, and *later* those about its response: a list's
    keys are judged before there is any server, and a response after an update
    has changed it.
    """
    before = [
        (rule, server if has_server else None)
        for rule, has_server in outcome.asked.items()
    ]
    after = [(rule, outcome.sent) for rule in dict.fromkeys(later)]
    return before + [each for each in after if each not in before]


def text(explained: Explanation) -> str:
    """Return the explanation as lines for people."""
    lines = [_line('caller', ', '.join(_caller(explained.identity)))]
    if explained.request and explained.outcome:
        lines += _request_lines(
            explained.request, explained.outcome, explained.is_otherwise
        )
    for tree in explained.trees:
        lines += ['', *_tree_lines(tree)]
    return '\n'.join(lines) + '\n'


def data(explained: Explanation) -> dict[str, Any]:
    """Return the explanation as JSON's types."""
    creds = explained.identity.creds
    found: dict[str, Any] = {
        'caller': {
            name: creds[name] for name in creds if creds[name] not in _UNSAID
        },
        'rules': [_node_data(tree) for tree in explained.trees],
    }
    outcome = explained.outcome
    if explained.request and outcome:
        found['request'] = {
            'method': explained.request.method,
            'path': explained.request.path,
            'microversion': explained.request.microversion or None,
        }
        found['decision'] = {
            'result': outcome.result,
            'violations': [
                outcome_facts.violation_data(outcome, each)
                for each in outcome_facts.found(outcome)
            ],
            'sort_keys_taken_out': outcome_facts.sort_keys(outcome),
            'response': outcome_facts.response(outcome),
            'hidden': outcome.hidden,
            'shown': outcome.shown,
            'otherwise_at': str(MAX) if explained.is_otherwise else None,
        }
    return found


def _line(name: str, value: str) -> str:
    return f'{name:<{_WIDTH}}{value}'


def _caller(identity: Identity) -> Iterator[str]:
    """Yield the caller's values that are set, the roles last."""
    for name, value in identity.creds.items():
        is_said = value not in _UNSAID and _DEFAULTS.get(name) != value
        if is_said and name != 'roles':
            yield f'{name} {_plain(value)}'
    yield f'roles {_plain(identity.creds["roles"]) or "(none)"}'


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ' '.join(map(_plain, value))
    return printable(str(value))


def _request_lines(
    request: Request, outcome: Outcome, is_otherwise: bool
) -> Iterator[str]:
    target = f'{_plain(request.method)} {_plain(request.path)}'
    yield _line('request', f'{target}{_version(request)}')
    yield _line('decision', _said(outcome))
    if is_otherwise:
        yield _line('', f'otherwise at microversion {MAX}: --microversion')
    for violation in outcome_facts.found(outcome):
        yield _line('', _violation_text(outcome, violation))
    for key, rule in outcome_facts.sort_keys(outcome).items():
        yield _line('unsorted', f'{_plain(key)} (by {rule})')
    response = outcome_facts.response(outcome)
    if response:
        yield _line('response', f'HTTP {response["status"]}')
        yield _line('', _plain(response['body']))
    if _is_open(outcome):
        yield _line('hidden', 'not known without the server: --server')
    for number, (name, rule) in enumerate(outcome.hidden.items()):
        yield _line('' if number else 'hidden', f'{_plain(name)} (by {rule})')
    if outcome.shown:
        yield _line('shown', ', '.join(map(_plain, outcome.shown)))


def _version(request: Request) -> str:
    if unnamed_version.is_unnamed(request):
        return f', microversion {MIN} (none was given)'
    version = request.microversion
    return f', microversion {_plain(version)}' if version else ''


def _is_open(outcome: Outcome) -> bool:
    """Return whether the stand-in for nova had no server to respond with."""
    return (outcome.result, outcome.status) == (dry_run.ALLOWED, 404)


_SAID = {
    dry_run.ALLOWED: 'allowed',
    dry_run.REFUSED: 'refused',
    dry_run.NOT_GUARDED: 'not guarded: no layer that is on checks it',
    dry_run.NEEDS_SERVER: 'depends on the server: give its document',
    dry_run.NEEDS_SERVICE: 'depends on a service or a plug-in, which was not '
    'called',
}


def _said(outcome: Outcome) -> str:
    return _SAID[outcome.result]


def _violation_text(outcome: Outcome, violation: Violation) -> str:
    found = outcome_facts.violation_data(outcome, violation)
    only = '' if found['enforced'] else '; the layer only records it (audit)'
    layers = ', '.join(found['layers'])
    return f'{_plain(found["reason"])} ({layers}){only}'


def _tree_lines(tree: Node) -> Iterator[str]:
    for depth, node in tree.walk():
        said = ', '.join(note for note in (node.note, node.place) if note)
        line = f'{node.result:<{_WIDTH}}{"  " * depth}{_plain(node.text)}'
        yield f'{line}  [{said}]' if said else line


def _node_data(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {'check': node.text, 'result': node.result}
    found |= {'note': node.note} if node.note else {}
    found |= {'place': node.place} if node.place else {}
    parts = [_node_data(part) for part in node.parts]
    return found | ({'parts': parts} if parts else {})


def as_json(explained: Explanation) -> str:
    """Return the explanation as a JSON document."""
    return json.dumps(data(explained), indent=2, default=str) + '\n'
