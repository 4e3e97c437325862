"""A response of nova, kept to be given again through a guard."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nova.api.openstack.compute.routes import ROUTE_LIST

from tests.whole_nova.client import Client, Person, Reply, Request
from tests.whole_nova.pipelines import Responded


def methods() -> Iterator[tuple[str, str, Any]]:
    """Yield nova's routes with each method and nova's function for it."""
    for route, by_method in ROUTE_LIST:
        # A redirection is a mere text.
        if isinstance(by_method, dict):
            for method, (make, name) in by_method.items():
                # A partial of nova's: the controller's class, and those that
                # have more of its actions.
                yield route, method, getattr(make.args[0], name, None)


@functools.cache
def route_of(path: str) -> str:
    """Return nova's route that matches *path*, or ''."""
    path = path.partition('?')[0]
    return next(
        (
            route
            for route, _ in ROUTE_LIST
            if re.fullmatch(re.sub(r'\{\w+\}', '[^/]+', route), path)
        ),
        '',
    )


@dataclass(frozen=True)
class Recorded:
    """What nova sent to *caller*, for *request* at 2.*minor*."""

    request: Request
    caller: Person
    minor: int
    nova: Responded

    @property
    def route(self) -> str:
        """nova's route for it."""
        return route_of(self.request.path)

    @property
    def action(self) -> str:
        """The name of the action, or ''."""
        body = self.request.body
        is_action = self.route.endswith('/action') and body
        return next(iter(body)) if is_action else ''

    @property
    def status(self) -> int:
        """The status of nova's response."""
        return int(self.nova[0][:3])

    @property
    def case(self) -> str:
        """Its method, route and action."""
        words = (self.request.method, self.route, self.action)
        return ' '.join(filter(None, words))

    def __str__(self) -> str:
        minor = f'2.{self.minor}' if self.minor else '/v2'
        who = f'as {self.caller.name} ({self.status})'
        return f'{self.case} at {minor} {who}'

    def through(self, client: Client) -> Reply:
        """Send the request again, and let nova's response be the same."""
        return client.send(self.request, self.caller, self.minor, self.nova)
