"""Parse the operator's rules by oslo.policy, and check them strictly.

oslo.policy reads a check that it cannot parse, or does not find, as "never";
behind a ``not`` that is "always". Here it is an error, before the rules are
used.
"""

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from oslo_policy import policy

from nova_update_guard.compute_api.create_fields import CREATE_FIELDS
from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.policy import defaults, parsing, references, trees
from nova_update_guard.policy.mistakes import Mistake, PolicyError
from nova_update_guard.spelling import did_you_mean

# Thousands of rules may have a mistake; the nearest names of the first are
# looked for.
_HINTS = 100


class Checks:
    """The check tree of every rule, and the names in it.

    *texts* are the operator's rules by name; the documented defaults hold for
    the rest, also for *extra_attributes*. ``rules`` are the trees, by rule;
    ``names`` the values that each rule names; ``opaque`` the rules that may
    use any other value besides. Raises PolicyError, with all mistakes.
    """

    def __init__(
        self, texts: Mapping[str, str], extra_attributes: Iterable[str] = ()
    ) -> None:
        self.extra_attributes = tuple(extra_attributes)
        documented = {
            rule.name: rule.check_str
            for rule in defaults.list_rules(self.extra_attributes)
        }
        self.documented = documented.keys()
        self.texts = {**documented, **texts}
        _refuse_unregistered(documented.keys())
        self.rules = policy.Rules()
        mistakes = [
            *_unknown(self.texts.keys() - documented.keys(), documented),
            *self._parse(),
            *self._dangling(),
        ]
        leaves, endless = references.follow(self.rules)
        mistakes += endless
        self.names = {
            rule: {name for check in checks for name in parsing.named(check)}
            for rule, checks in leaves.items()
        }
        mistakes += _of_no_server(self.names)
        if mistakes:
            raise PolicyError(*mistakes)
        self.opaque = {
            rule
            for rule, checks in leaves.items()
            if any(map(trees.is_opaque, checks))
        }
        for check in self.rules.values():
            self._sort(check)

    def _parse(self) -> Iterator[Mistake]:
        """Parse each rule; one with a mistake denies, and is followed."""
        # Many rules have the same text.
        read = functools.cache(_read)
        for rule, text in self.texts.items():
            self.rules[rule], problems = read(text)
            for problem in problems:
                yield Mistake(problem, rule)

    def _dangling(self) -> Iterator[Mistake]:
        """Yield the references that lead nowhere."""
        missing = [
            (rule, check.match)
            for rule, tree in self.rules.items()
            for check in trees.parts(tree)
            if isinstance(check, trees.Reference)
            and check.match not in self.rules
        ]
        for number, (rule, name) in enumerate(missing):
            near = did_you_mean(name, self.rules) if number < _HINTS else ''
            yield Mistake(
                f'refers to {name}, but there is no rule of that name{near}',
                rule,
            )

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
            else trees.is_opaque(part) or bool(parsing.named(part))
            for part in trees.parts(check)
        )


def _read(text: str) -> tuple[Any, list[str]]:
    """Return the check tree of *text*, and what is wrong with it."""
    try:
        check = parsing.parsed(text)
        problems = [*parsing.misread(check)]
    except ValueError as error:
        check, problems = None, [str(error)]
    return trees.Never() if problems else check, problems


def _refuse_unregistered(documented: Collection[str]) -> None:
    """Raise PolicyError for a row without a documented default.

    The operator could not set its rule.
    """
    rules = [row.rule for row in UPDATE_FIELDS]
    rules += [row.rule for row in CREATE_FIELDS]
    for rule in (*rules, *(row.rule for row in SERVER_ATTRIBUTES)):
        if rule not in documented:
            raise PolicyError(Mistake('there is no documented default', rule))


def _unknown(
    rules: set[str], documented: Collection[str]
) -> Iterator[Mistake]:
    """Yield the rules of the guard that are not *documented*.

    Such a name is a typing error: the rule would hide nothing.
    """
    ours = [rule for rule in rules if rule.startswith('update_guard:')]
    for number, rule in enumerate(sorted(ours)):
        if '*' in rule:
            yield Mistake('there is no wildcard: write each rule', rule)
            continue
        near = did_you_mean(rule, documented) if number < _HINTS else ''
        yield Mistake(
            f'there is no such rule{near}; oslopolicy-sample-generator '
            '--namespace nova_update_guard lists all rules, and '
            'extra_attributes declares attributes of a vendor',
            rule,
        )


def _of_no_server(names: Mapping[str, Collection[str]]) -> Iterator[Mistake]:
    """Yield the rules of create that *names* say use the server's values.

    There is no server yet.
    """
    for row in CREATE_FIELDS:
        for name in sorted(names[row.rule]):
            if name.startswith('server.'):
                yield Mistake(
                    f'names %({name})s, but at create there is no server '
                    'yet; there are %(project_id)s and %(user_id)s, the '
                    "caller's own",
                    row.rule,
                )
