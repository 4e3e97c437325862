"""The cloud's servers, hosts and networks; plain data.

What is here is what tests, the demo and the stand-in talk about; the rest of
a server's row is made up in `rows`.
"""

from dataclasses import dataclass, field
from uuid import UUID, uuid5

from tests.cloud.people import MEMBER, STRANGER, Person

# Made-up ids must be the same at every start.
_IDS = UUID('5a0c6b0e-6f0b-4c61-9e0a-3f6d0b1f2c11')

CANARY = 'canary-of-user-data-8f41c6'


def made_up(*words: str) -> str:
    """Return a UUID that is always the same for *words*."""
    return str(uuid5(_IDS, ' '.join(words)))


@dataclass(frozen=True)
class Host:
    """A compute node; status is the one that nova should show."""

    name: str
    status: str
    zone: str = 'zone-east'

    @property
    def node(self) -> str:
        """The hypervisor's own name."""
        return f'{self.name}.cloud.example.org'


UP = Host('compute-1', 'UP')
DISABLED = Host('compute-2', 'MAINTENANCE')
FORCED_DOWN = Host('compute-3', 'DOWN')
SILENT = Host('compute-4', 'UNKNOWN', 'zone-west')
HOSTS = (UP, DISABLED, FORCED_DOWN, SILENT)


@dataclass(frozen=True)
class Network:
    """A network with one IPv4 range."""

    name: str
    cidr: str

    @property
    def id(self) -> str:
        """Its id in neutron."""
        return made_up('network', self.name)


PUBLIC = Network('public', '10.94.136.0/22')
PRIVATE = Network('private', '192.168.128.0/24')
NETWORKS = {network.name: network for network in (PUBLIC, PRIVATE)}

SECURITY_GROUP = {'id': made_up('security group'), 'name': 'web-and-ssh'}
IMAGE = {'id': made_up('image'), 'name': 'debian-13'}
KERNEL = {'id': made_up('kernel'), 'name': 'debian-13-kernel'}
RAMDISK = {'id': made_up('ramdisk'), 'name': 'debian-13-ramdisk'}
IMAGES = (IMAGE, KERNEL, RAMDISK)
SERVER_GROUP = made_up('server group')


@dataclass(frozen=True)
class Fault:
    """A server's fault."""

    code: int
    message: str
    details: str


_CRASH = Fault(
    500,
    'Build of instance aborted: Failed to allocate the network(s).',
    'Traceback (most recent call last):\n'
    '  File "/opt/nova/nova/compute/manager.py", line 2690, in '
    '_build_and_run_instance\n'
    '    self.driver.spawn(context, instance, image_meta)\n'
    '  File "/opt/nova/nova/virt/libvirt/driver.py", line 4898, in spawn\n'
    '    self._create_guest_with_network(context, xml, instance)\n'
    'nova.exception.VirtualInterfaceCreateException: Virtual Interface '
    'creation failed\n',
)
_REFUSED = Fault(
    404,
    f'Image {IMAGE["id"]} could not be found.',
    'Traceback (most recent call last):\n'
    '  File "/opt/nova/nova/image/glance.py", line 323, in show\n'
    '    _reraise_translated_image_exception(image_id)\n'
    'nova.exception.ImageNotFound: Image could not be found.\n',
)


@dataclass(frozen=True)
class Server:
    """A server as the story needs it."""

    id: str
    name: str
    owner: Person = MEMBER
    host: Host = UP
    vm_state: str = 'active'
    status: str = 'ACTIVE'
    locked_reason: str | None = None
    fault: Fault | None = None
    from_volume: bool = False
    user_data: str = '#!/bin/sh\necho hello > /etc/motd\n'
    addresses: dict[str, str] = field(default_factory=dict)


# The id, metadata and addresses of the first are those of the example in the
# API reference.
RENAMED = Server(
    '642b7726-bc3b-4824-872b-124097d2d20c',
    'vm1',
    addresses={'public': '10.94.139.172', 'private': '192.168.128.88'},
)
BUILDING = Server(
    made_up('server', 'building'),
    'vm-building',
    vm_state='building',
    status='BUILD',
    addresses={'private': '192.168.128.11'},
)
CRASHED = Server(
    made_up('server', 'crashed'),
    'vm-crashed',
    host=DISABLED,
    vm_state='error',
    status='ERROR',
    fault=_CRASH,
    addresses={'private': '192.168.128.12'},
)
IMAGELESS = Server(
    made_up('server', 'imageless'),
    'vm-image-not-found',
    host=FORCED_DOWN,
    vm_state='error',
    status='ERROR',
    fault=_REFUSED,
    addresses={'private': '192.168.128.13'},
)
LOCKED = Server(
    made_up('server', 'locked'),
    'vm-locked',
    host=SILENT,
    locked_reason='kept for the audit',
    from_volume=True,
    addresses={'private': '192.168.128.14'},
)
MARKED = Server(
    made_up('server', 'marked'),
    'vm-with-a-marked-user-data',
    user_data=f'#cloud-config\npassword: {CANARY}\n',
    addresses={'private': '192.168.128.15'},
)
THEIRS = Server(
    made_up('server', 'theirs'),
    'vm-of-another-project',
    owner=STRANGER,
    addresses={'public': '10.94.139.201', 'private': '192.168.128.16'},
)

SERVERS = (RENAMED, BUILDING, CRASHED, IMAGELESS, LOCKED, MARKED, THEIRS)


def mac(server: Server, network: str) -> str:
    """Return the hardware address of a server's port on a network."""
    digits = UUID(made_up('mac', server.id, network)).hex[:6]
    return 'fa:16:3e:' + ':'.join(digits[i : i + 2] for i in (0, 2, 4))
