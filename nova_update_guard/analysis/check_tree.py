"""The result of each check of a rule, as the guard evaluates the rule.

Each leaf is called as the guard calls it, on the same target, in the same
order; and, or and not stop where oslo.policy's own stop.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from nova_update_guard.analysis.residual import without_secrets
from nova_update_guard.policy import targets, trees
from nova_update_guard.policy.enforcer import Creds, Document, Rules

YES = 'yes'
NO = 'no'
# The result is not known: without a server, or without the service's answer.
DEPENDS = 'depends'
NOT_CALLED = 'not called'
# The check cannot be evaluated, so the whole rule denies.
FAILS = 'fails'
# The parts before have decided.
NOT_ASKED = 'not asked'

_NEGATED = {YES: NO, NO: YES}
_NAME = re.compile(r'%\(([^)]*)\)')
_SECRETS = {f'server.{name}' for name in targets.SECRETS}


class Node(NamedTuple):
    """The *result* of a check or of a rule, *text*, that consists of *parts*.

    *note* says what was compared. *place* is that of a rule: its file and
    line, or that it is a default.
    """

    text: str
    result: str
    note: str = ''
    place: str = ''
    parts: tuple['Node', ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, 'Node']]:
        """Yield this node and those below it, each with its depth."""
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)


class _NeedsServerError(Exception):
    """The check compares a value of the server."""


class NoServer(dict[str, Any]):
    """A target without a server."""

    def __missing__(self, name: str) -> Any:
        raise _NeedsServerError(name)


def rule_tree(
    rules: Rules,
    rule: str,
    creds: Creds,
    server: Document | None,
    calls: bool,
) -> Node:
    """Return the tree of *rule*, evaluated for *creds* and *server*.

    Its result is DEPENDS where the guard needs the server and there is none.
    With *calls*, services and plug-ins are called.
    """
    target = NoServer() if server is None else target_of(rules, rule, server)
    tree = evaluated(rules, rule, target, creds, calls)
    if server is None and rule in rules.opaque and tree.result != DEPENDS:
        # The guard calls services and plug-ins for a server only.
        return tree._replace(result=DEPENDS, note='asked for each server')
    return tree


def target_of(rules: Rules, rule: str, server: Document) -> targets.Target:
    """Return the target that the guard makes of *server* for *rule*."""
    values: dict[str, Any] = {
        name: read(server) for name, read in rules.readers[rule].items()
    }
    if rule in rules.opaque:
        values = targets.everything(server) | values
    return targets.Target(values)


def evaluated(
    rules: Rules, rule: str, target: Any, creds: Creds, calls: bool
) -> Node:
    """Return the tree of *rule*, evaluated on *target*."""
    tree = _Tree(rules, rule, target, creds, calls)
    inner = tree.of(rules.trees[rule])
    node = Node(rule, inner.result, '', place_of(rules, rule), (inner,))
    if inner.result == FAILS:
        return node._replace(result=NO, note='a check fails: the rule denies')
    return node


def place_of(rules: Rules, rule: str) -> str:
    """Return the file and line of *rule*, or that it is a default."""
    return str(rules.places.get(rule, 'default'))


class _Tree:
    """Evaluates the parts of one rule."""

    def __init__(
        self, rules: Rules, rule: str, target: Any, creds: Creds, calls: bool
    ) -> None:
        self._rules = rules
        self._rule = rule
        self._target = target
        self._creds = creds
        self._calls = calls

    def of(self, check: Any) -> Node:
        """Return the node of *check*, with those of its parts."""
        if isinstance(check, trees.And):
            return self._combined('and', check.rules, YES)
        if isinstance(check, trees.Or):
            return self._combined('or', check.rules, NO)
        if isinstance(check, trees.Not):
            inner = self.of(check.rule)
            result = _NEGATED.get(inner.result, inner.result)
            return Node('not', result, parts=(inner,))
        if isinstance(check, trees.Reference):
            inner = self.of(self._rules.trees[check.match])
            place = place_of(self._rules, check.match)
            return Node(
                f'rule:{check.match}', inner.result, '', place, (inner,)
            )
        return self._leaf(check)

    def _combined(self, word: str, checks: list[Any], otherwise: str) -> Node:
        """Evaluate *checks* while their result is *otherwise*."""
        parts: list[Node] = []
        result = otherwise
        for check in checks:
            if result != otherwise:
                parts.append(Node(without_secrets(str(check)), NOT_ASKED))
                continue
            parts.append(self.of(check))
            result = parts[-1].result
        return Node(word, result, parts=tuple(parts))

    def _leaf(self, check: Any) -> Node:
        text = without_secrets(str(check))
        if trees.is_opaque(check):
            if isinstance(self._target, NoServer):
                return Node(text, DEPENDS, 'asked for each server')
            if not self._calls:
                return Node(text, NOT_CALLED, '--call-services calls it')
        try:
            is_yes = self._rules.call(
                check, self._target, self._creds, self._rule
            )
        except _NeedsServerError:
            return Node(text, DEPENDS, 'on the server')
        except targets.UnknownError as error:
            return Node(text, FAILS, f'the server document has no {error}')
        except Exception as error:
            # As the guard: errors of any kind deny.
            return Node(text, FAILS, type(error).__name__)
        return Node(text, YES if is_yes else NO, self._note(check, is_yes))

    def _note(self, check: Any, is_yes: bool) -> str:
        """Return the values that *check* compared, without secrets."""
        if type(check) not in _SAYS:
            return ''
        try:
            value = check.match % self._target
        except KeyError as error:
            return f'the server has no {error.args[0]}'
        if _SECRETS & _first_keys(check.match):
            value = '(secret)'
        return _SAYS[type(check)](check, value, self._creds, is_yes)


def _first_keys(match: str) -> set[str]:
    names = _NAME.findall(match)
    return {'.'.join(name.split('.')[:2]) for name in names}


def _of_role(check: Any, value: str, _creds: Creds, _yes: bool) -> str:
    # The caller's roles are said once, above.
    return f'role {value!a}' if '%(' in check.match else ''


def _of_values(check: Any, value: str, creds: Creds, is_yes: bool) -> str:
    try:
        left = ast.literal_eval(check.kind)
    except ValueError:
        if check.kind not in creds:
            return f'the caller has no {check.kind}'
        left = creds[check.kind]
    verb = 'has' if isinstance(left, list) else 'is'
    return f'{left!a} {verb}{"" if is_yes else " not"} {value!a}'


_SAYS: Mapping[type, Callable[[Any, str, Creds, bool], str]] = {
    trees.Role: _of_role,
    trees.Generic: _of_values,
}
