"""nova and the guard read the same request line."""

import pytest

from tests.proxy import client, rules
from tests.proxy.client import attack, request

TWO = b'{"server": {"name": "a", "accessIPv4": "1.2.3.4"}}'
UPDATES = (
    *('/v2.1/servers/s1', '/v2.1/%73ervers/s1', '/v2.1/servers%2Fs1'),
    *('//v2.1//servers//s1//', '/v2.1/servers/s1?x=y', '/v2.1/servers/s1/'),
    *('/v2.1/servers/s1%3F', '/v2.1/servers/s1%23', '/v2/p1/servers/s1'),
    *('/v2.1/servers/s1%00', '/v2.1/servers/%0d%0aX:%20y'),
    *('/v2.1/servers/%zz', '/v2.1/servers/s%C3%A4', '/v2.1/servers/%ff'),
    *('/v2.1/servers/s1;x', '/v2.1/servers/s%31', '/v2.1/servers/s1?a?b'),
    *('http://h/v2.1/servers/s1', 'HTTP://other/v2.1/servers/s1'),
    *('/v2.1/servers/s1#x', '/v2.1/servers/s1#/flavors'),
    *('/v2.1/servers/s1%20', '/v2.1/servers/s 1'),
    *('http://h@x/v2.1/servers/s1', 'http:///v2.1/servers/s1'),
)
# uWSGI, Apache and nginx in front of nova make updates of these.
DOT_SEGMENTS = (
    *('/v2.1/x/../servers/s1', '/v2.1/./servers/s1', '/v2.1/servers/./s1'),
    *('/v2.1/servers/%2e/s1', '/v2.1/servers/%2E/s1', '/v2.1/servers/s1/.'),
    *('/v2.1/servers/x/%2e%2e/s1', '/v2.1/servers/x/.%2e/s1', '/../v2.1'),
    *('/v2.1/servers%2F.%2Fs1', '/v2.1/servers/x%2f..%2fs1', '/v2.1/%2e%2e'),
    *('/v2.1/servers/x/s1/..', '/.', '/..', '/%2e', '//.//', '/v2.1/.?a=b'),
    *('http://h/v2.1/servers/../x', 'http://h/v2.1/servers/%2e/s1'),
)
# None for nova either, which decodes once; however they are spelled anew.
NO_UPDATES = (
    *('/v2.1\\servers\\s1', '/v2.1/%2573ervers/s1', '/v2.1/servers%252Fs1'),
    *('/?/v2.1/servers/s1', '/v2.1/servers;x/s1', '/v2.1/servers%5Cs1'),
)
BROKEN = (
    *(b'GET  /v2.1/flavors HTTP/1.1', b'GET /v2.1/flavors  HTTP/1.1'),
    *(b'GET /v2.1/fla vors HTTP/1.1', b'GET\t/v2.1/flavors\tHTTP/1.1'),
    *(b'GET /v2.1/fla\x00vors HTTP/1.1', b'GET /v2.1/fla\x7fvors HTTP/1.1'),
    *(b'GET /v2.1/fla\tvors HTTP/1.1', b'GET /v2.1/fla\x0bvors HTTP/1.1'),
    *(b'GET /v2.1/fl\xe4vors HTTP/1.1', b'GET /v2.1/flavors?\xe4 HTTP/1.1'),
    *(b'GET /v2.1/flavors?\x01 HTTP/1.1', b'GET v2.1/flavors HTTP/1.1'),
    *(b'GET\x00 /v2.1/flavors HTTP/1.1', b'G(T /v2.1/flavors HTTP/1.1'),
    *(b'G\xcbT /v2.1/flavors HTTP/1.1', b' GET /v2.1/flavors HTTP/1.1'),
    *(b'GET /v2.1/flavors HTTP/9.9', b'GET /v2.1/flavors HTTP/1.1 x'),
    *(b'GET /v2.1/flavors XTTP/1.1', b'GET /v2.1/flavors HTTP/1.1\x00'),
    *(b'GET /v2.1/flavors', b'GET', b'', b'/v2.1/flavors HTTP/1.1', b'\x16\3'),
    *(b'CONNECT h:80 HTTP/1.1', b'GET h:80 HTTP/1.1', b'GET * HTTP/1.1'),
    *(b'OPTIONS * HTTP/1.1', b'GET ?x HTTP/1.1', b'GET \\ HTTP/1.1'),
    *(b'PRI * HTTP/2.0', b'GET /v2.1/flavors HTTP/2.0'),
    b'GET /v2.1/flavors HTTP/1.1\rX: y',
    b'GET /v2.1/flavors\rX:y HTTP/1.1',
)
FIELDS = b'\r\nHost: h\r\nX-Auth-Token: t\r\n\r\n'


@pytest.mark.parametrize('target', UPDATES)
def test_no_spelling_of_an_update_passes_unjudged(address, nova, target):
    attack(address, request(f'PUT {target}', body=TWO))

    assert [seen for seen in rules.reached(nova) if b'Pv4' in seen.body] == []
    assert rules.serves(address)


@pytest.mark.parametrize('method', ['PUT', 'GET', 'POST'])
@pytest.mark.parametrize('target', DOT_SEGMENTS)
def test_a_path_with_a_dot_segment_is_refused(address, nova, method, target):
    (response,) = attack(address, request(f'{method} {target}', body=TWO))

    assert response.status == 400
    assert rules.reached(nova) == []
    assert rules.serves(address)


