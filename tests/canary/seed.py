"""Servers whose every attribute has a marked value."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from nova.tests.fixtures import GlanceFixture, NeutronFixture

from tests.canary import in_database
from tests.canary.whole import ATTACHED, HOSTS
from tests.whole_nova.client import NEWEST, Client, Person, Request

# In a project of his own: the servers' project is a marked value, too.
ADMIN = Person('admin', 'admin,manager,member,reader', 'project-of-admins')
MEMBER = Person('member', 'member,reader')
READER = Person('reader', 'reader')
STRANGER = Person('stranger', 'member,reader', 'project-of-strangers')
CALLERS = (ADMIN, MEMBER, READER, STRANGER)

IMAGE = 'ca0a7700-0000-4000-8000-000000000002'
VOLUME = ATTACHED
ANOTHER_VOLUME = 'ca0a7701-0000-4000-8000-000000000002'
PORT = NeutronFixture.port_2['id']
NETWORK = NeutronFixture.network_1['id']
FLAVOR = 'canary-flavor-id'
USER_DATA = 'Y2FuYXJ5LXVzZXItZGF0YQ=='
SECURITY_GROUP = 'canary-security-group'


@dataclass(frozen=True)
class Seeded:
    """Ids: a server that is well, one in odd states, one that is locked."""

    rich: str
    odd: str
    busy: str
    locked: str
    failed: str
    group: str
    request: str
    migration: int
    token: str


def server(minor: int = NEWEST, **more: Any) -> dict[str, Any]:
    """Return the body of a creation with all that 2.*minor* takes."""
    document = {
        'name': 'canary-name',
        'flavorRef': FLAVOR,
        'imageRef': IMAGE,
        'networks': [{'uuid': NETWORK}],
        'user_data': USER_DATA,
        'accessIPv4': '192.0.2.77',
        'accessIPv6': '2001:db8::77',
        'config_drive': True,
        'key_name': 'canary-key',
        'metadata': {'canary-metadata-key': 'canary-metadata-value'},
        'availability_zone': 'canary-zone',
        **more,
    }
    if minor >= 19:
        document['description'] = 'canary-description'
    if minor >= 52:
        document['tags'] = ['canary-tag']
    if minor >= 90:
        document['hostname'] = 'canary-fqdn'
    return {'server': document}


def send(
    client: Client,
    method: str,
    path: str,
    body: object = None,
    caller: Person = ADMIN,
    minor: int = NEWEST,
) -> Any:
    """Return the body of nova's response, which is a success."""
    reply = client.send(Request(method, path, body), caller, minor)
    assert reply.status < 300, (method, path, reply.status, reply.body)
    return reply.json if reply.body else None


def prepare(client: Client) -> None:
    """Make what servers are made of: flavor, zone, key, image and group."""
    flavor = {
        'id': FLAVOR,
        'name': 'canary-flavor',
        'ram': 333,
        'vcpus': 3,
        'disk': 3,
    }
    send(client, 'POST', '/flavors', {'flavor': flavor})
    send(
        client,
        'POST',
        '/flavors',
        {
            'flavor': {
                **flavor,
                'id': 'big',
                'name': 'canary-flavor-big',
                'ram': 666,
            }
        },
    )
    specs = {'extra_specs': {'canary:canary-spec': 'canary-spec'}}
    for one in (FLAVOR, 'big'):
        send(client, 'POST', f'/flavors/{one}/os-extra_specs', specs)
    zone = {'name': 'aggregate', 'availability_zone': 'canary-zone'}
    made = send(client, 'POST', '/os-aggregates', {'aggregate': zone})
    path = f'/os-aggregates/{made["aggregate"]["id"]}/action'
    for host in HOSTS:
        send(client, 'POST', path, {'add_host': {'host': host}})
    key = {'keypair': {'name': 'canary-key'}}
    send(client, 'POST', '/os-keypairs', key, MEMBER, minor=91)


def make_image(glance: GlanceFixture) -> None:
    """Give glance an image with a marked property."""
    image = dict(glance.image1, id=IMAGE)
    image['properties'] = {
        **image['properties'],
        'os_distro': 'canary-distro',
    }
    glance.create(None, image)


def create(client: Client, minor: int = NEWEST, **hints: str) -> str:
    """Create a marked server as the member, with a volume; return its id."""
    body = server(minor)
    body['OS-SCH-HNT:scheduler_hints'] = {
        'canary-hint': 'canary-hint',
        **hints,
    }
    made = send(client, 'POST', '/servers', body, MEMBER, minor)
    return made['server']['id']


def seed(client: Client) -> Seeded:
    """Create the servers, and set in the database what the API does not."""
    group = {'server_group': {'name': 'group', 'policy': 'soft-anti-affinity'}}
    group_id = send(client, 'POST', '/os-server-groups', group, MEMBER)[
        'server_group'
    ]['id']
    rich, odd, busy, locked, failed = (
        create(client, group=group_id) for _ in range(5)
    )
    volume = {'volumeAttachment': {'volumeId': VOLUME}}
    path = f'/servers/{rich}/os-volume_attachments'
    send(client, 'POST', path, volume, MEMBER)
    lock = {'lock': {'locked_reason': 'canary-locked-reason'}}
    send(client, 'POST', f'/servers/{locked}/action', lock, MEMBER)
    migration = in_database.add_migration(rich)
    for one in (rich, odd, busy, locked, failed):
        in_database.make_up(one)
    in_database.set_states(
        odd, vm_state='canary-vm-state', task_state='canary-task-state'
    )
    in_database.set_states(busy, task_state='canary-task-state')
    in_database.set_states(failed, vm_state='error')
    in_database.add_fault(failed)
    return Seeded(
        rich,
        odd,
        busy,
        locked,
        failed,
        group_id,
        in_database.mark_actions(rich),
        migration,
        _token(client, rich),
    )


def _token(client: Client, server_id: str) -> str:
    console = {'remote_console': {'protocol': 'vnc', 'type': 'novnc'}}
    path = f'/servers/{server_id}/remote-consoles'
    made = send(client, 'POST', path, console)
    url = made['remote_console']['url']
    return parse_qs(unquote(url).rpartition('?')[2])['token'][0]
