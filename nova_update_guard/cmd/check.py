"""``nova-update-guard check``: check options and rules as a start does."""

import argparse
import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cliff.command import Command

from nova_update_guard.cmd import configured, main
from nova_update_guard.cmd.configured import CheckError, Configured
from nova_update_guard.conf.guard import Settings
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy import (
    config_checks,
    nova_file,
    nova_policy,
    option_warnings,
    rule_differences,
    start_checks,
)
from nova_update_guard.deploy.config_checks import Problem
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import PolicyError

# The file, and the line in most, with which a message begins.
_PLACE = re.compile(r'([^:]+):(?:([0-9]+):)? ')


class Check(Command):
    """Check options, policy and constraints.

    Reports the problems that the guard's start, and a reload, would report.
    Exits with 2 if they would be refused, with 1 if there is a warning, except
    of clients that the configuration refuses.
    Changes nothing, and calls no service.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        configured.add_arguments(parser)
        parser.add_argument(
            '--nova-policy-file',
            metavar='FILE',
            action='append',
            default=[],
            help="also check this policy file of nova's, and compare its "
            "rules with the guard's; can be repeated: later files override "
            'earlier ones, as in a policy directory',
        )
        parser.add_argument(
            '--paste-file',
            metavar='FILE',
            action='append',
            default=[],
            help="also check where the guard is in the pipelines of nova's "
            "or the proxy's api-paste.ini; can be repeated",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print the files that were read, their revision, and warnings.

        Raises CheckError.
        """
        problems = [*_of_options(parsed_args)]
        errors = [each.text for each in problems if each.is_error]
        settings, files, rules = _loaded(parsed_args, errors)
        warnings = [each.text for each in problems if not each.is_error]
        warnings += option_warnings.warnings(_paste(parsed_args), settings)
        warnings += start_checks.policy_warnings(rules, settings)
        if parsed_args.nova_policy_file:
            warnings += _about_nova(
                parsed_args.nova_policy_file, rules, settings
            )
        for path in parsed_args.paste_file:
            if not Path(path).is_file():
                raise CheckError(f'{path}: there is no such file')
            warnings += start_checks.pipeline_warnings(path)
        given = (*parsed_args.nova_policy_file, *parsed_args.paste_file)
        read = files.stat()
        for path in (*read, *given):
            self.app.stdout.write(f'{path}\n')
        if not read:
            self.app.stdout.write(
                'no policy file was found, so each rule has its default: see '
                'policy_file and --config-file\n'
            )
        self.app.stdout.write(f'revision {rules.revision}\n')
        about_clients = [*_about_clients(parsed_args, settings)]
        for warning in (*about_clients, *_in_order(warnings)):
            self.app.stdout.write(f'{warning}\n')
        if warnings:
            main.found(self.app)


def _paste(parsed_args: argparse.Namespace) -> dict[str, str]:
    file = parsed_args.config_file
    return {'oslo_config_file': file} if file else {}


def _of_options(parsed_args: argparse.Namespace) -> Iterator[Problem]:
    """Yield the problems with options that do not stop the load of rules."""
    paste = _paste(parsed_args)
    is_of_proxy = False
    with suppress(OptionError):
        is_of_proxy = config_checks.is_of_proxy(paste)
    found = [*config_checks.of_metrics(paste, is_of_proxy)]
    # The load of rules has the same errors.
    with suppress(CheckError):
        recording = configured.settings(parsed_args).recording
        found += config_checks.of_log(recording.log, is_of_proxy)
        found += config_checks.of_notifications(recording)
    if is_of_proxy:
        found += config_checks.of_proxy(paste)
    for text, is_error in found:
        yield Problem(configured.named(parsed_args, text), is_error)


def _loaded(
    parsed_args: argparse.Namespace, errors: Sequence[str]
) -> Configured:
    """Return what a start would load.

    Raises CheckError, for its errors and for *errors*.
    """
    try:
        loaded = configured.load(parsed_args)
    except CheckError as error:
        lines = str(error).splitlines()
        errors = [
            *errors,
            *(configured.named(parsed_args, line) for line in lines),
        ]
    if errors:
        raise CheckError('\n'.join(_in_order(dict.fromkeys(errors))))
    return loaded


def _in_order(messages: Iterable[str]) -> list[str]:
    """Return *messages* by file and line; first those of no line."""
    by_path: dict[str, list[tuple[int, str]]] = {}
    for message in messages:
        found = _PLACE.match(message)
        path, number = found.groups('0') if found else ('', '0')
        by_path.setdefault(path, []).append((int(number), message))
    return [
        message
        for placed in by_path.values()
        for _, message in sorted(placed, key=operator.itemgetter(0))
    ]


def _about_clients(
    parsed_args: argparse.Namespace, settings: Settings
) -> Iterator[str]:
    """Yield the start's warning of clients that a configuration refuses.

    It is not a finding: such settings are meant, as the defaults are.
    """
    if configured.has_file(parsed_args):
        yield from start_checks.client_warnings(settings)


def _about_nova(
    paths: list[str], rules: Rules, settings: Settings
) -> Iterator[str]:
    """Yield the warnings about nova's policy files. Raises CheckError."""
    try:
        novas = nova_file.read(paths)
    except (PolicyError, OSError) as error:
        raise CheckError(str(error)) from None
    problems = novas.problems
    differences = []
    try:
        with nova_policy.using(novas.rules) as known:
            problems += nova_file.unknown(novas, known)
            differences = rule_differences.differences(
                rules, settings.modes, settings.checks_actions
            )
    except ImportError as error:
        differences = [
            "nova's defaults are not here, so rules that it lacks were not "
            "looked for, and nothing was compared with the guard's rules "
            f'({error}): run this with the Python of nova-api'
        ]
    yield from nova_file.messages(problems)
    yield from differences
