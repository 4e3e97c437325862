"""Requests that change something else than a server of their own."""

from typing import Any

from tests.canary.paths import NOBODY
from tests.canary.seed import ANOTHER_VOLUME, VOLUME, Seeded, server
from tests.canary.story import Step, attach


def external_events(seeded: Seeded) -> Any:
    """Return events of each kind for a server that is well and one not."""
    return {
        'events': [
            {'name': 'network-changed', 'server_uuid': one}
            for one in (seeded.rich, seeded.odd)
        ]
    }


def others(seeded: Seeded) -> tuple[Step, ...]:
    """Return requests that change something else than a server."""
    rich = f'/servers/{seeded.rich}'
    return (
        Step('POST', '/os-server-external-events', external_events(seeded)),
        Step(
            'POST',
            '/os-server-groups',
            {'server_group': {'name': 'g', 'policies': ['anti-affinity']}},
            until=63,
        ),
        Step(
            'POST',
            '/os-server-groups',
            {'server_group': {'name': 'g', 'policy': 'anti-affinity'}},
            since=64,
        ),
        Step('POST', '/servers', server),
        Step(
            'POST',
            '/servers',
            lambda minor: {
                'server': {
                    **server(minor)['server'],
                    'min_count': 2,
                    'return_reservation_id': True,
                }
            },
        ),
        Step(
            'POST',
            '/servers',
            lambda minor: {
                'server': {
                    **server(minor)['server'],
                    'availability_zone': 'nowhere',
                }
            },
        ),
        Step('POST', '/os-volumes_boot', server),
        Step('POST', f'{rich}/action', {'nonsense': None}),
        Step('POST', f'{rich}/os-volume_attachments', attach),
        # At the next version, another server gets this volume.
        Step('DELETE', f'{rich}/os-volume_attachments/{ANOTHER_VOLUME}'),
        Step('PUT', f'{rich}/tags/canary-tag', None, 26),
        Step(
            'POST', f'{rich}/migrations/1/action', {'force_complete': None}, 22
        ),
        Step(
            'POST',
            '/os-assisted-volume-snapshots',
            {
                'snapshot': {
                    'volume_id': VOLUME,
                    'create_info': {
                        'snapshot_id': NOBODY,
                        'type': 'qcow2',
                        'new_file': 'f',
                    },
                }
            },
        ),
        Step('POST', '/os-volumes', {'volume': {'size': 1}}, until=35),
        Step(
            'PUT',
            '/os-services/disable',
            {'host': 'canary-host', 'binary': 'nova-nothing'},
            until=52,
        ),
        Step('DELETE', '/os-aggregates/1'),
        Step(
            'POST',
            '/os-aggregates/1/action',
            {'remove_host': {'host': 'canary-host'}},
        ),
        Step(
            'POST',
            '/os-aggregates/1/action',
            {'add_host': {'host': 'canary-host'}},
        ),
        Step(
            'PUT',
            '/os-aggregates/1',
            {'aggregate': {'availability_zone': 'another-zone'}},
        ),
        Step(
            'POST',
            '/os-aggregates/1/action',
            {
                'set_metadata': {
                    'metadata': {'availability_zone': 'another-zone'}
                }
            },
        ),
        Step('DELETE', '/os-hosts/canary-host'),
        Step('DELETE', f'/flavors/{NOBODY}'),
        Step(
            'POST',
            '/os-keypairs',
            {'keypair': {'name': 'canary-key'}},
            until=91,
        ),
        Step('DELETE', f'/os-server-groups/{NOBODY}'),
    )
