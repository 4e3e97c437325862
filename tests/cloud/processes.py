"""Starting other programs on a leash, and ending them."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGHUP
from typing import Any, TypeAlias

from tests.cloud import leash, web
from tests.cloud.errors import CloudError, tail

ROOT = Path(__file__).resolve().parents[2]

Process: TypeAlias = subprocess.Popen[bytes]

_END_SECONDS = 15
_UP_SECONDS = 90
_PROBE_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 0.1
# The shell's own settings for OpenStack, Python and proxies are not for a
# cloud on loopback.
_NOT_OURS = (
    'OS_',
    'PYTHON',
    'GUNICORN_',
    'ALL_PROXY',
    'HTTP_PROXY',
    'HTTPS_PROXY',
)


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment for a service, *more* added to it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(_NOT_OURS)
    }
    return kept | {'PYTHONUNBUFFERED': '1'} | more


@contextmanager
def started(*arguments: Any, **named: Any) -> Iterator[Process]:
    """Start as `start` does; yield the process, which ends with the block."""
    process = start(*arguments, **named)
    try:
        yield process
    finally:
        end(process)


def start(
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    held: tuple[int, ...] = (),
) -> Process:
    """Start *command* on a leash, its output going to the end of *log*.

    The files *held* stay open until the command has ended, even if we are
    killed: that is how a lock outlives us for as long as it has to.
    """
    leashed = [sys.executable, leash.__file__, *map(str, command)]
    with log.open('ab') as output:
        return subprocess.Popen(
            leashed,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env),
            pass_fds=held,
            # Ctrl-C is for us; we then let go of them in the right order.
            start_new_session=True,
        )


def end(process: Process) -> None:
    """Let go of the leash and wait until all that hangs on it has ended."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def finish(process: Process, name: str, log: Path) -> None:
    """Wait for *process*; CloudError, with its output, if it failed."""
    status = process.wait()
    if status:
        raise CloudError(f'{name} failed ({status}). It said:\n{tail(log)}')


@dataclass
class Service:
    """A program that serves HTTP until it is stopped."""

    name: str
    command: Sequence[str | Path]
    url: str
    log: Path
    env: Mapping[str, str]
    cwd: Path = ROOT
    held: tuple[int, ...] = ()
    process: Process | None = None

    def start(self) -> None:
        """Start it, without waiting for it."""
        self.process = start(
            self.command, self.log, self.env, self.cwd, self.held
        )

    def wait(self, seconds: float = _UP_SECONDS) -> None:
        """Return when it answers; CloudError, with its log, if it does not."""
        deadline = time.monotonic() + seconds
        while not self._responses():
            self.check()
            if time.monotonic() > deadline:
                raise CloudError(
                    self._said(f'is silent after {seconds:.0f} s')
                )
            time.sleep(_LOOK_EVERY_SECONDS)

    def restart(self) -> None:
        """Start its workers anew, and wait until it answers.

        It is a gunicorn, and keeps what it has imported itself.
        """
        if self.process is None or self.process.poll() is not None:
            self.stop()
            self.start()
        else:
            started = self.cwd / 'started'
            started.unlink(missing_ok=True)
            os.kill(int((self.cwd / 'gunicorn.pid').read_text()), SIGHUP)
            while not started.exists():
                self.check()
                time.sleep(_LOOK_EVERY_SECONDS)
        self.wait()

    def check(self) -> None:
        """Raise CloudError, with its log, if it has ended."""
        if self.process is None or self.process.poll() is not None:
            raise CloudError(self._said('has ended'))

    def stop(self) -> None:
        """Stop it and all its workers."""
        if self.process is not None:
            end(self.process)
            self.process = None

    def kill(self) -> None:
        """Kill it and all its workers at once."""
        if self.process is not None:
            self.process.send_signal(leash.KILL)
            end(self.process)
            self.process = None

    def _responses(self) -> bool:
        try:
            response = web.send('GET', self.url, timeout=_PROBE_SECONDS)
            return response.status < 500
        except (OSError, http.client.HTTPException):
            return False

    def _said(self, what: str) -> str:
        return f'{self.name} {what}. Its log ends:\n{tail(self.log)}'
