"""Asking nova in the story's name, and telling what was asked and answered."""

import json
from collections.abc import Mapping
from typing import Any

from tests.cloud import screen, web
from tests.cloud.cloud import Cloud
from tests.cloud.front import NEWEST
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
        version: str = NEWEST,
    ) -> web.Answer:
        """Ask, as *person*, to update the first server."""
        return self.ask(person, 'PUT', RENAMED, version, {'server': update})

    def ask(
        self,
        person: Person,
        method: str,
        server: Server,
        version: str = NEWEST,
        body: object = None,
    ) -> web.Answer:
        """Ask nova about *server* as *person*, and say so."""
        path = f'/servers/{server.id}'
        shown = f' {json.dumps(body)}' if body else ''
        screen.paragraph(
            person.name,
            f'{method} /v2.1{path}{shown} at {version}',
        )
        return self.cloud.ask(person, method, path, body, version)

    def expect(self, told: str, came: str, good: bool) -> None:
        """Tell what was expected and what came, and whether that is good."""
        screen.paragraph('expected', told)
        screen.paragraph('came', came)
        screen.verdict(good)
        if not good:
            self.failed.append(self._title)

    def allowed(self, person: Person, update: Mapping[str, object]) -> None:
        """A step's end: the update is made, and the answer shows it."""
        answer = self.update(person, update)
        server = document(answer)
        self.expect(
            '200, and the new value in the answer',
            summary(answer),
            answer.status == 200
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
        answer = self.update(person, update)
        self.expect(
            f'{status}, in words that include: {"; ".join(words)}',
            summary(answer),
            answer.status == status
            and all(word in summary(answer) for word in words),
        )


def document(answer: web.Answer) -> dict[str, Any]:
    """Return the server in *answer*; an empty one if there is none."""
    body = answer.json
    return body.get('server', {}) if isinstance(body, dict) else {}


def summary(answer: web.Answer) -> str:
    """Return *answer* in one line: nova's message, or what the document is."""
    server = document(answer)
    if server:
        return (
            f'{answer.status}, server {server.get("name")!r} with '
            f'{len(server)} attributes'
        )
    return f'{answer.status}, {_message(answer)}'


def _message(answer: web.Answer) -> str:
    """Return the message in a fault such as {"badRequest": {...}}."""
    body = answer.json
    if isinstance(body, dict):
        for fault in body.values():
            if isinstance(fault, dict) and 'message' in fault:
                return str(fault['message'])
    return answer.body.decode(errors='replace')[:300]