@pytest.mark.parametrize(
    ('target', 'sent'),
    [
        ('//v2.1///servers//s1//', '/v2.1/servers/s1/'),
        ('/v2.1%2Fservers%2fs1', '/v2.1/servers/s1'),
        ('/v2%2e1/%73ervers/s%31', '/v2.1/servers/s1'),
        (
            '/v2.1/servers/%252e/s%20%c3%a4%3F',
            '/v2.1/servers/%252e/s%20%C3%A4%3F',
        ),
        ('/v2.1/servers/.../.s1', '/v2.1/servers/.../.s1'),
        ('/v2.1/', '/v2.1/'),
        ('/', '/'),
        ('/v2.1/servers?name=/../a', '/v2.1/servers?name=/../a'),
    ],
)
def test_the_target_for_nova_is_made_of_the_checked_segments(
    address, nova, target, sent
):
    client.send(address, request(f'GET {target}'))

    (seen,) = rules.reached(nova)
    assert seen.target == sent


@pytest.mark.parametrize('name', ['Range', 'If-Range', 'RANGE', 'if_range'])
def test_whole_documents_are_requested_of_nova(address, nova, name):
    client.send(address, request('GET /v2.1/servers/s1', f'{name}: bytes=0-9'))

    (seen,) = rules.reached(nova)
    assert not {'range', 'if-range'} & {
        field.lower() for field in seen.headers
    }


MEDIA_VERSIONS = (
    *('application/json;version=2', 'application/json; VERSION=2.1'),
    *('a/b, application/json; q=0.5; "version"="2"', '*/*;version'),
    *('application/json\t;version\t=\t2', ';version=2', 'version=2'),
    *(r'"application/json;ver\sion=2/x"', r'"*/*;\v\e\r\s\i\o\n=2/x"'),
)


@pytest.mark.parametrize('name', ['Accept', 'Content-Type'])
@pytest.mark.parametrize('value', MEDIA_VERSIONS)
def test_media_type_chooses_no_version(address, nova, name, value):
    line = 'GET /v2.1/servers/s1'

    assert attack(address, request(line, f'{name}: {value}'))[0].status == 400
    assert rules.reached(nova) == []


@pytest.mark.parametrize('name', ['SCRIPT_NAME', 'Script-Name', 'PATH_INFO'])
def test_a_header_cannot_change_the_path(address, nova, name):
    """gunicorn takes SCRIPT_NAME off the path, from those it trusts."""
    sent = request('PUT /v2.1/servers/s1', f'{name}: /v2.1/servers', body=TWO)

    assert attack(address, sent)[0].status == 400
    assert rules.reached(nova) == []


@pytest.mark.parametrize('target', [*NO_UPDATES, '/v2.1/servers/%'])
def test_an_update_that_reaches_nova_was_checked(address, nova, target):
    attack(address, request(f'PUT {target}', body=TWO))

    assert len(rules.reached(nova)) <= 1


@pytest.mark.parametrize('method', ['put', 'Put', 'pUT'])
def test_a_method_in_lower_case_is_checked_too(address, nova, method):
    attack(address, request(f'{method} /v2.1/servers/s1', body=TWO))

    assert nova.connections == [] or rules.reached(nova) == []
    assert rules.serves(address)


@pytest.mark.parametrize('line', BROKEN)
def test_broken_request_line_reaches_nova_well_formed_or_not(
    address, nova, line
):
    attack(address, line + FIELDS)

    assert len(rules.reached(nova)) <= 1
    assert rules.serves(address)


@pytest.mark.parametrize(
    'query', ['_method=PUT', '%5Fmethod=PUT', 'a;_method=PUT', '_m%65thod=x']
)
def test_query_never_changes_the_method(address, nova, query):
    line = f'POST /v2.1/servers/s1?{query}'

    assert attack(address, request(line, body=TWO))[0].status == 400
    assert rules.reached(nova) == []


@pytest.mark.parametrize('target', ['/v2.1/a%2Fb', '/v2.1/a%20b?c%20d=%C3%A4'])
def test_the_path_for_nova_decodes_to_the_requested_one(address, nova, target):
    client.send(address, request(f'GET {target}'))

    (seen,) = rules.reached(nova)
    assert seen.target in (target, target.replace('%2F', '/'))


def test_the_host_of_an_absolute_target_is_not_the_destination(address, nova):
    """RFC 9112 (3.2.2) has the target's host win; there is only one nova."""
    responses = attack(address, request('GET http://127.0.0.1:9/v2.1/flavors'))

    assert len(responses) == 1
    assert len(rules.reached(nova)) <= 1


@pytest.mark.parametrize('size', [9_000, 70_000, 1_000_000])
def test_a_target_of_any_length_gets_a_response(address, nova, size):
    attack(address, request('GET /v2.1/' + 'x' * size))

    assert len(rules.reached(nova)) <= 1
    assert rules.serves(address)


@pytest.mark.parametrize('target', ['/v2.1/flavors', '/v2.1/servers/s1'])
def test_connect_opens_no_tunnel(address, nova, target):
    (response,) = attack(address, request(f'CONNECT {target}'))

    assert response.status == 400
    assert rules.reached(nova) == []
