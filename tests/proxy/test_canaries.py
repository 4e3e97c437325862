"""No token, password or user_data stands in anything that the guard writes.

A client and nova put marked ones wherever they can; then all that the proxy
has written is searched: its log at DEBUG, the server's own, the decision
records, the report of them, and the metrics.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.proxy import faults
from tests.proxy.client import attack, request, send, update
from tests.proxy.keystone import ADMIN, MEMBER
from tests.proxy.nova import SERVER, response

FALSE = 'token-that-nobody-has'
PASSWORD = 'canary-of-a-password'
USER_DATA = 'canary-of-user-data'
BODY = 'canary-of-a-body'
CONSOLE_TOKEN = 'canary-of-a-console'
CONSOLE = f'/v2.1/os-console-auth-tokens/{CONSOLE_TOKEN}'
CANARIES = (ADMIN, MEMBER, FALSE, PASSWORD, USER_DATA, BODY, CONSOLE_TOKEN)
MARKED = SERVER | {
    'adminPass': PASSWORD,
    'user_data': USER_DATA,
    'OS-EXT-SRV-ATTR:user_data': USER_DATA,
}
SCRIPTS = {
    'a server': faults.says(response(json.dumps({'server': MARKED}).encode())),
    'servers': faults.says(
        response(json.dumps({'servers': [MARKED]}).encode())
    ),
    'torn': faults.says(
        response(json.dumps({'server': MARKED})[:-9].encode())
    ),
    'a fault': faults.says(
        response(
            json.dumps({'computeFault': {'message': USER_DATA}}).encode(),
            status='500 Broken',
        )
    ),
    'silent': faults.IS_SLOW['silent'],
    **faults.BREAKS_OFF,
    **faults.IS_NO_HTTP,
    **faults.IS_NO_SERVER,
}
REBUILD = {'rebuild': {'adminPass': PASSWORD, 'user_data': USER_DATA}}
RENAMED = {'rebuild': {**REBUILD['rebuild'], 'name': ''}}


def act(document, token=MEMBER, end=b''):
    body = json.dumps(document).encode() + end
    return request('POST /v2.1/servers/s1/action', body=body, token=token)


def said():
    """Yield requests that are allowed, or that are refused, by all layers."""
    for token in (MEMBER, ADMIN, FALSE):
        yield request(token=token)
        yield request('GET /v2.1/servers/detail', token=token)
        yield request('GET /v2.1/flavors', token=token)
        yield request(f'GET {CONSOLE}', token=token)
        yield request(f'GET {CONSOLE}?_method=PUT', token=token)
        yield request(f'GET {CONSOLE}/.', token=token)
        yield request(f'GET {CONSOLE}', b'X-A: \x01', token=token)
        yield update(token=token, name=BODY)
        yield update(token=token, name=BODY, description=BODY)
        yield update(token=token, **{BODY: BODY})
        yield update(token=token, hostname=[BODY])
        yield act(REBUILD, token)
        yield act(RENAMED, token)
        yield act(REBUILD, token, b'}')
    name = f'{{"server": {{"name": "{BODY}", "name": "{PASSWORD}"}}}}'.encode()
    for body in (name, name[:-5], b'\xff' + name, b'[' * 9000 + name):
        yield request('PUT /v2.1/servers/s1', body=body)
    yield update('X-Service-Token: ' + ADMIN)
    yield update('Content-Type: application/' + BODY)
    yield update('OpenStack-API-Version: compute ' + BODY)
    yield request('PUT /v2.1/servers/s1?_method=GET', body=name)
    yield request(f'GET /v2.1/servers?host={BODY}&user_data={USER_DATA}')
    yield request(f'GET /v2.1/servers?%FF={BODY}')


def reports(folder):
    """Return the report about the records, in all its forms."""
    files = [folder / name for name in ('report.html', 'report.json')]
    table = subprocess.run(
        [
            Path(sys.executable).with_name('nova-update-guard'),
            *('report', folder / 'decisions.log', '--by', 'client'),
            *('--by', 'field', '--by', 'rule', '--by', 'user'),
            *('--html', files[0], '--json', files[1]),
        ],
        capture_output=True,
        check=True,
    )
    return {
        'table': table.stdout + table.stderr,
        **{file.name: file.read_bytes() for file in files},
    }


def test_no_secret_is_in_anything_that_is_written(proxy, nova):
    requests = [*said()]
    for script in SCRIPTS.values():
        nova.script(script)
        for data in (request(), update(name=BODY), act(REBUILD)):
            send(proxy.address, data)
    nova.script(SCRIPTS['a server'])
    for data in requests:
        send(proxy.address, data)
        # Torn, and with more behind it than it says.
        attack(proxy.address, data[:-3])
        attack(proxy.address, data + PASSWORD.encode() + b'\r\n\r\n')
    metrics = send(proxy.address, request('GET /metrics', token=None)).body

    written = {
        path.name: path.read_bytes()
        for path in proxy.folder.iterdir()
        if path.suffix == '.log'
    } | {'metrics': metrics, **reports(proxy.folder)}
    assert {'guard.log', 'server.log', 'decisions.log'} <= written.keys()
    # What a server says for itself may be nothing.
    assert all(written[name] for name in written if name != 'server.log')
    found = {
        (name, canary)
        for name, data in written.items()
        for canary in CANARIES
        if canary.encode() in data
    }
    assert found == set()
