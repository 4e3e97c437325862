"""Headers cannot change the caller: the token alone names it."""

import pytest
from keystonemiddleware.auth_token import _request

from tests.proxy import client, rules
from tests.proxy.client import attack, request

IDENTITY = sorted(
    {
        *_request._AuthTokenRequest({})._all_auth_headers(),
        *('OpenStack-System-Scope', 'X-Service-Catalog'),
    }
)
KEPT = (
    *('X-Auth-Token', 'OpenStack-API-Version', 'Host', 'Content-Length'),
    *('X-OpenStack-Nova-API-Version', 'Content-Type', 'Accept'),
)
HOPS = (
    *('Keep-Alive: 5', 'Proxy-Connection: close', 'TE: trailers', 'Proxy: x'),
    *('Trailer: X-Roles', 'Upgrade: h2c', 'Proxy-Authorization: x'),
    *('HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA', 'X-Hop: y'),
)
BROKEN = (
    *(b'X-A\x00B: c', b'X-AB: c\x00d', b'X-AB: c\x01d', b'X-AB: c\x7f'),
    *(b'X AB: c', b'X-AB : c', b' X-AB: c', b'X-AB', b': c', b'X-AB: c\rd'),
    *(b'X-AB: c\n d', b'X-AB: c\r\n d', b'X-A(B: c', b'X-\xc4: c', b'\x00: c'),
    *(b'X-AB: c\rHost: evil', b'X-AB: c\nX-Roles: admin', b'\xff\xff: \xff'),
    *(b'X-AB: c\r\n\tX-Roles: admin', b'"X": c', b'X-AB;c: d'),
)
LINES = ('PUT /v2.1/servers/s1', 'POST /v2.1/flavors')
TWICE = (
    *('X-Auth-Token: other', 'X_Auth_Token: other', 'Host: other'),
    *('OpenStack-API-Version: compute 2.90', 'HOST: other'),
    *('OpenStack_API_Version: compute 2.90', 'Content-Type: text/plain'),
    *('X-OpenStack-Nova-API-Version: 2.90', 'Content_Type: text/plain'),
)


def both(name):
    return [f'{name}: admin', f'{name.replace("-", "_")}: admin']


@pytest.mark.parametrize('token', [None, client.MEMBER, 'unknown'])
def test_a_client_cannot_set_the_headers_of_auth_token(address, nova, token):
    fields = [field for name in IDENTITY for field in both(name)]

    client.send(address, request('GET /v2.1/flavors', *fields, token=token))

    (seen,) = rules.reached(nova)
    sent = {name.lower() for name in IDENTITY}
    assert sent & {name.replace('_', '-') for name in seen.headers} == set()


@pytest.mark.parametrize('space', [' ', '\t', ' \t '])
def test_white_space_around_a_value_is_not_sent(address, nova, space):
    fields = [
        f'X-Auth-Token:{space}{client.MEMBER}{space}',
        f'OpenStack-API-Version:{space}compute 2.90{space}',
        f'X-AB:{space}',
    ]

    response = client.send(
        address, request('GET /v2.1/servers/s1', *fields, token=None)
    )

    (seen,) = rules.reached(nova)
    assert response.status == 200
    assert seen.headers['x-auth-token'] == client.MEMBER
    assert seen.headers['openstack-api-version'] == 'compute 2.90'
    assert seen.headers.get('x-ab', '') == ''


def test_roles_in_the_request_show_nothing(address, nova):
    fields = [field for name in IDENTITY for field in both(name)]

    visible = client.send(address, request('GET /v2.1/servers/s1', *fields))
    unknown = client.send(
        address, request('GET /v2.1/servers/s1', *fields, token=None)
    )

    assert visible.json['server'].keys() == {'id', 'links', 'name', 'status'}
    assert unknown.status == 401


@pytest.mark.parametrize('name', KEPT)
def test_connection_takes_nothing_that_counts(address, nova, name):
    fields = (
        f'Connection: close, {name}, {name.lower()}, X-Hop',
        *('OpenStack-API-Version: compute 2.90', 'Accept: text/plain'),
        *('X-OpenStack-Nova-API-Version: 2.90', 'X-Hop: y'),
    )

    response = client.send(address, client.update(*fields))

    (seen,) = rules.reached(nova)
    assert response.status == 200
    assert seen.headers.keys() >= {key.lower() for key in KEPT}
    assert seen.headers['x-auth-token'] == client.MEMBER


