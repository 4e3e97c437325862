"""The clients' requests, and whether their responses are possible."""

import http.client
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from tests.cloud import web
from tests.cloud.cloud import Cloud
from tests.cloud.people import ADMIN, MEMBER, READER, STRANGER, Person
from tests.cloud.servers import RENAMED
from tests.soak import rules
from tests.soak.rules import NEVER, Policy

_SERVER = f'/servers/{RENAMED.id}'
_NEWEST = '2.104'


class Traffic:
    """Clients that take turns; *wrong* has impossible responses."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._enough = threading.Event()
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.policies: Counter[str] = Counter()
        self.wrong: list[str] = []

    def run(self, url: str) -> None:
        """Ask, by the proxy at *url*, until it is enough."""
        sends: tuple[Callable[[str], None], ...] = (
            *(self._show, self._show, self._list, self._rename),
            *(self._describe, self._two, self._admin, self._reader),
            *(self._hidden_key, self._flavors, self._stranger, self._act),
        )
        while not self._enough.is_set():
            try:
                random.choice(sends)(url)
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(f'no answer: {error!r}')

    def end(self) -> None:
        """Let all clients finish their current request."""
        self._enough.set()

    def _show(self, url: str) -> None:
        response = self._send(url, MEMBER, 'GET', _SERVER)
        self._checked(response)

    def _list(self, url: str) -> None:
        response = self._send(url, MEMBER, 'GET', '/servers/detail')
        servers = (response.json or {}).get('servers', [])
        found = {self._seen(server) for server in servers}
        if response.status == 200 and (len(found) != 1 or not servers):
            self.wrong.append(f'a list by {found}')

    def _rename(self, url: str) -> None:
        self._change(url, rules.ONE)

    def _describe(self, url: str) -> None:
        self._change(url, rules.OTHER)

    def _change(self, url: str, allowing: Policy) -> None:
        """Change a field that only one of the policies allows."""
        value = f'{allowing.may} {uuid4()}'
        update = {'server': {allowing.may: value}}
        response = self._send(url, MEMBER, 'PUT', _SERVER, update)
        if response.status == 200:
            if self._checked(response) is not allowing:
                self.wrong.append(f'{allowing.may} was changed by another')
        elif response.status == 403:
            rule = f'update_guard:server:update:{allowing.may}'
            if rule not in str(response.json):
                self.wrong.append(f'403 of {response.json}')

    def _two(self, url: str) -> None:
        update = {'server': {'name': 'a', 'accessIPv4': '192.0.2.1'}}
        response = self._send(url, MEMBER, 'PUT', _SERVER, update)
        self._expect(response, 400)

    def _admin(self, url: str) -> None:
        response = self._send(url, ADMIN, 'GET', _SERVER)
        server = (response.json or {}).get('server', {})
        if not server.get(NEVER) or not server.get('OS-EXT-SRV-ATTR:host'):
            self.wrong.append('an administrator does not see all')

    def _reader(self, url: str) -> None:
        update = {'server': {'name': 'a'}}
        response = self._send(url, READER, 'PUT', _SERVER, update)
        self._checked(self._send(url, READER, 'GET', _SERVER))
        self._expect(response, 403)

    def _hidden_key(self, url: str) -> None:
        response = self._send(url, MEMBER, 'GET', '/servers?vm_state=active')
        self._expect(response, 400)

    def _flavors(self, url: str) -> None:
        self._expect(self._send(url, MEMBER, 'GET', '/flavors/detail'), 200)

    def _stranger(self, url: str) -> None:
        self._expect(self._send(url, STRANGER, 'GET', _SERVER), 404)

    def _act(self, url: str) -> None:
        action = {'rebuild': {'imageRef': 'a', 'name': 'b', 'name ': 'c'}}
        response = self._send(url, MEMBER, 'POST', f'{_SERVER}/action', action)
        if response.status not in (400, 403):
            self.wrong.append(f'an action got {response.status}')

    def _send(
        self,
        url: str,
        person: Person,
        method: str,
        path: str,
        body: object = None,
    ) -> web.Response:
        headers = {
            'X-Auth-Token': self._cloud.token(person).id,
            'OpenStack-API-Version': f'compute {_NEWEST}',
        }
        response = web.send(method, f'{url}{path}', body, headers)
        self.statuses[method, response.status] += 1
        return response

    def _checked(self, response: web.Response) -> Policy | None:
        """Return by which policy the one server in *response* was redacted."""
        if response.status != 200:
            return None
        return self._seen((response.json or {}).get('server', {}))

    def _seen(self, server: Mapping[str, Any]) -> Policy | None:
        policy = rules.of(server)
        if server.get(NEVER):
            self.wrong.append(f'{NEVER} was seen')
        if policy is None:
            self.wrong.append('an answer by a mixture')
        else:
            self.policies[policy.may] += 1
        return policy

    def _expect(self, response: web.Response, status: int) -> None:
        if response.status != status:
            self.wrong.append(f'{status} was due, and {response.status} came')
