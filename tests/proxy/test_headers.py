import itertools
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from keystonemiddleware.auth_token import _request

from nova_update_guard.proxy.headers import (
    answer_headers,
    has_body,
    request_headers,
    target,
)

LATIN_1 = st.text(st.characters(max_codepoint=255))


def request(**environ):
    """Return the headers for nova, by name, of a request with *environ*."""
    return dict(request_headers({**ASKED, **environ}))


ASKED = {
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
def test_the_path_for_nova_decodes_to_the_path_that_was_judged(path):
    sent = target({'PATH_INFO': f'/{path}'})

    assert unquote_to_bytes(sent).decode('latin-1') == f'/{path}'


@given(LATIN_1)
def test_the_path_for_nova_has_nothing_that_would_end_it(path):
    sent = target({'PATH_INFO': f'/{path}'})

    assert sent.isascii()
    assert sent.isprintable()
    assert not set(sent) & set(' ?#')


def test_the_query_goes_on_as_it_was_written():
    asked = {'PATH_INFO': '/servers', 'QUERY_STRING': 'name=%20a&x=+'}

    assert target(asked) == '/servers?name=%20a&x=+'


@pytest.mark.parametrize('query', ['', 'x=1'])
def test_no_path_is_the_root(query):
    sent = target({'PATH_INFO': '', 'QUERY_STRING': query})

    assert sent == ('/?x=1' if query else '/')


def test_what_identity_version_and_meaning_depend_on_goes_on():
    sent = request()

    assert sent['x-auth-token'] == 'a token'
    assert sent['openstack-api-version'] == 'compute 2.90'
    assert sent['content-type'] == 'application/json'
    assert sent['host'] == 'compute:8774'


KEPT = [
    *('X-Auth-Token', 'X-Service-Token', 'OpenStack-API-Version', 'Host'),
    *('X-OpenStack-Nova-API-Version', 'Content-Type', 'Accept'),
]


@pytest.mark.parametrize('name', KEPT)
def test_connection_does_not_take_out_what_a_request_means(name):
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
def test_what_is_of_the_connection_stays_here(name):
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
def test_no_identity_goes_to_nova_by_a_header(name):
    key = f'HTTP_{name.upper().replace("-", "_")}'

    assert name.lower() not in request(**{key: 'admin'})


@pytest.mark.parametrize('name', ['RANGE', 'IF_RANGE'])
def test_no_part_of_a_document_is_asked_for(name):
    assert name.lower().replace('_', '-') not in request(
        **{f'HTTP_{name}': 'bytes=0-99'}
    )


def test_nothing_is_asked_for_in_an_encoding_that_cannot_be_read():
    assert (
        request(HTTP_ACCEPT_ENCODING='gzip')['accept-encoding'] == 'identity'
    )


def test_who_asked_and_where_is_what_we_know_not_what_was_said():
    told = {
        'HTTP_FORWARDED': 'for=evil',
        'HTTP_X_FORWARDED_FOR': 'evil',
        'HTTP_X_FORWARDED_PROTO': 'evil',
        'HTTP_X_FORWARDED_HOST': 'evil',
        'HTTP_X_FORWARDED_PREFIX': 'evil',
        'HTTP_X_FORWARDED_PORT': 'evil',
        'HTTP_X_SCRIPT_NAME': 'evil',
    }

    sent = request(**told)

    assert 'evil' not in sent.values()
    assert sent['x-forwarded-for'] == '192.0.2.7'
    assert sent['x-forwarded-proto'] == 'https'
    assert sent['x-forwarded-host'] == 'compute:8774'


def test_where_the_proxy_is_mounted_is_told():
    assert request(SCRIPT_NAME='/compute')['x-forwarded-prefix'] == '/compute'


@pytest.mark.parametrize(
    ('given', 'sent'),
    [({}, 'req-1'), ({'HTTP_X_OPENSTACK_REQUEST_ID': 'a'}, 'a')],
)
def test_nova_is_told_our_request_id_unless_the_client_has_one(given, sent):
    given = {'openstack.request_id': 'req-1', **given}

    assert request(**given)['x-openstack-request-id'] == sent


def test_the_length_is_left_to_who_sends_the_body():
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
def test_a_request_has_a_body_if_it_says_where_it_ends(environ, expected):
    assert has_body(environ) is expected


def test_an_answer_goes_on_but_for_what_is_of_nova_and_its_connection():
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

    assert answer_headers(headers) == [
        ('Content-Type', 'application/json'),
        ('Content-Length', '2'),
        ('Vary', 'a'),
        ('Vary', 'b'),
    ]
