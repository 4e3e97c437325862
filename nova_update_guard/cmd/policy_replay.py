"""``nova-update-guard policy replay``: decide recorded requests again."""

import argparse
import logging
from collections.abc import Callable, Sequence

from nova_update_guard.analysis.replay import Replay
from nova_update_guard.analysis.replay_words import VOCABULARY
from nova_update_guard.analysis.replayed_fields import OLD_POLICY
from nova_update_guard.cmd import configured
from nova_update_guard.cmd.configured import CheckError, Configured
from nova_update_guard.cmd.report import Report
from nova_update_guard.conf.guard import Settings
from nova_update_guard.policy import loader
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.mistakes import PolicyError
from nova_update_guard.report.findings import Finding, Record

LOG = logging.getLogger(__name__)

# In the place of an old policy file: there was none.
_NONE = 'none'


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
            help='the policy file by which the records were decided, or '
            f'{_NONE}: by the defaults; default: the configured one',
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
        old = _old(parsed_args, new)
        replay = Replay(old, new.rules, new.settings)

        def findings(record: Record) -> list[Finding]:
            found = replay(record)
            if any(OLD_POLICY in (each.depends_on or '') for each in found):
                self._revisions.add(str(record.revision))
            return found

        return findings

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], list[list[object]]]:
        """Return columns and rows; tell which old policies are missing.

        Raises what the report raises, and what findings_of does.
        """
        self._revisions: set[str] = set()
        table = super().take_action(parsed_args)
        if self._revisions:
            LOG.warning(
                'Records of revision %s depend on the policy of that time: '
                'name its file by --old-policy-file, or %s if there was none.',
                ', '.join(sorted(self._revisions)),
                _NONE,
            )
        return table


def _old(parsed_args: argparse.Namespace, new: Configured) -> Rules:
    """Return the rules by which the records were decided.

    Raises CheckError.
    """
    if parsed_args.old_policy_file == _NONE:
        return _defaults(new.settings)
    given = {**vars(parsed_args), 'policy_file': parsed_args.old_policy_file}
    return configured.load(argparse.Namespace(**given)).rules


def _defaults(settings: Settings) -> Rules:
    """Return the rules without a policy file, with the constraints.

    Raises CheckError.
    """

    def find(name: str) -> str | None:
        return settings.find(name) if name else None

    try:
        files = PolicyFiles('', (), find, settings.constraints_file)
        return loader.load(files, settings)
    except (PolicyError, OSError) as error:
        raise CheckError(f'--old-policy-file {_NONE}: {error}') from None
