"""``nova-update-guard policy replay``: decide recorded requests again."""

import argparse
from collections.abc import Callable

from nova_update_guard.analysis.replay import Replay
from nova_update_guard.analysis.replay_words import VOCABULARY
from nova_update_guard.cmd import configured
from nova_update_guard.cmd.report import Report
from nova_update_guard.report.findings import Finding, Record


class ReplayError(Exception):
    """An error that stops a replay; the message says what to do."""


class PolicyReplay(Report):
    """Show which recorded requests a new policy would decide otherwise.

    Reads decision records as the report does. What a new rule decides by more
    than a record says cannot be told; the column depends_on says by what.
    """

    vocabulary = VOCABULARY
    dimensions = (*Report.dimensions, 'depends_on')
    by = ('client', 'field', 'rule', 'depends_on')

    @staticmethod
    def is_aside(_record: Record) -> bool:
        """Return False: what nova refused may be decided otherwise, too."""
        return False

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        configured.add_arguments(parser)
        parser.add_argument(
            '--old-policy-file',
            metavar='FILE',
            type=configured.here,
            help='the policy file by which the records were decided; '
            'default: the configured one',
        )
        return parser

    def findings_of(
        self, parsed_args: argparse.Namespace
    ) -> Callable[[Record], list[Finding]]:
        """Return the function that decides a record by the new policy.

        Raises CheckError, or ReplayError without a new policy.
        """
        if not parsed_args.policy_file:
            raise ReplayError('Name the new policy by --policy-file')
        new = configured.load(parsed_args)
        given = {
            **vars(parsed_args),
            'policy_file': parsed_args.old_policy_file,
        }
        old = configured.load(argparse.Namespace(**given))
        return Replay(old.rules, new.rules, new.settings)
