"""Updates sent through the guard, and their refusals."""

import json

from tests.standin import MEMBER


def put(
    guard,
    body,
    environ=MEMBER,
    status=None,
    path='/servers/s1',
    method='PUT',
    **headers,
):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.replace('_', '-'): text for name, text in headers.items()}
    headers.setdefault('Content-Type', 'application/json')
    return guard.request(
        path,
        method=method,
        body=data,
        headers=headers,
        environ=dict(environ),
        status=status,
    )


def message(response):
    (fault,) = response.json.values()
    assert fault['code'] == response.status_int
    return fault['message']
