"""nova's answers, kept to be given again through any guard."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nova.tests.fixtures import DownCellFixture

from tests.whole_nova import nova_schemas
from tests.whole_nova.asking import Client, Person, Reply, Request
from tests.whole_nova.pipelines import Answered
from tests.whole_nova.requests import REQUESTS
from tests.whole_nova.servers import Servers

# From here on a server whose cell is down has a form of its own.
DOWN_CELL = 69


@dataclass(frozen=True)
class Recorded:
    """What nova answered at 2.*minor*; *answer* as in REQUESTS.

    *down* tells that the server's cell was.
    """

    answer: str
    minor: int
    down: bool
    request: Request
    nova: Answered

    def __str__(self) -> str:
        cell = ' from a cell that is down' if self.down else ''
        return f'{self.answer} at 2.{self.minor}{cell}'

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.nova[2])

    def through(self, client: Client, who: Person) -> Reply:
        """Give it to *who* again, as from nova."""
        return client.ask(self.request, who, self.minor, self.nova)

    @functools.cached_property
    def is_valid(self) -> bool:
        """Tell whether nova's schema allows it: not so for each down cell."""
        return self.allows(self.json)

    def allows(self, document: object) -> bool:
        """Tell whether nova's schema allows *document* as such an answer."""
        return nova_schemas.is_valid(self.answer, self.minor, document)

    def may_lack(self, attribute: str) -> bool:
        """Tell whether it can be valid with *attribute* hidden."""
        return self.is_valid and nova_schemas.may_be_empty(
            self.answer, self.minor, self.down, attribute
        )


def record(
    client: Client, who: Person, servers: Servers
) -> Iterator[Recorded]:
    """Ask for every kind of answer at every version where it changes."""
    for answer in REQUESTS:
        for minor in nova_schemas.edges(answer):
            yield _ask(client, answer, minor, who, servers.active)
            if answer in ('show', 'update'):
                yield _ask(client, answer, minor, who, servers.failed)
            if answer in ('show', 'list', 'detail') and minor >= DOWN_CELL:
                with DownCellFixture():
                    yield _ask(
                        client, answer, minor, who, servers.active, True
                    )


def _ask(
    client: Client,
    answer: str,
    minor: int,
    who: Person,
    server_id: str,
    down: bool = False,
) -> Recorded:
    request = REQUESTS[answer](minor, server_id)
    reply = client.ask(request, who, minor)
    assert reply.nova, reply
    if answer == 'create':
        new = reply.json['server']['id']
        client.ask(Request('DELETE', f'/servers/{new}'), who)
    return Recorded(answer, minor, down, request, reply.nova)
