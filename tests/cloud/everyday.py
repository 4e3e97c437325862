"""Client programs of a member, each with the same interface."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import openstack
from keystoneauth1.identity import v3
from keystoneauth1.session import Session
from novaclient import client as novaclient

from tests.cloud.clients import Clients
from tests.cloud.front import Front
from tests.cloud.people import DOMAIN, MEMBER, REGION

VERSION = '2.90'


def _auth(front: Front) -> dict[str, str]:
    return {
        'auth_url': front.keystone_url,
        'username': MEMBER.name,
        'password': MEMBER.password,
        'project_name': MEMBER.project,
        'user_domain_name': DOMAIN,
        'project_domain_name': DOMAIN,
    }


class OpenStackClient:
    """python-openstackclient, by its command line."""

    def __init__(self, front: Front) -> None:
        self._stack = ExitStack()
        self._clients = self._stack.enter_context(Clients(front))

    def close(self) -> None:
        """End the process that it runs in."""
        self._stack.close()

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
        reported = self._clients.run('openstack_server', *arguments)
        if not reported.content:
            raise RuntimeError(reported.words)
        return reported.words


class OpenStackSDK:
    """openstacksdk."""

    def __init__(self, front: Front) -> None:
        self._connection = openstack.connect(
            auth=_auth(front),
            region_name=REGION,
            compute_default_microversion=VERSION,
            load_yaml_config=False,
            load_envvars=False,
        )
        self._compute = self._connection.compute

    def close(self) -> None:
        """End its connections."""
        self._connection.close()

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

    def __init__(self, front: Front) -> None:
        session = Session(v3.Password(**_auth(front)))
        self._servers = novaclient.Client(
            VERSION, session=session, region_name=REGION
        ).servers

    def close(self) -> None:
        """It has nothing to end."""

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
