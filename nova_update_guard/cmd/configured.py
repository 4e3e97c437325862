"""The options, rules and constraints that a command works on."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from oslo_config import cfg

from nova_update_guard.conf import guard
from nova_update_guard.conf.guard import Settings
from nova_update_guard.conf.loader import MARK, PROJECT, OptionError
from nova_update_guard.conf.option_mistakes import check_all, refuse_all
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import loader
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.files import PolicyFiles
from nova_update_guard.policy.mistakes import PolicyError

# By name of an option of [update_guard], what its argument stands for.
_INSTEAD = {
    'policy_file': 'this policy file',
    'constraints_file': 'this file of constraints',
}


class CheckError(Exception):
    """A problem that would stop a start; the message says where it is."""


class Configured(NamedTuple):
    """The settings, and the rules that their files hold."""

    settings: Settings
    files: PolicyFiles
    rules: Rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name other files than those in force."""
    add_config_file(parser)
    for name, about in _INSTEAD.items():
        parser.add_argument(
            f'--{name.replace("_", "-")}',
            metavar='FILE',
            type=here,
            help=f'read {about} instead of the configured one',
        )


def add_config_file(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the configuration file."""
    parser.add_argument(
        '--config-file',
        metavar='FILE',
        help='the configuration file, if it is not where the guard looks '
        'for it',
    )


def settings(parsed_args: argparse.Namespace) -> Settings:
    """Return the settings of the configuration file. Raises CheckError."""
    file = parsed_args.config_file
    try:
        return guard.load({'oslo_config_file': file} if file else {}, LAYERS)
    except (OptionError, OSError) as error:
        raise CheckError(str(error)) from None


def here(name: str) -> str:
    """Return the path of a file in the working directory, or else *name*.

    The guard would look for *name* in the configuration directories.
    """
    path = Path(name)
    return str(path.absolute()) if path.exists() else name


def named(parsed_args: argparse.Namespace, text: str) -> str:
    """Return the message *text* of an OptionError, with the file it is about.

    That is the first one, if the guard finds others beside it.
    """
    files = _files(parsed_args)
    if not (files and text.startswith(MARK)):
        return text
    # oslo.config names it by its whole path.
    rest = text.removeprefix(MARK).replace(
        f'{Path(files[0]).absolute()}:', f'{files[0]}:'
    )
    is_named = str(files[0]) in rest or rest.startswith('/')
    return rest if is_named else f'{files[0]}: {rest}'


def has_file(parsed_args: argparse.Namespace) -> bool:
    """Return whether there is a configuration file, given or found."""
    return bool(_files(parsed_args))


def _files(parsed_args: argparse.Namespace) -> list[str]:
    file = parsed_args.config_file
    return [file] if file else [*cfg.find_config_files(project=PROJECT)]


def load(parsed_args: argparse.Namespace) -> Configured:
    """Load what the guard's start would load. Raises CheckError."""
    given = {'oslo_config_file': parsed_args.config_file}
    given |= {name: getattr(parsed_args, name) for name in _INSTEAD}
    paste = {name: value for name, value in given.items() if value}
    found: list[Settings] = []
    loaded: list[Configured] = []
    errors = [
        *_errors(
            lambda: refuse_all(
                (
                    lambda: found.append(guard.load(paste, LAYERS)),
                    lambda: check_all(paste),
                )
            )
        ),
        # Also with an error in an option of another group.
        *_errors(lambda: loaded.extend(map(_with_rules, found))),
    ]
    if errors:
        raise CheckError('\n'.join(errors))
    return loaded[0]


def _with_rules(settings: Settings) -> Configured:
    files = loader.files(settings)
    return Configured(settings, files, loader.load(files, settings))


def _errors(load: Callable[[], object]) -> list[str]:
    """Return what is wrong with what *load* loads."""
    try:
        load()
    except PolicyError as error:
        return [*map(str, error.mistakes)]
    except (OptionError, OSError) as error:
        return [str(error)]
    return []
