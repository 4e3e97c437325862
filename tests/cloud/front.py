"""The addresses and tokens of a running cloud, for clients."""

import functools
import time
from collections.abc import Mapping
from pathlib import Path

from nova_update_guard.policy.reloader import POLL_SECONDS
from tests.cloud import files, web
from tests.cloud.identity import Token, issue
from tests.cloud.people import Person
from tests.cloud.ports import Ports
from tests.cloud.settings import Settings
from tests.cloud.state import State

OLDEST = '2.1'
NEWEST = '2.104'

# While a thread of a guard reads changed rules, its other threads go on with
# the former ones: for as long as these are young enough.
_POLICY_UNSEEN_SECONDS = 2 * POLL_SECONDS + 0.1


class Front:
    """URLs, logs, tokens and the guard's policy file."""

    def __init__(self, state: State, ports: Ports, settings: Settings) -> None:
        self.state = state
        self.ports = ports
        self.settings = settings
        self._tokens: dict[Person, Token] = {}

    @property
    def keystone_url(self) -> str:
        """Keystone's API."""
        return files.keystone_url(self.ports)

    @property
    def nova_url(self) -> str:
        """Nova's API with microversions, through a proxy if there is one."""
        return files.front_url(self.ports, self.settings, 'v2.1')

    @property
    def nova_itself_url(self) -> str:
        """The same API, asked of nova itself."""
        return files.nova_url(self.ports, 'v2.1')

    @property
    def nova_v2_url(self) -> str:
        """Nova's API as it was before microversions."""
        return files.front_url(self.ports, self.settings, 'v2')

    @property
    def policy_file(self) -> Path:
        """The guard's policy file."""
        return files.policy_file(self.state)

    @functools.cached_property
    def newest(self) -> str:
        """The newest microversion that this nova has."""
        listed = web.send('GET', files.nova_url(self.ports)).json['versions']
        return str(next(_['version'] for _ in listed if _['id'] == 'v2.1'))

    def log(self, service: str) -> Path:
        """Return the log of 'keystone', 'nova', 'standin' or 'proxy-1'."""
        return self.state.log(service)

    def token(self, person: Person) -> Token:
        """Return the token of a seeded person, with user and project."""
        if person not in self._tokens:
            self._tokens[person] = issue(self.keystone_url, person)
        return self._tokens[person]

    def send(
        self,
        person: Person,
        method: str,
        path: str,
        body: object = None,
        version: str = OLDEST,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """Return nova's answer to *person*, for a path such as /servers."""
        sent = {
            'X-Auth-Token': self.token(person).id,
            'OpenStack-API-Version': f'compute {version}',
            **(headers or {}),
        }
        return web.send(method, f'{self.nova_url}{path}', body, sent)

    def write_policy(self, text: str) -> None:
        """Replace the guard's policy while it runs.

        When this returns, each of its threads looks at it before it
        answers the next request.
        """
        files.write_policy(self.state, text)
        time.sleep(_POLICY_UNSEEN_SECONDS)
