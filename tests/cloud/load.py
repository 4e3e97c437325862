"""Many clients at once, which record their responses."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from tests.cloud import web
from tests.cloud.errors import CloudError

_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Client:
    """Somebody with a token, and the one server that they ask about."""

    token: str
    server: str


@dataclass(frozen=True)
class Outcome:
    """A request and its answer; no answer at all is status 0.

    `name` is what the server was to be called; a read has none.
    """

    client: Client
    request_id: str
    name: str | None
    status: int
    server: dict[str, object]


@dataclass
class Load:
    """The outcomes of the requests so far."""

    url: str
    outcomes: list[Outcome] = field(default_factory=list)
    _enough: threading.Event = field(default_factory=threading.Event)

    def wait_for_more(self, count: int) -> None:
        """Return after *count* more answers; CloudError if they stay out."""
        wanted = len(self.outcomes) + count
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while len(self.outcomes) < wanted:
            if time.monotonic() > deadline:
                raise CloudError(f'{len(self.outcomes)} of {wanted} answers')
            time.sleep(0.05)

    def send(self, client: Client) -> None:
        """Rename the client's server, mostly, and look at it, now and then."""
        while not self._enough.is_set():
            for _ in range(3):
                name = f'name-{uuid4()}'
                self.outcomes.append(self._once(client, 'PUT', name))
            self.outcomes.append(self._once(client, 'GET', None))

    def end(self) -> None:
        """Let all clients finish their current request."""
        self._enough.set()

    def _once(self, client: Client, method: str, name: str | None) -> Outcome:
        request_id = f'req-{uuid4()}'
        headers = {
            'X-Auth-Token': client.token,
            'X-OpenStack-Request-ID': request_id,
        }
        url = f'{self.url}/servers/{client.server}'
        body = {'server': {'name': name}} if name else None
        try:
            response = web.send(method, url, body, headers)
        except (OSError, http.client.HTTPException):
            return Outcome(client, request_id, name, 0, {})
        found = (response.json or {}).get('server', {})
        return Outcome(client, request_id, name, response.status, found)


def wrong(outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield one client's impossible responses, in their order.

    An update that was answered with an error may have been made, or not.
    """
    possible: set[object] = set()
    for outcome in outcomes:
        responded = outcome.status == 200
        if outcome.name and responded:
            possible = {outcome.name}
        elif outcome.name and possible:
            possible.add(outcome.name)
        if responded and not _is_right(outcome, possible):
            yield outcome


def _is_right(outcome: Outcome, possible: set[object]) -> bool:
    server = outcome.server
    is_named = not possible or server.get('name') in possible
    return is_named and server.get('id') == outcome.client.server


@contextmanager
def load(url: str, clients: Sequence[Client]) -> Iterator[Load]:
    """Yield the load of *clients*, each a thread, until the block ends."""
    running = Load(url)
    threads = [
        threading.Thread(target=running.send, args=(client,))
        for client in clients
    ]
    for thread in threads:
        thread.start()
    try:
        yield running
    finally:
        running.end()
        for thread in threads:
            thread.join()
