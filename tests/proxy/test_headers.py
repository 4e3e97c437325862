import itertools
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from keystonemiddleware.auth_token import _request

from nova_update_guard.proxy.headers import (
    has_body,
    request_headers,
    response_headers,
    target,
)

LATIN_1 = st.text(st.characters(max_codepoint=255))


def request(**environ):
    """Return the headers for nova, by name, of a request with *environ*."""
    return dict(request_headers({**REQUESTED, **environ}))


REQUESTED = {
    'wsgi.url_scheme': 'https',
    'REMOTE_ADDR': '192.0.2.7',
    'HTTP_HOST': 'compute:8774',
    'HTTP_X_AUTH_TOKEN': 'a token',
    'HTTP_OPENSTACK_API_VERSION': 'compute 2.90',
    'CONTENT_TYPE': 'application/json',
    'CONTENT_LENGTH': '2',
}


@given(LATIN_1)
@example('/v2.1/servers/a b/%2F?#;é/../\n\x00//')
def test_the_path_for_nova_decodes_to_the_path_that_was_checked(path):
    sent = target({'PATH_INFO': f'/{path}'})

    assert unquote_to_bytes(sent).decode('latin-1') == f'/{path}'


@given(LATIN_1)
def test_the_path_for_nova_has_nothing_that_would_end_it(path):
    sent = target({'PATH_INFO': f'/{path}'})

    assert sent.isascii()
    assert sent.isprintable()
    assert not set(sent) & set(' ?#')


def test_the_query_is_forwarded_unchanged():
    requested = {'PATH_INFO': '/servers', 'QUERY_STRING': 'name=%20a&x=+'}

    assert target(requested) == '/servers?name=%20a&x=+'


@pytest.mark.parametrize('query', ['', 'x=1'])
def test_no_path_is_the_root(query):
    sent = target({'PATH_INFO': '', 'QUERY_STRING': query})

    assert sent == ('/?x=1' if query else '/')


def test_headers_of_identity_version_and_content_are_forwarded():
    sent = request()

    assert sent['x-auth-token'] == 'a token'
    assert sent['openstack-api-version'] == 'compute 2.90'
    assert sent['content-type'] == 'application/json'
    assert sent['host'] == 'compute:8774'


def test_what_has_no_content_type_gets_none():
    assert 'content-type' not in request(CONTENT_TYPE='')


KEPT = [
    *('X-Auth-Token', 'X-Service-Token', 'OpenStack-API-Version', 'Host'),
    *('X-OpenStack-Nova-API-Version', 'Content-Type', 'Accept'),
]


@pytest.mark.parametrize('name', KEPT)
def test_connection_does_not_remove_headers_that_give_a_request_its_meaning(
    name,
):
    key = name.replace('-', '_').upper()
    given = {key if key == 'CONTENT_TYPE' else f'HTTP_{key}': 'a'}

    sent = request(HTTP_CONNECTION=f'close, {name}', **given)

    assert sent[name.lower()] == 'a'


HOP_BY_HOP = [
    *('CONNECTION', 'KEEP_ALIVE', 'PROXY_CONNECTION', 'TE', 'TRAILER'),
    *('TRANSFER_ENCODING', 'UPGRADE', 'EXPECT', 'PROXY_AUTHORIZATION'),
    *('PROXY', 'MINE'),
]


@pytest.mark.parametrize('name', HOP_BY_HOP)
def test_hop_by_hop_headers_are_not_forwarded(name):
    given = {'HTTP_CONNECTION': 'Mine', f'HTTP_{name}': 'Mine'}

    assert name.lower().replace('_', '-') not in request(**given)


def auth_token_headers():
    """Return all headers that keystonemiddleware sets from a token."""
    words = vars(_request._AuthTokenRequest)
    prefixes = (words['_USER_HEADER_PREFIX'], words['_SERVICE_HEADER_PREFIX'])
    templates = [*words['_HEADER_TEMPLATE'], words['_ROLES_TEMPLATE']]
    return [
        *(
            name % prefix
            for name, prefix in itertools.product(templates, prefixes)
        ),
        *words['_DEPRECATED_HEADER_MAP'],
        words['_USER_STATUS_HEADER'],
        words['_SERVICE_STATUS_HEADER'],
        words['_ADMIN_PROJECT_HEADER'],
        words['_SYSTEM_SCOPE_HEADER'],
        words['_SERVICE_CATALOG_HEADER'],
    ]


@pytest.mark.parametrize('name', auth_token_headers())
def test_no_identity_header_is_forwarded(name):
    key = f'HTTP_{name.upper().replace("-", "_")}'

    assert name.lower() not in request(**{key: 'admin'})


@pytest.mark.parametrize('name', ['RANGE', 'IF_RANGE'])
def test_no_range_is_requested_of_nova(name):
    assert name.lower().replace('_', '-') not in request(
        **{f'HTTP_{name}': 'bytes=0-99'}
    )


def test_no_unreadable_encoding_is_requested_of_nova():
    assert (
        request(HTTP_ACCEPT_ENCODING='gzip')['accept-encoding'] == 'identity'
    )


def test_forwarding_headers_are_set_by_the_proxy_not_by_the_client():
    reported = {
        'HTTP_FORWARDED': 'for=evil',
        'HTTP_X_FORWARDED_FOR': 'evil',
        'HTTP_X_FORWARDED_PROTO': 'evil',
        'HTTP_X_FORWARDED_HOST': 'evil',
        'HTTP_X_FORWARDED_PREFIX': 'evil',
        'HTTP_X_FORWARDED_PORT': 'evil',
        'HTTP_X_SCRIPT_NAME': 'evil',
    }

    sent = request(**reported)

    assert 'evil' not in sent.values()
    assert sent['x-forwarded-for'] == '192.0.2.7'
    assert sent['x-forwarded-proto'] == 'https'
    assert sent['x-forwarded-host'] == 'compute:8774'


def test_the_mount_of_the_proxy_is_in_the_forwarding_headers():
    assert request(SCRIPT_NAME='/compute')['x-forwarded-prefix'] == '/compute'


@pytest.mark.parametrize(
    ('given', 'sent'),
    [({}, 'req-1'), ({'HTTP_X_OPENSTACK_REQUEST_ID': 'a'}, 'a')],
)
def test_nova_gets_the_request_id_of_the_client_or_of_the_proxy(given, sent):
    given = {'openstack.request_id': 'req-1', **given}

    assert request(**given)['x-openstack-request-id'] == sent


def test_content_length_is_left_to_the_sender_of_the_body():
    assert 'content-length' not in request()


@pytest.mark.parametrize(
    ('environ', 'expected'),
    [
        ({}, False),
        ({'CONTENT_LENGTH': ''}, False),
        ({'CONTENT_LENGTH': '0'}, True),
        ({'HTTP_TRANSFER_ENCODING': 'chunked'}, True),
    ],
)
def test_a_request_has_a_body_if_its_length_is_known(environ, expected):
    assert has_body(environ) is expected


def test_response_headers_are_forwarded_except_hop_by_hop_ones():
    headers = [
        ('Content-Type', ' application/json '),
        ('Connection', 'X-Mine, Content-Length'),
        ('X-Mine', '1'),
        ('Keep-Alive', '5'),
        ('Transfer-Encoding', 'chunked'),
        ('Date', 'today'),
        ('Server', 'nova'),
        ('Content-Length', '2'),
        ('Vary', 'a'),
        ('Vary', 'b'),
    ]

    assert response_headers(headers) == [
        ('Content-Type', 'application/json'),
        ('Content-Length', '2'),
        ('Vary', 'a'),
        ('Vary', 'b'),
    ]
