"""What nova itself was asked, behind the guard: its own log says so."""

import ast
import re
from contextlib import contextmanager
from typing import NamedTuple

from tests.integration.cloud_requests import said_since

# nova writes one such line, at DEBUG, for each request that it serves.
_CALL = re.compile(
    r'\[[^]]*(?P<request>req-[-\w]+).*'
    r"alling method(: | ')<bound method \w+\.(?P<method>\w+) of .*>"
    r"(, body: (?P<body>\{.*\}) |')"
)


class Call(NamedTuple):
    """A request by its id, nova's *method* for it, and its JSON."""

    request: str
    method: str
    body: dict | None


class Received(list):
    """The calls in their order."""

    @property
    def methods(self):
        """What nova was asked for."""
        return [call.method for call in self]

    @property
    def update(self):
        """What the one update would change."""
        (body,) = (call.body for call in self if call.method == 'update')
        return body['server']


@contextmanager
def received(cloud):
    """Yield a list that has, after the block, what nova received in it."""
    log = cloud.log('nova')
    start = log.stat().st_size
    calls = Received()
    yield calls
    calls += map(_call, _CALL.finditer(said_since(log, start)))


def _call(found):
    body = found['body']
    return Call(
        found['request'], found['method'], ast.literal_eval(body or 'None')
    )
