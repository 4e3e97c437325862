"""The operator's own policy, checked before the demo has it in force."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.cloud import config, interpreter
from tests.cloud.errors import CloudError
from tests.cloud.processes import surroundings
from tests.cloud.state import State

# The command of that name need not be in the PATH of a Python.
_COMMAND = """
import sys
from nova_update_guard.cmd.main import main
sys.argv[0] = 'nova-update-guard'
sys.exit(main())
"""
# Its status if there are only warnings.
_WARNED = 1


def read(path: Path) -> str:
    """Return the policy in the file *path*; CloudError if it has none."""
    try:
        return path.read_text('utf-8')
    except OSError as error:
        raise CloudError(
            f'--policy {path}: {error.strerror}. Name a policy file, such as '
            'etc/nova-update-guard/update-guard-policy.yaml.sample.'
        ) from None
    except UnicodeDecodeError as error:
        raise CloudError(f'--policy {path} is no UTF-8: {error}') from None


def check(
    python: Path,
    state: State,
    path: Path,
    guard_conf: str,
    say: Callable[[str], None],
) -> None:
    """Check a policy as the guard's start would, and say what was found.

    *guard_conf* are the options that it is to be in force with. Raises
    CloudError, with the guard's message, if the start would refuse it.
    """
    interpreter.require(python, interpreter.GUARD, 'cliff')
    # Whatever is in /etc on this machine is not the demo's.
    conf = state.etc / 'check.conf'
    conf.write_text(config.guard(f'{path.absolute()}', guard_conf))
    done = subprocess.run(
        [python, '-I', '-c', _COMMAND, 'check', '--config-file', conf],
        capture_output=True,
        text=True,
        env=surroundings(),
        check=False,
    )
    if done.returncode not in (0, _WARNED):
        raise CloudError(
            f'The guard would not start with --policy {path}:\n'
            f'{done.stderr.strip()}'
        )
    for line in done.stdout.splitlines():
        say(line)
