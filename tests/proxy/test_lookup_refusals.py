"""Responses where a lookup of the server fails."""

import pytest

from tests.proxy import faults, serving
from tests.proxy.client import connected, request, send, update
from tests.proxy.nova import head, response

# The server has no user_id: the rule says no, once it is shown.
POLICY = 'update_guard:server:update:name: user_id:%(user_id)s'
REBUILD = request(
    'POST /v2.1/servers/s1/action',
    body=b'{"rebuild": {"imageRef": "i", "name": "new"}}',
)
VERSION = 'OpenStack-API-Version: compute 2.19'


@pytest.fixture(scope='module')
def checking(running_nova, keystone, tmp_path_factory):
    """Proxies with a policy that needs a lookup, one for each server."""
    with (
        _running('gunicorn', running_nova, keystone, tmp_path_factory) as one,
        _running('uwsgi', running_nova, keystone, tmp_path_factory) as other,
    ):
        yield {'gunicorn': one, 'uwsgi': other}


def _running(name, nova, keystone, folders):
    folder = folders.mktemp(name)
    serving.write_config(folder, nova.url, keystone.url)
    (folder / 'update-guard-policy.yaml').write_text(POLICY)
    return serving.running(name, folder)


@pytest.fixture(params=serving.SERVERS)
def address(request, checking, nova):
    return checking[request.param]


@pytest.mark.parametrize(
    ('status', 'field'),
    [
        ('300 Multiple Choices', 'X-Other: nova'),
        ('307 Temporary Redirect', 'Location: http://h/elsewhere'),
        ('400 Bad Request', 'X-Other: nova'),
        ('401 Unauthorized', 'WWW-Authenticate: Keystone uri="novas"'),
        ('403 Forbidden', 'X-Other: nova'),
        ('404 Not Found', 'X-Other: nova'),
        ('418 Teapot', 'X-Other: nova'),
        ('429 Too Many Requests', 'Retry-After: 7'),
        ('500 Internal Server Error', 'X-Other: nova'),
        ('503 Service Unavailable', 'Retry-After: 7'),
        ('504 Gateway Timeout', 'X-Other: nova'),
        ('599 Whatever', 'X-Other: nova'),
    ],
)
@pytest.mark.parametrize('data', [update(VERSION), REBUILD])
def test_refusal_of_the_lookup_reaches_the_client_as_nova_sent_it(
    address, nova, status, field, data
):
    body = b'<p>of nova, or of what stands before it \xff</p>'
    nova.respond_with(response(body, field, status=status))

    # One connection, so that the next answer on it is the next one's.
    with connected(address) as client:
        client.send(data)
        visible = client.response()
        client.send(request('GET /v2.1/flavors'))
        assert client.response().status == 200

    assert (visible.status, visible.body) == (int(status[:3]), body)
    name, _, text = field.partition(': ')
    assert name.lower() in visible.headers
    assert visible.headers[name.lower()] == text or status.startswith('401')
    reported = 'compute 2.19' if data is not REBUILD else 'compute 2.1'
    assert visible.headers['openstack-api-version'] == reported
    assert [seen.method for seen in nova.requests()] == ['GET', 'GET']


@pytest.mark.parametrize(
    'data',
    [
        response(b'{"servers": []}'),
        response(b'<html>a secret</html>'),
        response(status='202 Accepted'),
        response(b'{"server', 'Content-Range: 0-8/99', status='206 Partial'),
        head(status='204 No Content'),
        head('ETag: "e"', status='304 Not Modified'),
    ],
)
def test_a_lookup_without_a_server_document_becomes_502(address, nova, data):
    nova.respond_with(data)

    visible = send(address, update(VERSION))

    assert visible.status == 502
    assert visible.json['computeFault']['code'] == 502
    assert visible.headers['openstack-api-version'] == 'compute 2.19'
    assert b'secret' not in visible.body
    assert len(nova.requests()) == 1


@pytest.mark.parametrize(
    ('scripts', 'status'),
    [
        (faults.BREAKS_OFF, 502),
        (faults.IS_NO_HTTP, 502),
        # The others are in test_nova_faults.py.
        ({'silent': faults.IS_SLOW['silent']}, 504),
    ],
)
def test_a_lookup_without_a_whole_response_is_reported_as_such(
    address, nova, scripts, status
):
    """A silence is 504 here as it is for any other request."""
    for script in scripts.values():
        nova.script(script)
        visible = send(address, update(VERSION))

        assert visible.status == status
        assert visible.json['computeFault']['code'] == status
        assert visible.headers['openstack-api-version'] == 'compute 2.19'
    nova.respond_with()
    assert send(address, update()).status == 403


def test_lookup_at_a_nova_that_is_down_is_502(address, nova):
    nova.close()
    try:
        visible = send(address, update(VERSION))
    finally:
        nova.open()

    assert visible.status == 502
    assert visible.headers['openstack-api-version'] == 'compute 2.19'


def test_response_headers_of_nova_that_are_too_long_become_502(address, nova):
    nova.respond_with(
        response(b'{}', f'X-A: {"b" * 100_000}', status='503 Service')
    )

    assert send(address, update()).status == 502
    assert send(address, update()).status == 403


def test_a_large_refusal_reaches_the_client_whole(address, nova):
    body = b'x' * 3_000_000
    nova.respond_with(response(body, status='503 Service Unavailable'))

    visible = send(address, update())

    assert (visible.status, visible.body) == (503, body)
