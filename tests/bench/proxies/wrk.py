"""Requests by wrk, one kind at a time."""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

from nova_update_guard.compute_api.microversions import MAX
from tests.proxy.keystone import MEMBER

_SCRIPT = Path(__file__).with_name('ask.lua')
_MARK = 'found '
# wrk counts in whole seconds.
_SECONDS = 1


class Request(NamedTuple):
    """A request that is sent in a loop."""

    method: str
    path: str
    body: str | None = None


class Found(NamedTuple):
    """How many *requests* were answered in *seconds*, and the median."""

    requests: int
    seconds: float
    median: float


def send(port: int, request: Request, connections: int) -> Found:
    """Return the results of *request* on so many *connections* at once.

    Raises CalledProcessError; AssertionError if one was not answered by 2xx.
    """
    method, path, body = request
    done = subprocess.run(
        [
            'wrk', '--threads', '1', '--connections', str(connections),
            '--duration', f'{_SECONDS}s', '--timeout', '10s',
            '--script', _SCRIPT, f'http://127.0.0.1:{port}{path}',
            '--', method, MEMBER, str(MAX), *([body] if body else []),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )  # fmt: skip
    (said,) = [
        line.removeprefix(_MARK)
        for line in done.stdout.splitlines()
        if line.startswith(_MARK)
    ]
    found = json.loads(said)
    failed = found.pop('failed')
    # uWSGI's Connection: close is no failure; wrk does not count it.
    assert not failed, f'{failed} requests failed: {request}'
    return Found(**found)
