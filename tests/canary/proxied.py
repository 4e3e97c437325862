"""The same walk through the proxy, by sockets."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from tests.canary import walk
from tests.canary.marks import MARKS
from tests.canary.recorded import Recorded
from tests.proxy import serving
from tests.proxy.client import Client, Response
from tests.proxy.keystone import ADMIN, MEMBER, Keystone
from tests.proxy.nova import Nova

SECONDS = 20.0


def leaks(
    recorded: list[Recorded], rules: Mapping[str, str], folder: Path
) -> Iterator[walk.Leak]:
    """Yield what the proxy lets through, its guard having these *rules*."""
    policy = folder / 'policy.yaml'
    policy.write_text(yaml.safe_dump(dict(rules)))
    options = {**walk.OPTIONS, 'policy_file': str(policy)}
    guard = '\n'.join(f'{key} = {value}' for key, value in options.items())
    with (
        closing(Nova()) as nova,
        closing(Keystone()) as keystone,
        serving.configured(
            'gunicorn', nova, keystone, _Folders(folder), guard=guard
        ) as proxy,
    ):
        client = Client(proxy.address, SECONDS)

        def send(one: Recorded) -> Response:
            nova.respond_with(_raw(one))
            client.send(_request(one))
            response = client.response()
            assert response, one
            return response

        yield from walk.leaks(recorded, MARKS, send)


class _Folders:
    """Makes folders as pytest's fixture does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mktemp(self, name: str) -> Path:
        made = self._folder / name
        made.mkdir()
        return made


def _raw(recorded: Recorded) -> bytes:
    status, headers, body = recorded.nova
    lines = [f'HTTP/1.1 {status}']
    lines += [
        f'{name}: {value}'
        for name, value in headers
        if name.lower() != 'content-length'
    ]
    lines += [f'Content-Length: {len(body)}', '', '']
    return '\r\n'.join(lines).encode() + body


def _request(recorded: Recorded) -> bytes:
    request = recorded.request
    body: Any = b''
    if request.body is not None:
        body = json.dumps(request.body).encode()
    prefix = '/v2.1' if recorded.minor else '/v2'
    token = ADMIN if 'admin' in recorded.caller.roles else MEMBER
    lines = [
        f'{request.method} {prefix}{request.path} HTTP/1.1',
        'Host: localhost',
        f'X-Auth-Token: {token}',
        f'Content-Length: {len(body)}',
        'Content-Type: application/json',
    ]
    if recorded.minor:
        lines += [f'OpenStack-API-Version: compute 2.{recorded.minor}']
    return '\r\n'.join([*lines, '', '']).encode() + body
