"""Request line and headers, under each server with the file that ships."""

import pytest

from tests.proxy import rules
from tests.proxy.client import attack, request, send, update

# What oslo.service takes of a header: its max_header_line.
ROOM = 16_384
TWO = {'name': 'a', 'accessIPv4': '192.0.2.1'}


@pytest.mark.parametrize('size', [8_200, 12_000, ROOM - 100])
def test_token_of_nova_s_length_is_taken(anywhere, nova, size):
    response = send(
        anywhere.address, request('GET /v2.1/flavors', token='t' * size)
    )

    assert response.status == 200
    (seen,) = rules.reached(nova)
    assert seen.headers['x-auth-token'] == 't' * size


def test_line_of_eight_thousand_bytes_is_taken(anywhere, nova):
    target = f'/v2.1/flavors?marker={"m" * 8_000}'

    assert send(anywhere.address, request(f'GET {target}')).status == 200
    assert [seen.target for seen in rules.reached(nova)] == [target]


def test_fifty_fields_are_taken(anywhere, nova):
    fields = [f'X-Field-{number}: value' for number in range(45)]

    assert send(anywhere.address, request('GET /v2.1/flavors', *fields))
    (seen,) = rules.reached(nova)
    assert {f'x-field-{number}' for number in range(45)} <= seen.headers.keys()


@pytest.mark.parametrize('line', ['GET /v2.1/flavors', 'PUT /v2.1/servers/s1'])
def test_request_headers_without_an_end_are_refused(anywhere, nova, line):
    fields = [f'X-{number}: {"x" * 8_000}' for number in range(100)]

    responses = attack(anywhere.address, request(line, *fields, body=b'{}'))

    assert {response.status for response in responses} <= {400, 413, 414, 431}
    assert rules.reached(nova) == []
    assert rules.serves(anywhere.address)


SCRIPT_NAMES = [
    f'{name}: {value}'
    for name in (
        *('SCRIPT_NAME', 'Script-Name', 'script_name', 'PATH_INFO'),
        *('Path-Info', 'X-Script-Name', 'X_SCRIPT_NAME'),
        *('X-Forwarded-Script-Name', 'X-Forwarded-Prefix', 'REQUEST_URI'),
        *('Request-Uri', 'X-Original-Url', 'UWSGI_SCRIPT', 'UWSGI-APPID'),
        *('REMOTE_USER', 'Remote-User', 'SERVER_PROTOCOL', 'wsgi.input'),
    )
    for value in ('/v2.1', '/v2.1/servers', '/v2.1/flavors')
]


@pytest.mark.parametrize('field', SCRIPT_NAMES)
def test_only_the_request_line_sets_the_path(anywhere, nova, field):
    """A client's SCRIPT_NAME does not hide an update."""
    response = send(anywhere.address, update(field, **TWO))
    assert response is None or response.status == 400
    assert rules.reached(nova) == []

    send(anywhere.address, update(field))
    for seen in rules.reached(nova):
        assert seen.target == '/v2.1/servers/s1'
        assert seen.headers.get('x-forwarded-prefix', '') == ''
