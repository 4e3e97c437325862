"""``nova-update-guard``: the commands for operators."""

import io
import os
import sys
from importlib.metadata import version

try:
    from cliff.app import App
    from cliff.commandmanager import CommandManager
except ImportError:
    raise SystemExit(
        'nova-update-guard: cliff is not installed: '
        "pip install 'nova_update_guard[report]'"
    ) from None

NAME = 'nova-update-guard'
# The exit status in a shell of a program whose output nobody reads any more.
_NOBODY_READS = 141
_FAILED = 2


class Commands(App):
    """The program; its commands are entry points."""

    NAME = NAME

    def __init__(self) -> None:
        super().__init__(
            description='Commands of nova_update_guard, a guard in front of '
            'nova-api.',
            version=version('nova_update_guard'),
            command_manager=CommandManager('nova_update_guard.commands'),
            # So that --help after a command is about the command.
            deferred_help=True,
        )

    def interact(self) -> None:
        """List the commands, without starting an interactive shell."""
        self.run_subcommand(['help'])


def main() -> int:
    """Run a command; return the exit status: 0, or 2 if there was an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A character that the encoding lacks is no reason to stop.
        sys.stdout.reconfigure(errors='backslashreplace')
    try:
        status = Commands().run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        status = _NOBODY_READS
        _drop_output()
    except OSError as error:
        print(f'{NAME}: {error}', file=sys.stderr)  # noqa: T201
        status = _FAILED
        _drop_output()
    return _FAILED if status == 1 else status


def _drop_output() -> None:
    """Drop the output that could not be written.

    Python flushes it again at exit, and would exit with 120 because of it.
    """
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
