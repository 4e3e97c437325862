"""A version in a media type: never sent to nova, and served by the proxy."""

import json
from contextlib import closing

import pytest

from tests.proxy import serving
from tests.proxy.client import request, send, update
from tests.proxy.keystone import ADMIN, Keystone
from tests.proxy.nova import Nova

# As Prometheus sends it, since its release 2.5.
PROMETHEUS = (
    'Accept: application/openmetrics-text;version=1.0.0,'
    'text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
)
VERSIONED = (
    'Accept: application/json;version=2/+',
    'Accept: text/html, */*;q=0.5; version=2.1',
    r'Accept: application/json;"ver\sion"=2',
    PROMETHEUS,
)
TO_NOVA = (
    *('GET /v2.1/flavors', 'GET /v2.1/servers/s1', 'GET /servers/s1'),
    *('DELETE /v2.1/servers/s1', 'GET /', 'GET /metrics/'),
    *('GET /healthcheck/', 'POST /v2.1/servers/s1/action', 'GET /v2/servers'),
)


@pytest.fixture
def made(tmp_path):
    """A guard whose policy names the server, and its nova."""
    (tmp_path / 'update-guard-policy.yaml').write_text(
        'update_guard:server:update:name: "\'ACTIVE\':%(server.status)s"\n'
    )
    with closing(Nova()) as nova, closing(Keystone()) as keystone:
        serving.write_config(tmp_path, nova.url, keystone.url)
        with serving.running('gunicorn', tmp_path) as address:
            yield address, nova


@pytest.mark.parametrize('path', ['/metrics', '/healthcheck'])
def test_prometheus_and_a_monitor_get_what_the_proxy_itself_serves(
    address, nova, path
):
    response = send(address, request(f'GET {path}', PROMETHEUS, token=None))

    assert (response.status, nova.requests()) == (200, [])


@pytest.mark.parametrize('line', TO_NOVA)
@pytest.mark.parametrize('field', VERSIONED)
def test_nova_gets_no_request_with_a_version_in_accept(
    address, nova, line, field
):
    body = b'{"unpause": null}' if line.startswith('POST') else None

    response = send(address, request(line, field, body=body, token=ADMIN))

    assert response.status == 400
    assert 'a version in Accept or Content-Type' in str(response.json)
    assert nova.requests() == []


def test_a_version_in_a_media_type_costs_no_lookup_and_is_no_allowed_update(
    made, tmp_path
):
    """Where a rule names the server, and the update is allowed otherwise."""
    address, nova = made

    refused = send(address, update('Accept: application/json;version=2.90'))
    assert (refused.status, nova.requests()) == (400, [])
    assert send(address, update()).status == 200

    methods = [request.method for request in nova.requests()]
    assert methods == ['GET', 'PUT']
    (record,) = (tmp_path / 'decisions.log').read_text().splitlines()
    assert json.loads(record)['status'] == 200


def test_a_monitor_that_names_a_version_hears_of_a_nova_that_is_down(made):
    address, nova = made
    nova.close()
    try:
        check = request('GET /healthcheck', PROMETHEUS, token=None)
        assert send(address, check).status == 503
    finally:
        nova.open()


@pytest.mark.parametrize('line', ['PUT /servers/s1', 'POST /v2.1/flavors'])
def test_nova_gets_no_request_with_a_version_in_content_type(
    address, nova, line
):
    sent = request(line, body=b'{"server": {"name": "new"}}', token=ADMIN)
    kind = b'Content-Type: application/json'
    assert sent.count(kind) == 1

    response = send(address, sent.replace(kind, kind + b';version=2/+'))

    assert response.status == 400
    assert nova.requests() == []
