"""Requests by wrk, one kind at a time."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nova_update_guard.compute_api.microversions import MAX
from tests.proxy.keystone import MEMBER

_SCRIPT = Path(__file__).with_name('ask.lua')
_MARK = 'found '
# wrk counts in whole seconds.
SECONDS = 1
# What a client says of its connection.
CLOSE, KEEP = 'close', 'keep-alive'


class Request(NamedTuple):
    """A request that is sent in a loop; *token* says who sends it."""

    method: str
    path: str
    body: str | None = None
    token: str = MEMBER


class Found(NamedTuple):
    """How many *requests* were answered in *seconds*, and how fast.

    The *median* and *p99* are seconds from request to response.
    """

    requests: int
    seconds: float
    median: float
    p99: float


def send(
    port: int,
    request: Request,
    connections: int,
    connection: str = KEEP,
    seconds: int = SECONDS,
) -> Found:
    """Return the results of *request* on so many *connections* at once.

    Each is kept, or closed after each response, as *connection* says. Raises
    CalledProcessError; AssertionError if one was not answered by 2xx.
    """
    return send_in_turn(
        port, [request], connections, connection, seconds=seconds
    )


def send_in_turn(
    port: int,
    requests: Sequence[Request],
    connections: int,
    connection: str = KEEP,
    first: int = 0,
    limit: int = 0,
    seconds: int = SECONDS,
) -> Found:
    """Return the results of *requests* in turn, as `send` does.

    The place of the *first* may be beyond the last. At most *limit* are sent,
    if it is not 0. All have the method of the first in the list, and a body if
    it has one.
    """
    method, path, *_ = requests[0]
    with tempfile.NamedTemporaryFile('w') as file:
        file.writelines(
            f'{each.token}\t{each.path}\t{each.body or ""}\n'
            for each in requests
        )
        file.flush()
        done = subprocess.run(
            [
                'wrk', '--threads', '1', '--connections', str(connections),
                '--duration', f'{seconds}s', '--timeout', '10s',
                '--script', _SCRIPT, f'http://127.0.0.1:{port}{path}', '--',
                method, str(MAX), connection, file.name, str(first),
                str(limit),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )  # fmt: skip
    return _found(done.stdout, requests[0])


def _found(output: str, request: Request) -> Found:
    (said,) = [
        line.removeprefix(_MARK)
        for line in output.splitlines()
        if line.startswith(_MARK)
    ]
    found = json.loads(said)
    failed = found.pop('failed')
    # A connection that is closed is no failure; wrk does not count it.
    assert not failed, f'requests failed ({failed}): {request}'
    return Found(**found)
