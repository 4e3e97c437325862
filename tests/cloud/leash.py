"""Run a command that cannot outlive its parent.

The starter holds the other end of our standard input. When it closes, because
the starter says so or because it was killed, the command's whole process
group is ended. So nothing is left behind, not even after `kill -9`.
"""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

_GRACE_SECONDS = 6.0
_LOOK_EVERY_SECONDS = 0.1
# Sent to us, it ends the command's group without any grace.
KILL = signal.SIGUSR1


def main(command: list[str]) -> int:
    """Return the command's exit status, once all of its group has ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.stdin.close())
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True
    )
    signal.signal(KILL, lambda *_: _signal(child.pid, signal.SIGKILL))
    while child.poll() is None and _held():
        pass
    _end(child)
    status = child.returncode
    # As a shell reports it: a signal is 128 and its number.
    return status if status >= 0 else 128 - status


def _held() -> bool:
    try:
        ready, _, _ = select.select([sys.stdin], [], [], _LOOK_EVERY_SECONDS)
        return not ready
    except ValueError:
        # SIGTERM closed it.
        return False


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the command, which ends what it started; then what is left."""
    # To the command alone, as systemd does by KillMode=mixed: a worker of
    # uWSGI that gets it from its master as well may never end.
    child.terminate()
    deadline = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        time.sleep(_LOOK_EVERY_SECONDS)
    _signal(child.pid, signal.SIGKILL)
    child.wait()


def _signal(group: int, number: int) -> None:
    # All of the group may have ended; macOS says so in the second way.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
