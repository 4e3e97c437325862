"""``nova-update-guard policy diff``: for whom a new policy differs."""

import argparse
import logging
from collections.abc import Mapping
from typing import Any

from cliff.lister import Lister

from nova_update_guard import extras
from nova_update_guard.analysis import diff
from nova_update_guard.analysis.diff import (
    NARROWER,
    UNDECIDED,
    WIDER,
    Comparison,
    Difference,
)
from nova_update_guard.analysis.residual import without_secrets
from nova_update_guard.cmd import configured, main
from nova_update_guard.policy import targets
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import PolicyError
from nova_update_guard.policy.targets import Lack
from nova_update_guard.report.cells import formula_free, printable
from nova_update_guard.report.words import many

LOG = logging.getLogger(__name__)

_FAIL_ON = {WIDER: {WIDER}, NARROWER: {NARROWER}, 'any': {WIDER, NARROWER}}
_LACKS = {
    None: '(not set)',
    Lack.ABSENT: '(no such key)',
    Lack.UNKNOWN: '(not in the document)',
}
_FOR_PROGRAMS = ('json', 'yaml')
_COLUMNS = ('rule', 'change', 'caller', 'server', 'place')
_NAMES = (
    *('rule', 'change', 'depends_on', 'roles', 'credentials', 'server'),
    'changed',
)
# z3 counts milliseconds in 32 bits.
_MAX_SECONDS = 86400


class DiffError(Exception):
    """An error that stops the comparison; the message says what to do."""


class Diff(Lister):
    """Show each rule that means something else in a new policy.

    A rule is wider for somebody who may more by NEW, narrower for somebody who
    may less, and often both: one row for each, with the smallest caller and
    server of whom it is so. No row is a proof that nothing differs. Exits with
    1 as --fail-on says, with 2 if a rule could not be decided.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        for name in ('old', 'new'):
            parser.add_argument(
                name,
                metavar=name.upper(),
                help='a policy file, or a folder of them; the defaults hold '
                'for rules that it does not set',
            )
        configured.add_config_file(parser)
        parser.add_argument(
            '--fail-on',
            choices=_FAIL_ON,
            help='exit with 1 if a rule is, or may be, wider or narrower',
        )
        parser.add_argument(
            '--timeout',
            metavar='SECONDS',
            type=seconds,
            default=10.0,
            help='for each question to the solver; default: %(default)s',
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Write the table. Raises DiffError, also after it."""
        status = super().run(parsed_args)
        if self._undecided:
            raise DiffError(
                f'{many(self._undecided, "rule")} not decided; try a longer '
                '--timeout, or simpler rules'
            )
        return int(status)

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
        """Return columns and rows. Raises DiffError."""
        try:
            settings = configured.settings(parsed_args)
            old = diff.load(parsed_args.old, settings)
            new = diff.load(parsed_args.new, settings)
            compared = diff.compare(old, new, parsed_args.timeout)
        except (PolicyError, OSError) as error:
            raise DiffError(str(error)) from None
        except ImportError:
            raise DiffError(
                'the solver is not installed: '
                f'{extras.how_to_install("policy")}'
            ) from None
        LOG.info('%s', _summary(compared))
        changes = [each.change for each in compared.differences]
        self._undecided = changes.count(UNDECIDED)
        if {*changes} & _FAIL_ON.get(parsed_args.fail_on, set()):
            main.found(self.app)
        if parsed_args.formatter in _FOR_PROGRAMS:
            return _NAMES, [
                (*_data(each), _changed(each.rule, old, new))
                for each in compared.differences
            ]
        clean = formula_free if parsed_args.formatter == 'csv' else str
        return _COLUMNS, [
            tuple(
                clean(printable(text))
                for text in (*_texts(each), _places(each.rule, old, new))
            )
            for each in compared.differences
        ]


def seconds(text: str) -> float:
    """Return the number in *text*. Raises ValueError or ArgumentTypeError."""
    seconds = float(text)
    if not 0 < seconds <= _MAX_SECONDS:
        raise argparse.ArgumentTypeError(
            f'{text} is not between 0 and {_MAX_SECONDS}'
        )
    return seconds


def _summary(compared: Comparison) -> str:
    rules = {each.rule for each in compared.differences}
    counts = (
        f'{compared.same} have the same check, {compared.proved} another one '
        'that is proved equal'
    )
    if not rules:
        total = compared.same + compared.proved
        return f'No difference in {total} rules: {counts}.'
    return (
        f'{many(len(rules), "different rule")}; {counts}. Roles, credentials '
        'and values of the server that are not shown are none that a rule '
        'names.'
    )


def _data(each: Difference) -> tuple[object, ...]:
    return (
        *(each.rule, each.change, _depends(each)),
        each.witness.lists.get('roles', []),
        _credentials(each),
        {
            name: None if isinstance(value, Lack) else value
            for name, value in _server(each).items()
        },
    )


def _changed(rule: str, old: Rules, new: Rules) -> list[dict[str, object]]:
    """Return the old and the new place and check of what makes *rule*."""
    return [
        {
            'rule': name,
            'old': _place(old, name),
            'old_check': _text(old, name),
            'new': _place(new, name),
            'new_check': _text(new, name),
        }
        for name in diff.changed(rule, old, new)
    ]


def _places(rule: str, old: Rules, new: Rules) -> str:
    """Return the places of what makes *rule*: in *new*, unless it left."""
    places = [
        _place(new if name in new.texts else old, name)
        for name in diff.changed(rule, old, new)
    ]
    return ', '.join(dict.fromkeys(map(str, places)))


def _place(rules: Rules, name: str) -> str | None:
    if name not in rules.texts:
        return None
    return str(rules.places.get(name, 'the defaults'))


def _text(rules: Rules, name: str) -> str | None:
    if name not in rules.texts:
        return None
    return without_secrets(rules.texts[name])


def _depends(each: Difference) -> list[str]:
    return [*map(without_secrets, each.depends)]


def _texts(each: Difference) -> tuple[str, ...]:
    if each.change == UNDECIDED:
        return each.rule, each.change, '', ''
    change = each.change
    if each.depends:
        change = f'may be {change}: depends on {", ".join(_depends(each))}'
    roles = each.witness.lists['roles']
    named = 'no role' if not roles else f'role {" and ".join(roles)}'
    credentials = _pairs(_credentials(each))
    return (
        *(each.rule, change),
        f'{named}, {credentials}' if credentials else named,
        _pairs(_server(each)),
    )


def _pairs(values: Mapping[str, Any]) -> str:
    return ', '.join(
        f'{name} {_LACKS.get(value, value)}'
        if value in _LACKS
        else f'{name}={value}'
        for name, value in values.items()
    )


def _credentials(each: Difference) -> dict[str, Any]:
    """Return the credentials that matter, other than roles."""
    shown = {
        name: value
        for name, value in each.witness.credentials.items()
        if name in each.shown
    }
    services = each.witness.lists.get('service_roles')
    return {**shown, 'service_roles': services} if services else shown


def _server(each: Difference) -> dict[str, Any]:
    """Return the values of the server that matter, as rules name them."""
    return {
        targets.name(keys): value
        for keys, value in each.witness.server.items()
        if keys in each.shown
    }
