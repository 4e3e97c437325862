"""The requests that nova itself got behind the guard, by its log."""

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
        """A request that nova got."""
        return [call.method for call in self]

    @property
    def update(self):
        """The changes of the one update."""
        (body,) = (call.body for call in self if call.method == 'update')
        return body['server']


@contextmanager
def received(cloud):
    """Yield a list of the requests that nova receives in the block."""
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
