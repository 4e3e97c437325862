"""The real clients, asked for one thing after another.

They run in a process of their own, with the environment that a user would
have: what they warn of, log and cache is none of the tests' business.
"""

import json
import subprocess
from types import TracebackType
from typing import Any, NamedTuple

from tests.cloud.front import NEWEST
from tests.cloud.people import DOMAIN, MEMBER, REGION, Person
from tests.cloud.processes import ROOT, surroundings


class Reported(NamedTuple):
    """Whether the client was content, and its message if it was not."""

    content: bool
    words: str


class Clients:
    """The clients of a *person* of *cloud*, there within `with`."""

    def __init__(
        self,
        cloud: Any,
        person: Person = MEMBER,
        module: str = 'tests.cloud.client_programs',
    ) -> None:
        self._cloud = cloud
        self._person = person
        self._module = module

    def __enter__(self) -> 'Clients':
        self._process = subprocess.Popen(
            [self._cloud.python, '-m', self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=surroundings(
                **_credentials(self._cloud.keystone_url, self._person)
            ),
            cwd=ROOT,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # It ends when there is nothing more to read.
        self._process.communicate()

    def run(self, program: str, *arguments: object) -> Reported:
        """Run one of the programs in the module."""
        requested, reported = self._process.stdin, self._process.stdout
        assert requested
        assert reported
        print(json.dumps([program, *arguments]), file=requested, flush=True)
        return Reported(*json.loads(reported.readline()))


def _credentials(keystone_url: str, person: Person) -> dict[str, str]:
    return {
        'OS_AUTH_URL': keystone_url,
        'OS_USERNAME': person.name,
        'OS_PASSWORD': person.password,
        'OS_PROJECT_NAME': person.project,
        'OS_USER_DOMAIN_NAME': DOMAIN,
        'OS_PROJECT_DOMAIN_NAME': DOMAIN,
        'OS_IDENTITY_API_VERSION': '3',
        'OS_COMPUTE_API_VERSION': NEWEST,
        'OS_REGION_NAME': REGION,
    }
