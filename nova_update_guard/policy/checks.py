"""Parse the operator's rules by oslo.policy, and check them strictly.

oslo.policy reads a check that it cannot parse, or does not find, as "never";
behind a ``not`` that is "always". Here it is an error, before the rules are
used.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from oslo_policy import policy

from nova_update_guard.compute_api.create_fields import CREATE_FIELDS
from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.policy import defaults, matches, targets, trees
from nova_update_guard.spelling import did_you_mean

# Far below where Python's stack ends, which would deny at a request.
_MOST_REFERENCES = 50


class PolicyError(Exception):
    """Rules that cannot be used; the message says which and why.

    *rule* is the rule that the error is about, if there is one.
    """

    def __init__(self, problem: str, rule: str = '') -> None:
        super().__init__(f'{rule}: {problem}' if rule else problem)
        self.rule = rule


class Checks:
    """The check tree of every rule, and the names in it.

    *texts* are the operator's rules by name; the documented defaults hold for
    the rest, also for *extra_attributes*. ``rules`` are the trees, by rule;
    ``names`` the values that each rule names; ``opaque`` the rules that may
    use any other value besides. Raises PolicyError.
    """

    def __init__(
        self, texts: Mapping[str, str], extra_attributes: Iterable[str] = ()
    ) -> None:
        documented = {
            rule.name: rule.check_str
            for rule in defaults.list_rules(extra_attributes)
        }
        self.documented = documented.keys()
        self.texts = {**documented, **texts}
        _refuse_unregistered(documented.keys())
        _refuse_unknown(self.texts.keys() - documented.keys(), documented)
        self.rules = policy.Rules(
            {rule: _parsed(rule, text) for rule, text in self.texts.items()}
        )
        for rule, text in self.texts.items():
            _refuse_unparsed(rule, text, self.rules[rule])
            self.rules[rule] = _prepared(rule, text, self.rules[rule])
        # Of each rule itself, so that an error names it, and not one that
        # refers to it.
        for rule, check in self.rules.items():
            for part in trees.parts(check):
                _refuse_misread(rule, part)
        leaves = {rule: list(self._leaves(rule, ())) for rule in self.rules}
        self.names = {
            rule: {name for check in checks for name in _named(rule, check)}
            for rule, checks in leaves.items()
        }
        _refuse_server(self.names)
        self.opaque = {
            rule
            for rule, checks in leaves.items()
            if any(map(trees.is_opaque, checks))
        }
        for check in self.rules.values():
            self._sort(check)

    def _leaves(self, rule: str, seen: tuple[str, ...]) -> Iterator[Any]:
        """Yield the checks of *rule*, and those of rules that it refers to."""
        if rule in seen:
            raise PolicyError(f'refers to itself: {" -> ".join(seen)}', rule)
        if len(seen) > _MOST_REFERENCES:
            raise PolicyError(
                f'refers to more than {_MOST_REFERENCES} rules, one after '
                'another',
                seen[0],
            )
        if rule not in self.rules:
            raise PolicyError(
                f'refers to {rule}, but there is no rule of that name',
                seen[-1],
            )
        for check in trees.parts(self.rules[rule]):
            if isinstance(check, trees.Reference):
                yield from self._leaves(check.match, (*seen, rule))
            else:
                yield check

    def _sort(self, check: Any) -> None:
        """Sort checks that need no server first; they may short-circuit."""
        if isinstance(check, trees.Not):
            self._sort(check.rule)
        if isinstance(check, trees.And | trees.Or):
            for part in check.rules:
                self._sort(part)
            check.rules.sort(key=self._depends)

    def _depends(self, check: Any) -> bool:
        """Return whether the result of *check* may depend on the server."""
        return any(
            bool(self.names[part.match]) or part.match in self.opaque
            if isinstance(part, trees.Reference)
            else trees.is_opaque(part) or bool(_named('', part))
            for part in trees.parts(check)
        )


def _parsed(rule: str, text: str) -> Any:
    try:
        return policy.Rules.from_dict({rule: text})[rule]
    except Exception as error:
        # Errors of any kind: a plug-in's.
        problem = type(error).__name__
    raise PolicyError(f'a check in {text!r} fails with {problem}', rule)


_IS_ADMIN = re.compile(r'(?<![\w.])is_admin:([^\s()]*)')


def _prepared(rule: str, text: str, check: Any) -> Any:
    # nova's own check keeps no other text of its value than "False".
    kinds = {getattr(part, 'kind', '') for part in trees.parts(check)}
    values = _IS_ADMIN.findall(text) if 'is_admin' in kinds else []
    try:
        for value in values:
            trees.is_admin(value)
        return trees.prepared(check)
    except ValueError as error:
        raise PolicyError(str(error), rule) from None


def _refuse_misread(rule: str, check: Any) -> None:
    try:
        matches.refuse(check)
    except ValueError as error:
        raise PolicyError(str(error), rule) from None
    if not isinstance(check, trees.Reference):
        _named(rule, check)


class _Names(dict[str, str]):
    """A target that records the names that are looked up in it."""

    def __missing__(self, name: str) -> str:
        self[name] = ''
        return ''

    def __str__(self) -> str:
        raise ValueError('%s has no name in brackets')


def _named(rule: str, check: Any) -> set[str]:
    names = _Names()
    try:
        if isinstance(check, policy.Check):
            check.match % names
        if type(check) is trees.Generic:
            matches.refuse_kind(check.kind)
        for name in names:
            targets.reader(name)
    except (TypeError, ValueError) as error:
        raise PolicyError(f'{check}: {error}', rule) from error
    return set(names)


def _refuse_unregistered(documented: Collection[str]) -> None:
    """Raise PolicyError for a row without a documented default.

    The operator could not set its rule.
    """
    rules = [row.rule for row in UPDATE_FIELDS]
    rules += [row.rule for row in CREATE_FIELDS]
    for rule in (*rules, *(row.rule for row in SERVER_ATTRIBUTES)):
        if rule not in documented:
            raise PolicyError('there is no documented default', rule)


def _refuse_unknown(rules: set[str], documented: Collection[str]) -> None:
    """Raise PolicyError for a rule of the guard that is not *documented*.

    Such a name is a typing error: the rule would hide nothing.
    """
    for rule in sorted(rules):
        if rule.startswith('update_guard:'):
            raise PolicyError(
                f'there is no such rule{did_you_mean(rule, documented)}; '
                'oslopolicy-sample-generator --namespace nova_update_guard '
                'lists all rules, and extra_attributes declares attributes of '
                'a vendor',
                rule,
            )


def _refuse_server(names: Mapping[str, Collection[str]]) -> None:
    """Raise PolicyError for a rule of create that *names* the server's values.

    There is no server yet.
    """
    for row in CREATE_FIELDS:
        for name in sorted(names[row.rule]):
            if name.startswith('server.'):
                raise PolicyError(
                    f'names %({name})s, but at create there is no server '
                    'yet; there are %(project_id)s and %(user_id)s, the '
                    "caller's own",
                    row.rule,
                )


def _refuse_unparsed(rule: str, text: str, check: Any) -> None:
    """Raise PolicyError for a text that oslo.policy misread as "never"."""
    never = trees.Never
    said = [word.strip('()') for word in text.split()].count('!')
    read = [type(part) for part in trees.parts(check)].count(never)
    whole = type(check) is never and text.strip('() \t\n') != '!'
    if read != said or whole:
        raise PolicyError(
            f'{text!r} is not valid in the policy language', rule
        )
