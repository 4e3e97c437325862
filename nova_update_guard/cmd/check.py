"""``nova-update-guard check``: check options and rules as a start does."""

import argparse

from cliff.command import Command

from nova_update_guard.conf import guard
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy import start_checks
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import loader
from nova_update_guard.policy.checks import PolicyError

# By name of an option of [update_guard], what its argument stands for.
_INSTEAD = {
    'policy_file': 'this policy file',
    'constraints_file': 'this file of constraints',
}


class CheckError(Exception):
    """A problem that would stop a start; the message says where it is."""


class Check(Command):
    """Check options, policy and constraints.

    Reports the problems that the guard's start, and a reload, would report;
    exits with 2 if they would be refused. Changes nothing, and calls no
    service.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of the arguments."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--config-file',
            metavar='FILE',
            help='the configuration file, if it is not where the guard looks '
            'for it',
        )
        for name, about in _INSTEAD.items():
            option = f'--{name.replace("_", "-")}'
            parser.add_argument(
                option,
                metavar='FILE',
                help=f'check {about} instead of the configured one',
            )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print the files that were read, and their revision.

        Raises CheckError.
        """
        given = {'oslo_config_file': parsed_args.config_file}
        given |= {name: getattr(parsed_args, name) for name in _INSTEAD}
        paste = {name: value for name, value in given.items() if value}
        try:
            settings = guard.load(paste, LAYERS)
            files = loader.files(settings)
            rules = loader.load(files)
        except (OptionError, PolicyError, OSError) as error:
            raise CheckError(str(error)) from None
        start_checks.warn_of_policy(rules, *settings.modes)
        for path in files.stat():
            self.app.stdout.write(f'{path}\n')
        self.app.stdout.write(f'revision {rules.revision}\n')
