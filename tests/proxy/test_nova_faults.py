"""Each fault of nova becomes a response without hidden attributes."""

import time

import pytest

from tests.proxy import client, faults, rules
from tests.proxy.client import request, send, update
from tests.proxy.keystone import ADMIN, MEMBER
from tests.proxy.nova import DOCUMENT, SECRET, head, response
from tests.proxy.serving import READ_TIMEOUT

SHOW = request()
UPDATE = update()
FLAVORS = request('GET /v2.1/flavors')
ACTION = request('POST /v2.1/servers/s1/action', body=b'{"reboot": {}}')
BROKEN = {**faults.BREAKS_OFF, **faults.IS_NO_HTTP}
# What the proxy may take longer than nova has, on a busy machine.
_PATIENCE = 5.0


def named(scripts):
    return pytest.mark.parametrize('script', scripts.values(), ids=[*scripts])


def is_fault(response, status):
    """Tell whether *response* is one of nova's own faults, as clients know."""
    return (
        response.status == status
        and response.json['computeFault']['code'] == status
        and response.headers['openstack-api-version'] == 'compute 2.1'
        and response.headers['x-openstack-nova-api-version'] == '2.1'
        and 'x-openstack-request-id' in response.headers
    )


@named(BROKEN)
@pytest.mark.parametrize(
    'data',
    [SHOW, UPDATE, FLAVORS, ACTION, request(token=ADMIN)],
    ids=['show', 'update', 'flavors', 'action', 'admin'],
)
def test_a_broken_response_becomes_502_and_the_next_request_works(
    address, nova, script, data
):
    nova.script(script)

    assert is_fault(send(address, data), 502)
    nova.respond_with()
    assert rules.serves(address)


@named(faults.IS_NO_SERVER)
@pytest.mark.parametrize('data', [SHOW, UPDATE], ids=['show', 'update'])
def test_a_response_without_the_expected_server_becomes_502(
    address, nova, script, data
):
    nova.script(script)

    assert is_fault(send(address, data), 502)
    nova.respond_with()
    assert rules.serves(address)


@pytest.mark.parametrize(
    ('server', 'slow'),
    [*(('uwsgi', slow) for slow in faults.IS_SLOW), ('gunicorn', 'silent')],
)
def test_a_response_that_takes_too_long_becomes_504(
    proxies, nova, server, slow
):
    address = proxies[server].address
    nova.script(faults.IS_SLOW[slow])

    before = time.monotonic()
    with client.connected(address) as one, client.connected(address) as other:
        one.send(SHOW)
        other.send(FLAVORS)
        responses = one.response(), other.response()
    taken = time.monotonic() - before

    assert [is_fault(response, 504) for response in responses] == [True, True]
    assert taken < READ_TIMEOUT + _PATIENCE
    nova.respond_with()
    assert rules.serves(address)


@named(faults.IS_WHOLE)
def test_an_unusual_but_whole_response_is_redacted(address, nova, script):
    nova.script(script)

    visible = send(address)

    assert visible.status == 200
    assert visible.json['server']['name'] == 'vm1'
    assert SECRET not in str(visible)
    assert 'x-early' not in visible.headers
    assert visible.headers['content-length'] == str(len(visible.body))


@named(faults.IS_WHOLE)
def test_a_caller_who_sees_everything_gets_the_bytes_of_nova(
    address, nova, script
):
    nova.script(script)

    with client.connected(address) as one:
        for _ in range(2):
            one.send(request(token=ADMIN))
            visible = one.response()
            assert (visible.status, visible.body) == (200, DOCUMENT)


def test_refused_connection_is_502_and_the_next_works(address, nova):
    nova.close()
    nova.script(faults.says(b''))
    try:
        assert is_fault(send(address), 502)
    finally:
        nova.open()
    nova.respond_with()

    assert rules.serves(address)


@pytest.mark.parametrize('token', [ADMIN, MEMBER])
@pytest.mark.parametrize(
    'status', ['500 Internal', '503 Busy', '409 Conflict', '404 Not Found']
)
def test_fault_of_nova_reaches_the_client_whole(address, nova, token, status):
    body = b'{"computeFault": {"code": 1, "message": "nova"}}'
    nova.respond_with(response(body, 'Retry-After: 5', status=status))

    visible = send(address, request(token=token))

    assert (visible.status, visible.body) == (int(status[:3]), body)
    assert visible.headers['retry-after'] == '5'


@pytest.mark.parametrize('status', [301, 302, 303, 307, 308])
def test_redirect_is_the_client_s_to_follow(address, nova, status):
    there = f'{nova.url}/elsewhere'
    nova.respond_with(
        response(b'', f'Location: {there}', status=f'{status} There')
    )

    visible = send(address, request('GET /v2.1/flavors'))

    assert (visible.status, visible.headers['location']) == (status, there)
    assert len(nova.requests()) == 1


@pytest.mark.parametrize('status', ['204 No Content', '304 Not Modified'])
def test_a_response_without_a_body_keeps_its_headers(address, nova, status):
    nova.respond_with(head('X-Mark: y', 'ETag: "e"', status=status))

    with client.connected(address) as one:
        for _ in range(2):
            one.send(FLAVORS)
            visible = one.response()
            assert visible.status in (int(status[:3]), 200)
            assert visible.headers.get('x-mark', 'y') == 'y'


def test_no_content_has_no_length(address, nova):
    """Or a client would wait for it, or take the next answer for it."""
    nova.respond_with(response(status='204 No Content'))

    visible = send(address, FLAVORS)

    assert visible.status == 204
    assert 'content-length' not in visible.headers


@pytest.mark.parametrize('path', ['/v2.1/flavors', '/v2.1/servers/s1'])
def test_a_response_to_head_has_the_length_and_no_body(address, nova, path):
    nova.respond_with(head('Content-Length: 12345', 'X-Mark: y'))

    with client.connected(address) as one:
        one.send(request(f'HEAD {path}'))
        visible = one.response(is_head=True)
        one.send(FLAVORS)
        assert one.response().body == DOCUMENT

    assert visible.headers['content-length'] == '12345'
    assert visible.headers['x-mark'] == 'y'


@named(BROKEN)
def test_a_failed_response_to_head_has_no_body(address, nova, script):
    nova.script(script)

    with client.connected(address) as one:
        one.send(request('HEAD /v2.1/servers/s1'))
        visible = one.response(is_head=True)
        nova.respond_with()
        one.send(FLAVORS)
        assert one.response().status == 200

    assert visible.status in (200, 502)
