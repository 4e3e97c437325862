"""nova's answers, kept to be given again through any guard."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nova.tests.fixtures import DownCellFixture

from tests.whole_nova import nova_schemas
from tests.whole_nova.client import Client, Person, Reply, Request
from tests.whole_nova.pipelines import Responded
from tests.whole_nova.requests import REQUESTS
from tests.whole_nova.servers import Servers

# From here on a server whose cell is down has a form of its own.
DOWN_CELL = 69


@dataclass(frozen=True)
class Recorded:
    """nova's response at 2.*minor*; *response* as in REQUESTS.

    *down* tells that the server's cell was.
    """

    response: str
    minor: int
    down: bool
    request: Request
    nova: Responded

    def __str__(self) -> str:
        cell = ' from a cell that is down' if self.down else ''
        return f'{self.response} at 2.{self.minor}{cell}'

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.nova[2])

    def through(self, client: Client, caller: Person) -> Reply:
        """Give it to *caller* again, as from nova."""
        return client.send(self.request, caller, self.minor, self.nova)

    @functools.cached_property
    def is_valid(self) -> bool:
        """Tell whether nova's schema allows it: not so for each down cell."""
        return self.allows(self.json)

    def allows(self, document: object) -> bool:
        """Tell whether nova's schema allows *document* as such an answer."""
        return nova_schemas.is_valid(self.response, self.minor, document)

    def may_lack(self, attribute: str) -> bool:
        """Tell whether it can be valid with *attribute* hidden."""
        return self.is_valid and nova_schemas.may_be_empty(
            self.response, self.minor, self.down, attribute
        )


def record(
    client: Client, caller: Person, servers: Servers
) -> Iterator[Recorded]:
    """Ask for every kind of answer at every version where it changes."""
    for response in REQUESTS:
        for minor in nova_schemas.edges(response):
            yield _send(client, response, minor, caller, servers.active)
            if response in ('show', 'update'):
                yield _send(client, response, minor, caller, servers.failed)
            if response in ('show', 'list', 'detail') and minor >= DOWN_CELL:
                with DownCellFixture():
                    yield _send(
                        client, response, minor, caller, servers.active, True
                    )


def _send(
    client: Client,
    response: str,
    minor: int,
    caller: Person,
    server_id: str,
    down: bool = False,
) -> Recorded:
    request = REQUESTS[response](minor, server_id)
    reply = client.send(request, caller, minor)
    assert reply.nova, reply
    if response == 'create':
        new = reply.json['server']['id']
        client.send(Request('DELETE', f'/servers/{new}'), caller)
    return Recorded(response, minor, down, request, reply.nova)