@pytest.mark.parametrize('field', HOPS)
def test_headers_of_the_connection_are_not_forwarded(address, nova, field):
    fields = ('Connection: X-Hop, HTTP2-Settings, Upgrade', field)

    client.send(address, request('GET /v2.1/flavors', *fields))

    for seen in rules.reached(nova):
        assert field.partition(':')[0].lower() not in seen.headers


@pytest.mark.parametrize('field', BROKEN)
def test_broken_field_reaches_nova_in_no_form(address, nova, field):
    attack(address, request('GET /v2.1/flavors', field))

    for seen in rules.reached(nova):
        assert not {'x-ab', 'x-a', 'x-roles'} & seen.headers.keys()
        assert seen.headers['host'] == 'h'
    assert rules.serves(address)


@pytest.mark.parametrize('field', TWICE)
def test_a_repeated_header_is_one_request_at_most(address, nova, field):
    first = 'OpenStack-API-Version: compute 2.1'

    attack(address, client.update(first, field))

    assert len(rules.reached(nova)) <= 1
    assert rules.serves(address)


@pytest.mark.parametrize('field', TWICE)
def test_guard_and_nova_read_the_same_of_two(address, nova, field):
    """A token that the guard trusts and nova does not see would be a hole."""
    response = client.send(address, request('GET /v2.1/servers/s1', field))

    for seen in rules.reached(nova):
        is_member = seen.headers['x-auth-token'] == client.MEMBER
        assert is_member == (response.status == 200)


@pytest.mark.parametrize(
    'host', ['', 'a b', 'a/b', 'a,b', 'a@b', 'a\x00b', 'a"b']
)
def test_an_invalid_host_is_not_forwarded(address, nova, host):
    attack(address, request('GET /v2.1/flavors', host=host))

    assert {seen.headers['host'] for seen in rules.reached(nova)} <= {''}
    assert rules.serves(address)


def test_request_without_host_gets_one_or_is_refused(address, nova):
    attack(address, b'GET /v2.1/flavors HTTP/1.1\r\n\r\n')
    attack(address, b'GET /v2.1/flavors HTTP/1.0\r\n\r\n')

    rules.reached(nova)
    assert rules.serves(address)


@pytest.mark.parametrize(
    'fields',
    [
        ['X-Big: ' + 'x' * 20_000],
        ['X-Big: ' + 'x' * 200_000],
        ['X-Big: ' + 'x' * 2_000_000],
        [f'X-Many-{number}: y' for number in range(500)],
        [f'X-Many-{number}: y' for number in range(20_000)],
        ['X' * 100_000 + ': y'],
    ],
    ids=['20 kB', '200 kB', '2 MB', '500', '20,000', 'name'],
)
def test_headers_of_any_size_get_a_response(address, nova, fields):
    attack(address, request('GET /v2.1/flavors', *fields))

    assert len(rules.reached(nova)) <= 1
    assert rules.serves(address)


@pytest.mark.parametrize('line', LINES)
def test_a_client_that_expects_100_gets_a_response(proxy, nova, line):
    """uWSGI does not say 100; clients then go on after a moment."""
    body = b'{"server":{"name":"new"}}'
    whole = request(line, 'Expect: 100-continue', body=body)

    with client.connected(proxy.address) as one:
        one.send(whole.removesuffix(body))
        if proxy.name == 'gunicorn':
            assert one.response().status == 100
        one.send(body)
        assert one.response().status == 200

    (seen,) = rules.reached(nova)
    assert 'expect' not in seen.headers
    assert seen.body == body


@pytest.mark.parametrize('name', ['For', 'Host', 'Proto', 'Prefix', 'Port'])
@pytest.mark.parametrize('dash', ['-', '_'])
def test_the_proxy_sets_the_forwarding_headers_itself(
    address, nova, name, dash
):
    """Unless the operator trusts the proxy in front."""
    fields = f'X{dash}Forwarded{dash}{name}: evil', 'Forwarded: host=evil'

    client.send(address, request('GET /v2.1/flavors', *fields))

    (seen,) = rules.reached(nova)
    assert 'evil' not in str(seen)


def test_proxy_of_the_environment_is_not_used(address, nova):
    """The server was started with one, where nobody listens."""
    assert client.send(address, request('GET /v2.1/flavors')).status == 200


def test_a_checked_body_is_forwarded_without_a_content_encoding(address, nova):
    client.send(address, client.update('Content-Encoding: gzip'))

    (seen,) = rules.reached(nova)
    assert 'content-encoding' not in {name.lower() for name in seen.headers}
