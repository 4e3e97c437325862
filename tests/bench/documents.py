"""Servers as nova lists them, as many as it takes, and a create."""

import base64
import json
from typing import Any

from nova_update_guard.compute_api.server_attributes import (
    NESTED_KEYS,
    SERVER_ATTRIBUTES,
)

_FEW = ('adminPass', 'fault', 'host_status', 'user_data')

# 10 KB, as from a dashboard: most of it is a script for the new server.
CREATE = {
    'server': {
        'name': 'web-1',
        'description': 'a web server',
        'availability_zone': 'az1',
        'imageRef': '70a599e0-31e7-49b7-b260-868f441e862b',
        'flavorRef': '1',
        'networks': [{'uuid': '4d8c3732-a248-40ed-bebc-539a6ffd25c0'}],
        'security_groups': [{'name': 'default'}, {'name': 'web'}],
        'key_name': 'operator',
        'metadata': {'ha_enabled': 'True', 'owner': 'web'},
        'OS-DCF:diskConfig': 'AUTO',
        'user_data': base64.b64encode(b'#!/bin/sh\n' * 715).decode(),
    }
}


def body(count: int, first: int = 0) -> bytes:
    """Return a list with details of *count* servers, as nova's bytes.

    The *first* one has this number.
    """
    servers = [server(number) for number in range(first, first + count)]
    return json.dumps({'servers': servers}).encode()


def visible() -> bytes:
    """Return one server as nova shows it, as nova's bytes."""
    return json.dumps({'server': server(0)}).encode()


def server(number: int) -> dict[str, Any]:
    """Return a server with every attribute that an administrator sees."""
    plain = {
        row.name: f'a value of {number}'
        for row in SERVER_ATTRIBUTES
        if '.' not in row.name and row.name not in _FEW
    }
    links = [
        {'rel': rel, 'href': f'http://127.0.0.1:8774/v2.1/servers/{number}'}
        for rel in ('self', 'bookmark')
    ]
    port = {
        'addr': '192.0.2.1',
        'version': 4,
        'OS-EXT-IPS:type': 'fixed',
        'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01',
    }
    flavor: dict[str, Any] = dict.fromkeys(NESTED_KEYS['flavor'], 1)
    return plain | {
        'id': f'{number:08}-9d3a-4c55-8e8e-0a1b2c3d4e5f',
        'links': links,
        'addresses': {'private': [port, port]},
        'flavor': flavor | {'extra_specs': {'hw:cpu_policy': 'shared'}},
        'image': {'id': 'i', 'links': links[1:], 'properties': {'os': 'a'}},
        'metadata': {'ha_enabled': 'True'},
        'os-extended-volumes:volumes_attached': [
            {'id': 'v', 'delete_on_termination': True}
        ],
        'scheduler_hints': {},
        'security_groups': [{'name': 'default'}],
        'status': 'BUILD' if number % 2 else 'ACTIVE',
        # Most servers have none.
        'tags': ['a'] if number % 2 else [],
        # A list that is redacted is mostly one of the caller's project.
        'tenant_id': 'p',
        'user_id': f'user {number % 7}',
    }
