"""Run the cases of ``policy test``, and see which rules they ask."""

from collections.abc import Iterator
from typing import NamedTuple

from nova_update_guard.analysis import check_tree, dry_run, explanation
from nova_update_guard.analysis.cases import Case
from nova_update_guard.analysis.check_tree import NOT_ASKED, Node
from nova_update_guard.analysis.dry_run import Outcome, Request
from nova_update_guard.analysis.expectations import Expected
from nova_update_guard.compute_api.create_fields import CREATE_RULE
from nova_update_guard.conf.guard import Settings
from nova_update_guard.policy.enforcer import Rules

_REFERENCE = 'rule:'


class Result(NamedTuple):
    """The result of a case, as expected or not.

    *asked* are the rules that the guard asked, and whose result counted. *why*
    explains the result, for people.
    """

    case: Case
    expected: str
    got: str
    asked: frozenset[str]
    why: str = ''

    @property
    def is_passed(self) -> bool:
        """Whether the guard decides as expected."""
        return self.expected == self.got


def run(
    settings: Settings, rules: Rules, case: Case, calls: bool = False
) -> Result:
    """Return the result of *case*.

    With *calls*, services and plug-ins that rules refer to are called.
    """
    if isinstance(case.subject, Request):
        return _of_request(settings, rules, case, calls)
    identity, server = case.identity, case.server
    explained = explanation.of_rule(
        rules, identity, case.subject, server, calls
    )
    (tree,) = explained.trees
    return Result(
        case,
        str(case.expected),
        tree.result,
        frozenset({case.subject, *_references(tree)}),
        explanation.text(explained),
    )


def not_asked(rules: Rules, results: list[Result]) -> list[str]:
    """Return the rules that no case asks."""
    asked = frozenset[str]().union(*(result.asked for result in results))
    return sorted(askable(rules) - asked)


def askable(rules: Rules) -> set[str]:
    """Return the rules that a case can ask: there is no case of a create."""
    return {rule for rule in rules.texts if not rule.startswith(CREATE_RULE)}


def _of_request(
    settings: Settings, rules: Rules, case: Case, calls: bool
) -> Result:
    assert isinstance(case.subject, Request)
    assert isinstance(case.expected, Expected)
    identity, server = case.identity, case.server
    explained = explanation.of_request(
        settings, rules, identity, case.subject, server, calls
    )
    outcome = explained.outcome
    assert outcome
    later = [*outcome.effective, *outcome.hidden.values()]
    judged = explanation.judged(outcome, server, later)
    trees = [
        check_tree.rule_tree(rules, rule, identity.creds, document, calls)
        for rule, document in judged
    ]
    below = {name for tree in trees for name in _references(tree)}
    return Result(
        case,
        _expectation(case.expected),
        _got(case.expected, outcome),
        frozenset({*outcome.asked, *later, *below}),
        explanation.text(explained),
    )


def _references(tree: Node) -> Iterator[str]:
    """Yield the rules that the evaluation of *tree* reached."""
    for _, node in tree.walk():
        is_reference = node.text.startswith(_REFERENCE) and node.parts
        if is_reference and node.result != NOT_ASKED:
            yield node.text.removeprefix(_REFERENCE)


def _expectation(expected: Expected) -> str:
    if expected.status is not None:
        by = f' by {expected.by}' if expected.by else ''
        return f'refused with {expected.status}{by}'
    parts = [dry_run.ALLOWED]
    for word, names in (
        ('hidden', expected.hidden),
        ('shown', expected.shown),
    ):
        parts += [f'{name} {word}' for name in names]
    return ', '.join(parts)


def _got(expected: Expected, outcome: Outcome) -> str:
    """Say the outcome in the words of what is *expected*."""
    decision = outcome.decision
    if outcome.result == dry_run.REFUSED and decision and decision.refused:
        layers, refusal = decision.refused
        said = f'refused with {outcome.status}'
        if expected.status is not None and not expected.by:
            return said
        is_it = expected.by == refusal.reason or expected.by in layers
        return f'{said} by {expected.by if is_it else refusal.reason}'
    if outcome.result != dry_run.ALLOWED or expected.status is not None:
        return outcome.result
    parts = [outcome.result]
    for name in (*expected.hidden, *expected.shown):
        is_shown = name in outcome.shown
        parts.append(f'{name} {"shown" if is_shown else "hidden"}')
    return ', '.join(parts)
