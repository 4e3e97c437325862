"""Which attributes nova's errors tell, by their words."""

import time

import pytest

from nova_update_guard.compute_api.error_texts import attributes_in
from nova_update_guard.compute_api.places import HOST

ZONE = 'OS-EXT-AZ:availability_zone'
VOLUMES = 'os-extended-volumes:volumes_attached'


@pytest.mark.parametrize(
    ('text', 'attributes'),
    [
        ("Cannot 'stop' instance s1 while it is in power_state 4", ['power']),
        ('Conflict updating instance s1. Expected: {}.', ['vm', 'task']),
        ("The target host can't be the same one.", [HOST]),
        ('Cannot migrate to the host where the server exists.', [HOST]),
        ("Host 'h1' is not mapped to any cell", [HOST]),
        ('Compute host h1 not found.', [HOST]),
        ('checking if we can live migrate to host: h1', [HOST]),
        ('to h1: Lack of memory(host:1 <= instance:2)', [HOST, 'flavor']),
        ('Host "h1" is not in the availability zone "z1".', [HOST, ZONE]),
        ('Server is in: z1. Volumes are in: z2', [ZONE]),
        ("pinned to its current availability zone 'z1', but", [ZONE]),
        (
            "does not match instance's hostname web",
            ['OS-EXT-SRV-ATTR:hostname'],
        ),
        ('IP address 192.0.2.1 is already in use on instance s1.', ['addr']),
        ('floating IP a to fixed IP 192.0.2.1 for instance', ['addresses']),
        ("none are available for project 'p1'.", ['tenant_id']),
        ('Keypair k not found for user u1', ['user_id']),
        ('volume v1 is already attached to instances: s1', [VOLUMES]),
        ('Volume v1 could not be found.', [VOLUMES]),
        ('Backup is not supported for volume-backed instances.', ['image']),
        ('Requested image i has automatic disk resize disabled.', ['image']),
        (
            'The supplied device path (/dev/vda) is in use.',
            [VOLUMES, 'OS-EXT-SRV-ATTR:root_device_name'],
        ),
        ('When resizing, instances must change flavor!', ['flavor']),
        ('Flavor disk is 5 bytes, image is 6 bytes.', ['flavor']),
        ('found in the flavor (a) and the image (b).', ['flavor', 'flavor.e']),
    ],
)
def test_a_text_tells_these_and_no_others(
    text: str, attributes: list[str]
) -> None:
    found = attributes_in(text)

    assert len(found) == len(attributes)
    for name, beginning in zip(found, attributes, strict=True):
        assert beginning in name


@pytest.mark.parametrize(
    'text',
    [
        '',
        'No valid host was found. There are not enough hosts available.',
        'Instance s1 could not be found.',
        'Flavor 7 could not be found.',
        'Image i could not be found.',
        "Invalid input for field/attribute name. Value: . '' is too short",
        "Value of 'vm_state', 'host' or 'locked' is not one of these",
        'Connection to the hypervisor is broken on host',
        'Quota exceeded for instances: Requested 1, but already used 10',
    ],
)
def test_other_texts_tell_nothing(text: str) -> None:
    assert attributes_in(text) == []


@pytest.mark.parametrize(
    'word', ['host ', 'image ', 'volume ', 'page size ', 'in vm_state', 'x']
)
def test_a_long_text_takes_no_long_time(word: str) -> None:
    began = time.process_time()

    attributes_in(word * (50_000 // len(word)))
    attributes_in(word + 'x' * 50_000)

    assert time.process_time() - began < 2
