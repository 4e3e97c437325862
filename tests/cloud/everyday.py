"""Client programs, each with the same interface."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

import openstack
from keystoneauth1.identity import v3
from keystoneauth1.session import Session
from novaclient import client as novaclient

from tests.cloud.front import Front
from tests.cloud.people import DOMAIN, REGION, Person

VERSION = '2.90'


def _auth(front: Front, person: Person) -> dict[str, str]:
    return {
        'auth_url': front.keystone_url,
        'username': person.name,
        'password': person.password,
        'project_name': person.project,
        'user_domain_name': DOMAIN,
        'project_domain_name': DOMAIN,
    }


class OpenStackClient:
    """python-openstackclient, by its command line."""

    def __init__(self, front: Any, person: Person) -> None:
        names = _auth(front, person)
        self._command = front.python.with_name('openstack')
        self._environ = {
            'PATH': os.environ['PATH'],
            'OS_COMPUTE_API_VERSION': VERSION,
            'OS_REGION_NAME': REGION,
            **{f'OS_{name.upper()}': text for name, text in names.items()},
        }

    def names(self) -> dict[str, str]:
        """Return the names of all servers by their ids."""
        said = self._run('list', '-f', 'json')
        return {server['ID']: server['Name'] for server in json.loads(said)}

    def show(self, server: str) -> Mapping[str, Any]:
        """Return the visible attributes of a server."""
        visible: Mapping[str, Any] = json.loads(
            self._run('show', '-f', 'json', server)
        )
        return visible

    def update(self, server: str, **fields: str) -> None:
        """Change *fields* of a server."""
        options = [f'--{name}={text}' for name, text in fields.items()]
        self._run('set', *options, server)

    def lock(self, server: str) -> None:
        """Lock a server."""
        self._run('lock', server)

    def unlock(self, server: str) -> None:
        """Unlock a server."""
        self._run('unlock', server)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._command, 'server', *arguments],
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout


class OpenStackSDK:
    """openstacksdk."""

    def __init__(self, front: Front, person: Person) -> None:
        connection = openstack.connect(
            auth=_auth(front, person),
            region_name=REGION,
            compute_default_microversion=VERSION,
            load_yaml_config=False,
            load_envvars=False,
        )
        self._compute = connection.compute

    def names(self) -> dict[str, str]:
        """Return the names of all servers by their ids."""
        return {server.id: server.name for server in self._compute.servers()}

    def show(self, server: str) -> Mapping[str, Any]:
        """Return the visible attributes of a server."""
        found = self._compute.get_server(server)
        return {**found.to_dict(), 'locked': found.is_locked}

    def update(self, server: str, **fields: str) -> None:
        """Change *fields* of a server."""
        self._compute.update_server(server, **fields)

    def lock(self, server: str) -> None:
        """Lock a server."""
        self._compute.lock_server(server)

    def unlock(self, server: str) -> None:
        """Unlock a server."""
        self._compute.unlock_server(server)


class NovaClient:
    """python-novaclient."""

    def __init__(self, front: Front, person: Person) -> None:
        session = Session(v3.Password(**_auth(front, person)))
        self._servers = novaclient.Client(
            VERSION, session=session, region_name=REGION
        ).servers

    def names(self) -> dict[str, str]:
        """Return the names of all servers by their ids."""
        return {server.id: server.name for server in self._servers.list()}

    def show(self, server: str) -> Mapping[str, Any]:
        """Return the visible attributes of a server."""
        visible: Mapping[str, Any] = self._servers.get(server).to_dict()
        return visible

    def update(self, server: str, **fields: str) -> None:
        """Change *fields* of a server."""
        self._servers.update(server, **fields)

    def lock(self, server: str) -> None:
        """Lock a server."""
        self._servers.lock(server)

    def unlock(self, server: str) -> None:
        """Unlock a server."""
        self._servers.unlock(server)


CLIENTS = (OpenStackClient, OpenStackSDK, NovaClient)
