"""The least that asks nova: ``application``, for a WSGI server.

It has no guard, knows no caller and checks nothing. NOVA in the environment
is nova's URL.
"""

import os
import threading
from collections.abc import Callable
from typing import Any

import pycurl

_NOVA = os.environ['NOVA']
_PASSED = ('content-type', 'openstack-api-version')
_kept = threading.local()


def application(
    environ: dict[str, Any], start: Callable[..., object]
) -> list[bytes]:
    """Return nova's body for the request in *environ*."""
    if not hasattr(_kept, 'curl'):
        _kept.curl = pycurl.Curl()
    curl, body, lines = _kept.curl, [], []
    _prepare(curl, environ)
    curl.setopt(pycurl.WRITEFUNCTION, body.append)
    curl.setopt(pycurl.HEADERFUNCTION, lines.append)
    curl.perform()
    pairs = [line.decode().strip().partition(': ') for line in lines]
    headers = [(key, to) for key, _, to in pairs if key.lower() in _PASSED]
    headers.append(('Content-Length', str(sum(map(len, body)))))
    start(f'{curl.getinfo(pycurl.RESPONSE_CODE)} of nova', headers)
    return body


def _prepare(curl: pycurl.Curl, environ: dict[str, Any]) -> None:
    """Make the request in *environ* the next one that *curl* sends."""
    curl.reset()
    curl.setopt(pycurl.URL, _NOVA + environ['PATH_INFO'])
    version = environ.get('HTTP_OPENSTACK_API_VERSION', '')
    headers = [
        f'X-Auth-Token: {environ.get("HTTP_X_AUTH_TOKEN", "")}',
        f'OpenStack-API-Version: {version}',
    ]
    if environ['REQUEST_METHOD'] == 'PUT':
        curl.setopt(pycurl.CUSTOMREQUEST, 'PUT')
        curl.setopt(pycurl.POSTFIELDS, environ['wsgi.input'].read())
        headers.append('Content-Type: application/json')
    curl.setopt(pycurl.HTTPHEADER, headers)
