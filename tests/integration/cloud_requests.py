"""Requests to the small real cloud, and its log of them."""

import http.client
import urllib.parse

from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.microversions import MAX
from tests.cloud.people import ADMIN, MEMBER
from tests.cloud.servers import RENAMED

NEWEST = str(MAX)
NAME = 'update_guard:server:update:name'
EXTENDED = {
    f'OS-EXT-SRV-ATTR:{name}'
    for name in (
        *('host', 'hypervisor_hostname', 'instance_name', 'kernel_id'),
        *('launch_index', 'ramdisk_id', 'reservation_id', 'root_device_name'),
        'user_data',
    )
}
FORGED = {
    'X-Roles': 'admin',
    'X-Role': 'admin',
    'X-Is-Admin-Project': 'True',
    'X-User-Id': 'somebody',
    'X-Identity-Status': 'Confirmed',
    'X-Service-Roles': 'admin',
    'X-Service-Identity-Status': 'Confirmed',
}
ID = RENAMED.id
SPELLINGS = [
    f'/v2.1/servers/{ID}',
    f'/v2/servers/{ID}',
    f'/v2.1/{{project}}/servers/{ID}',
    f'/v2.1//servers//{ID}',
    f'//v2.1/servers/{ID}',
    f'/v2.1/servers/{ID}/',
    f'/v2.1/%73ervers/{ID}',
    f'/v2.1/servers%2F{ID}',
    f'/v2.1%2Fservers%2F{ID}',
    f'/v2.1/servers/%{ord(ID[0]):x}{ID[1:]}',
    f'/v2.1/servers/{ID}%0A',
    f'/v2.1/servers/{ID}.json',
    f'/v2.1/servers/{ID}?a=b',
    f'/v2.1/x/../servers/{ID}',
    f'/v2.1/os-volumes_boot/{ID}',
    f'/v2.1/os%2Dvolumes_boot/{ID}',
    f'/servers/{ID}',
    f'http://n/v2.1/servers/{ID}',
]


def put(
    cloud, update, caller=MEMBER, server=RENAMED, version=NEWEST, **headers
):
    body = update if isinstance(update, bytes) else {'server': update}
    headers = {name.replace('_', '-'): text for name, text in headers.items()}
    return cloud.send(
        caller, 'PUT', f'/servers/{server.id}', body, version, headers
    )


def raw(cloud, method, target, body=b'', **headers):
    """Send a request with just these characters as its target."""
    address = urllib.parse.urlsplit(cloud.nova_url).netloc
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        sent = {
            'X-Auth-Token': cloud.token(MEMBER).id,
            'Content-Type': 'application/json',
            'Content-Length': str(len(body)),
            **{name.replace('_', '-'): text for name, text in headers.items()},
        }
        for name, text in sent.items():
            connection.putheader(name, text)
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def message(response):
    (fault,) = response.json.values()
    assert fault['code'] == response.status
    return fault['message']


def name_of(cloud, server=RENAMED):
    response = cloud.send(ADMIN, 'GET', f'/servers/{server.id}')
    return response.json['server']['name']


def visible(cloud, caller, path, version=NEWEST):
    response = cloud.send(caller, 'GET', path, version=version)
    assert response.status == 200, response.body
    found = response.json
    return found['servers'] if 'servers' in found else [found['server']]


def said_since(log, start):
    with log.open('rb') as file:
        file.seek(start)
        return file.read().decode()


def keys(document, path=()):
    """Yield every attribute of a document, nested ones with a dot."""
    for key, value in document.items():
        name = '.'.join((*path, key))
        yield name
        inner = value
        if name in server_attributes.FREE_FORM:
            continue
        if name in server_attributes.KEYED_BY_NETWORK:
            inner = [entry for entries in value.values() for entry in entries]
        for entry in inner if isinstance(inner, list) else [inner]:
            if isinstance(entry, dict):
                yield from keys(entry, (*path, key))
