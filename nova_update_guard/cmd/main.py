"""``nova-update-guard``: the commands for operators."""

import io
import os
import sys
import warnings
from importlib.metadata import entry_points, version

from nova_update_guard import extras

NAME = 'nova-update-guard'
# The exit status in a shell of a program whose output nobody reads any more.
_NOBODY_READS = 141
# A command that did its work and found what it looks for: cases that fail,
# notices, differences. An error has a status of its own.
FOUND = 1
_FAILED = 2


def _missing(error: ImportError) -> int:
    """Print how to install the missing library; return the status."""
    extra = 'policy' if 'policy' in sys.argv else 'report'
    print(  # noqa: T201
        f'{NAME}: {error.name} is not installed: '
        f'{extras.how_to_install(extra)}',
        file=sys.stderr,
    )
    return _FAILED


try:
    from cliff.app import App
    from cliff.commandmanager import CommandManager
except ImportError as error:
    raise SystemExit(_missing(error)) from None


class _EntryPoints(CommandManager):
    """The commands by name, each imported only when it is run.

    Otherwise cliff leaves out a command whose library is missing, and says
    that there is no such command.
    """

    def load_commands(self, namespace: str) -> None:
        """Find the commands of *namespace*."""
        for found in entry_points(group=namespace):
            self.commands[found.name.replace('_', ' ')] = found


class Commands(App):
    """The program; its commands are entry points."""

    NAME = NAME
    # The exit status of a command without an error. A command sets it: the
    # value that a Lister returns is its table.
    status = 0

    def __init__(self) -> None:
        super().__init__(
            description='Commands of nova_update_guard, a guard in front of '
            'nova-api.',
            version=version('nova_update_guard'),
            command_manager=_EntryPoints('nova_update_guard.commands'),
            # So that --help after a command is about the command.
            deferred_help=True,
        )

    def interact(self) -> None:
        """List the commands, without starting an interactive shell."""
        self.run_subcommand(['help'])


def main() -> int:
    """Run a command; return the exit status.

    It is 0, or FOUND if the command found what it looks for, or 2 if there was
    an error.
    """
    if not sys.warnoptions:
        # They are for the authors of libraries. What an operator is to know,
        # the commands say themselves.
        warnings.simplefilter('ignore')
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A character that the encoding lacks is no reason to stop.
        sys.stdout.reconfigure(errors='backslashreplace')
    try:
        commands = Commands()
        # cliff's status of an error is 1.
        failed = commands.run(sys.argv[1:])
        status = _FAILED if failed == 1 else failed or commands.status
        sys.stdout.flush()
    except BrokenPipeError:
        status = _NOBODY_READS
        _drop_output()
    except ImportError as error:
        # Of a library that the command itself imports.
        status = _missing(error)
    except OSError as error:
        print(f'{NAME}: {error}', file=sys.stderr)  # noqa: T201
        status = _FAILED
        _drop_output()
    return status


def found(app: App) -> None:
    """Let the command of *app* end with the exit status FOUND."""
    app.status = FOUND  # type: ignore[attr-defined]


def _drop_output() -> None:
    """Drop the output that could not be written.

    Python flushes it again at exit, and would exit with 120 because of it.
    """
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
