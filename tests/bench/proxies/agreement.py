"""Check that the contenders give the same responses."""

import json
from typing import Any

from nova_update_guard.compute_api.microversions import MAX
from tests.bench.proxies.contenders import REQUESTS, Contender, Site
from tests.bench.proxies.wrk import Request
from tests.cloud import web
from tests.cloud.ports import HOST
from tests.proxy.keystone import MEMBER


def check(site: Site) -> None:
    """Raise AssertionError unless nginx with Lua answers as the guard does."""
    for name, request in REQUESTS.items():
        received = _requested(site.direct, request)
        ours = _requested(site.guard, request)
        assert _requested(site.lua, request) == ours != received, name
        assert _requested(site.plain, request) == received, name


def _requested(contender: Contender, request: Request) -> Any:
    response = web.send(
        request.method,
        f'http://{HOST}:{contender.port}{request.path}',
        json.loads(request.body) if request.body else None,
        {
            'X-Auth-Token': MEMBER,
            'OpenStack-API-Version': f'compute {MAX}',
        },
    )
    assert response.status == 200, (response.status, response.body)
    return response.json
