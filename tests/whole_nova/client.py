"""nova's callers, and the six requests with a server document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import webob
from nova.tests.fixtures import NeutronFixture
from webtest import lint

from tests.whole_nova.pipelines import CANNED, NOVA, Responded

PROJECT = NeutronFixture.tenant_id
LEGACY = 0
NEWEST = 104


@dataclass(frozen=True)
class Person:
    """A user of the one project, by roles; each role implies the next."""

    name: str
    roles: str
    project: str = PROJECT

    @property
    def headers(self) -> dict[str, str]:
        """The identity that authtoken would have set."""
        return {
            'X-User-Id': f'{self.name}-id',
            'X-Project-Id': self.project,
            'X-Roles': self.roles,
        }


ADMIN = Person('admin', 'admin,manager,member,reader')
MEMBER = Person('member', 'member,reader')
READER = Person('reader', 'reader')
EVERYBODY = (ADMIN, MEMBER, READER)


@dataclass(frozen=True)
class Request:
    """A request below the version; *body* as JSON, or bytes as they are."""

    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """The client's response, and nova's own where a tap was there."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    nova: Responded | None

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """Sends requests straight into the app of nova-api."""

    def __init__(self, app: Any) -> None:
        self._app = lint.middleware(app)

    def send(
        self,
        request: Request,
        caller: Person = MEMBER,
        minor: int = NEWEST,
        canned: Responded | None = None,
    ) -> Reply:
        """Return the reply at 2.*minor*, or under ``/v2`` at LEGACY."""
        message = _message(request, caller, minor)
        message.environ[CANNED] = canned
        response = message.get_response(self._app)
        return Reply(
            response.status_int,
            response.headers,
            response.body,
            message.environ.get(NOVA),
        )


def _message(request: Request, caller: Person, minor: int) -> webob.Request:
    path = ('/v2.1' if minor else '/v2') + request.path
    message = webob.Request.blank(
        path, method=request.method, headers=caller.headers
    )
    if minor:
        message.headers['OpenStack-API-Version'] = f'compute 2.{minor}'
    if request.body is not None:
        message.content_type = 'application/json'
        if isinstance(request.body, bytes):
            message.body = request.body
        else:
            message.json = request.body
    return message
