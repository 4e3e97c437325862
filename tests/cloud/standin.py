"""The stand-in: neutron, glance and cinder as far as nova and Horizon ask.

None of the three: it answers reads about the seeded servers, takes an update
of a port without making it, and says 404 to everything else. Nothing else in
this cloud is made of cardboard.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.cloud.ports import HOST
from tests.cloud.servers import (
    IMAGES,
    NETWORKS,
    SECURITY_GROUP,
    SERVERS,
    Server,
    mac,
    made_up,
)

Item = Mapping[str, Any]


def _port(server: Server, network: str, address: str) -> Item:
    return {
        'id': made_up('port', server.id, network),
        'device_id': server.id,
        'device_owner': 'compute:nova',
        'network_id': NETWORKS[network].id,
        'mac_address': mac(server, network),
        'fixed_ips': [{'ip_address': address}],
        'security_groups': [SECURITY_GROUP['id']],
        'status': 'ACTIVE',
    }


def _image(image: Item) -> Item:
    return {
        **image,
        'status': 'active',
        'visibility': 'public',
        'size': 4096,
        'created_at': _TIME,
        'container_format': 'bare',
        'disk_format': 'qcow2',
        'min_disk': 0,
        'min_ram': 0,
        'protected': False,
        'tags': [],
    }


def _volume(server: Server) -> Item:
    volume = made_up('volume', server.id)
    device = '/dev/vda' if server.from_volume else '/dev/vdb'
    return {
        'id': volume,
        'name': f'disk of {server.name}',
        'description': '',
        'size': 20,
        'status': 'in-use',
        'created_at': f'{_TIME[:-1]}.000000',
        'volume_type': None,
        'bootable': 'false',
        'encrypted': False,
        'multiattach': False,
        'metadata': {},
        'attachments': [
            {'id': volume, 'server_id': server.id, 'device': device}
        ],
    }


_TIME = '2026-02-10T12:30:00Z'
_VOLUMES = [_volume(server) for server in SERVERS]

# fmt: off
COLLECTIONS: dict[str, list[Item]] = {
    '/network/v2.0/ports': [
        _port(server, network, address)
        for server in SERVERS
        for network, address in server.addresses.items()
    ],
    '/network/v2.0/security-groups': [
        {**SECURITY_GROUP, 'description': '', 'security_group_rules': []}
    ],
    '/network/v2.0/networks': [
        {'id': network.id, 'name': network.name, 'subnets': []}
        for network in NETWORKS.values()
    ],
    '/network/v2.0/extensions':  [],
    '/network/v2.0/floatingips': [],
    '/network/v2.0/subnets':     [],
    '/image/v2/images':          [_image(image) for image in IMAGES],
    '/volume/v3/volumes':        _VOLUMES,
    '/volume/v3/volumes/detail': _VOLUMES,
}
# What is no collection: glance's client builds its images by a schema.
_DOCUMENTS: dict[str, Item] = {
    '/image/v2/schemas/image': {'name': 'image', 'properties': {}},
    '/volume/v3/os-volume-transfer/detail': {'transfers': []},
}
# fmt: on

_VERSIONS: dict[str, Item] = {
    '/': {'versions': []},
    '/network': {'versions': [{'id': 'v2.0', 'status': 'CURRENT'}]},
    '/image': {'versions': [{'id': 'v2.9', 'status': 'CURRENT'}]},
    '/volume': {
        'versions': [
            {
                'id': 'v3.0',
                'status': 'CURRENT',
                'min_version': '3.0',
                'version': '3.70',
            }
        ]
    },
}
# Horizon's second step of "Edit Instance": the answer is the port as it was.
_UPDATABLE = '/network/v2.0/ports/'


def application(
    environ: dict[str, Any], start_response: Any
) -> Iterable[bytes]:
    """Answer one request."""
    path = environ['PATH_INFO'].rstrip('/') or '/'
    query = parse_qs(environ.get('QUERY_STRING', ''))
    found = None
    if environ['REQUEST_METHOD'] == 'GET' or path.startswith(_UPDATABLE):
        found = _found(path, query, environ)
    body = json.dumps(found if found is not None else {'error': 'no'}).encode()
    start_response(
        '200 OK' if found is not None else '404 Not Found',
        [
            ('Content-Type', 'application/json'),
            ('Content-Length', str(len(body))),
        ],
    )
    return [body]


def _found(
    path: str, query: Mapping[str, list[str]], environ: Mapping[str, Any]
) -> Item | None:
    if path in _VERSIONS:
        return _versions(path, environ)
    if path in _DOCUMENTS:
        return _DOCUMENTS[path]
    if path in COLLECTIONS:
        name = path.removesuffix('/detail').rsplit('/', 1)[1]
        name = name.replace('-', '_')
        return {name: _matching(COLLECTIONS[path], query)}
    collection, _, wanted = path.rpartition('/')
    for item in COLLECTIONS.get(collection, []):
        if item['id'] == wanted:
            return _single(collection, item)
    return None


def _matching(items: list[Item], query: Mapping[str, list[str]]) -> list[Item]:
    """Return the items with fields among the requested values."""
    return [
        item
        for item in items
        if all(
            item[name] in values
            for name, values in query.items()
            if name in item
        )
    ]


def _single(collection: str, item: Item) -> Item:
    """Return *item* as its service shows it: neutron in a wrapping."""
    if collection.startswith('/image'):
        return item
    name = collection.rsplit('/', 1)[1].removesuffix('s').replace('-', '_')
    return {name: item}


def _versions(path: str, environ: Mapping[str, Any]) -> Item:
    """Return a version document with links to this server."""
    base = f'http://{environ["HTTP_HOST"]}{path}'
    versions = [
        {
            **version,
            'links': [{'rel': 'self', 'href': f'{base}/{version["id"][:4]}'}],
        }
        for version in _VERSIONS[path]['versions']
    ]
    return {'versions': versions}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def address_string(self) -> str:
        """Return the client's address, without asking a name server."""
        return str(self.client_address[0])


def main(port: int) -> None:
    """Serve until killed."""
    with make_server(HOST, port, application, _Server, _Handler) as server:
        server.serve_forever()


if __name__ == '__main__':
    main(int(sys.argv[1]))
