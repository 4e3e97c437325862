"""``nova-update-guard check``: check options and rules as a start does."""

import argparse

from cliff.command import Command

from nova_update_guard.cmd import configured
from nova_update_guard.deploy import start_checks


class Check(Command):
    """Check options, policy and constraints.

    Reports the problems that the guard's start, and a reload, would report;
    exits with 2 if they would be refused. Changes nothing, and calls no
    service.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        configured.add_arguments(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print the files that were read, and their revision.

        Raises CheckError.
        """
        settings, files, rules = configured.load(parsed_args)
        start_checks.warn_of_policy(rules, *settings.modes)
        for path in files.stat():
            self.app.stdout.write(f'{path}\n')
        self.app.stdout.write(f'revision {rules.revision}\n')
