"""Send the story's requests, and print them with their responses."""

import json
from collections.abc import Mapping
from typing import Any

from tests.cloud import screen, web
from tests.cloud.cloud import Cloud
from tests.cloud.people import Person
from tests.cloud.servers import RENAMED, Server


class Stage:
    """Asks, tells, and keeps count; `failed` has the titles of failures."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.steps = 0
        self.failed: list[str] = []
        self._title = ''

    def begin(self, title: str) -> None:
        """Begin the next step."""
        self.steps += 1
        self._title = f'{self.steps}. {title}'
        screen.title(self._title)

    def update(
        self,
        person: Person,
        update: Mapping[str, object],
        version: str = '',
    ) -> web.Response:
        """Update the first server as *person*."""
        return self.send(person, 'PUT', RENAMED, version, {'server': update})

    def send(
        self,
        person: Person,
        method: str,
        server: Server,
        version: str = '',
        body: object = None,
    ) -> web.Response:
        """Send a request about *server* as *person*, and print it.

        Without a *version*, it is at nova's newest.
        """
        version = version or self.cloud.newest
        path = f'/servers/{server.id}'
        text = f' {json.dumps(body)}' if body else ''
        screen.paragraph(
            person.name,
            f'{method} /v2.1{path}{text} at {version}',
        )
        return self.cloud.send(person, method, path, body, version)

    def expect(self, expected: str, actual: str, good: bool) -> None:
        """Print the expected and the actual result, and whether it is good."""
        screen.paragraph('expected', expected)
        screen.paragraph('actual', actual)
        screen.verdict(good)
        if not good:
            self.failed.append(self._title)

    def allowed(self, person: Person, update: Mapping[str, object]) -> None:
        """A step's end: the update is made, and the response shows it."""
        response = self.update(person, update)
        server = document(response)
        self.expect(
            '200, and the new value in the response',
            summary(response),
            response.status == 200
            and all(server.get(key) == update[key] for key in update),
        )

    def refused(
        self,
        person: Person,
        update: Mapping[str, object],
        status: int,
        *words: str,
    ) -> None:
        """A step's end: the update is refused in a message with *words*."""
        response = self.update(person, update)
        self.expect(
            f'{status}, with a message that includes: {"; ".join(words)}',
            summary(response),
            response.status == status
            and all(word in summary(response) for word in words),
        )


def document(response: web.Response) -> dict[str, Any]:
    """Return the server in *response*; an empty one if there is none."""
    body = response.json
    return body.get('server', {}) if isinstance(body, dict) else {}


def summary(response: web.Response) -> str:
    """Return *response* in one line: nova's message, or its document."""
    server = document(response)
    if server:
        return (
            f'{response.status}, server {server.get("name")!r} with '
            f'{len(server)} attributes'
        )
    return f'{response.status}, {_message(response)}'


def _message(response: web.Response) -> str:
    """Return the message in a fault such as {"badRequest": {...}}."""
    body = response.json
    if isinstance(body, dict):
        for fault in body.values():
            if isinstance(fault, dict) and 'message' in fault:
                return str(fault['message'])
    return response.body.decode(errors='replace')[:300]
