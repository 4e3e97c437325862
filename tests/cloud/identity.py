"""Keystone, asked over its API: tokens, people and the catalog."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.cloud import people, web
from tests.cloud.errors import CloudError
from tests.cloud.people import DOMAIN, Person


@dataclass(frozen=True)
class Token:
    """A token with its user and project."""

    id: str
    user_id: str
    project_id: str


def issue(keystone_url: str, person: Person) -> Token:
    """Return a new token for *person* in their project."""
    domain = {'name': DOMAIN}
    user = {
        'name': person.name,
        'domain': domain,
        'password': person.password,
    }
    auth = {
        'identity': {'methods': ['password'], 'password': {'user': user}},
        'scope': {'project': {'name': person.project, 'domain': domain}},
    }
    url = f'{keystone_url}/auth/tokens'
    response = _checked(web.send('POST', url, {'auth': auth}), url)
    token = response.json['token']
    return Token(
        response.headers['X-Subject-Token'],
        token['user']['id'],
        token['project']['id'],
    )


@dataclass(frozen=True)
class Identity:
    """Keystone as its administrator speaks to it."""

    url: str
    token: str

    def create_people(self) -> None:
        """Make the projects, the people and their roles."""
        roles = self._roles()
        for name in people.PROJECTS:
            self._create('project', name=name)
        projects = self._ids('projects')
        for person in people.PEOPLE.values():
            if person is not people.ADMIN:
                self._create_person(person, projects, roles)

    def _roles(self) -> dict[str, str]:
        """Return the ids of all roles; keystone 23 does not make all."""
        needed = {_ for person in people.PEOPLE.values() for _ in person.roles}
        for name in sorted(needed - self._ids('roles').keys()):
            self._create('role', name=name)
        return self._ids('roles')

    def ids(self) -> dict[str, dict[str, str]]:
        """Return the ids of projects and users by their names."""
        return {kind: self._ids(kind) for kind in ('projects', 'users')}

    def register(self, endpoints: Mapping[str, str]) -> None:
        """Put a service and its public endpoint per type into the catalog."""
        for kind, url in endpoints.items():
            service = self._create('service', type=kind, name=kind)
            self._create(
                'endpoint',
                service_id=service,
                interface='public',
                region_id=people.REGION,
                url=url,
            )

    def _create_person(
        self,
        person: Person,
        projects: Mapping[str, str],
        roles: Mapping[str, str],
    ) -> None:
        user = self._create('user', name=person.name, password=person.password)
        project = projects[person.project]
        for role in person.roles:
            path = f'projects/{project}/users/{user}/roles/{roles[role]}'
            self._send('PUT', path)

    def _create(self, kind: str, **fields: str) -> str:
        return str(self._send('POST', f'{kind}s', {kind: fields})[kind]['id'])

    def _ids(self, kind: str) -> dict[str, str]:
        return {
            item['name']: item['id'] for item in self._send('GET', kind)[kind]
        }

    def _send(self, method: str, path: str, body: object = None) -> Any:
        url = f'{self.url}/{path}'
        headers = {'X-Auth-Token': self.token}
        return _checked(web.send(method, url, body, headers), url).json


def _checked(response: web.Response, url: str) -> web.Response:
    if response.status >= 300:
        raise CloudError(
            f'{url} answered {response.status}: {response.body!r}'
        )
    return response
