"""Filters of other projects, and the requests that they see."""

import re

import pytest

from nova_update_guard.deploy import proxy
from nova_update_guard.proxy.request_id import RequestIds

# A random UUID (RFC 9562, 5.4).
ID = re.compile(
    r'req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z'
)
CLIENTS = 'req-01234567-0123-0123-0123-0123456789ab'


def responded(app, method='GET', **headers):
    """Return the environ of *app*, its status and response headers."""
    environ = {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': '',
        'PATH_INFO': '/v2.1/flavors',
        'SERVER_NAME': 'h',
        'SERVER_PORT': '80',
        'HTTP_HOST': 'h',
        'REMOTE_ADDR': '192.0.2.1',
        'wsgi.url_scheme': 'http',
        **{f'HTTP_{name}': text for name, text in headers.items()},
    }
    reported = []
    b''.join(app(environ, lambda *head: reported.append(head)))
    (head,) = reported
    return environ, head[0], dict(head[1])


def app(environ, start):
    start('200 OK', [('Content-Type', 'text/plain')])
    return [b'']


def test_each_request_has_an_id_in_the_environ_and_in_the_response():
    ids = set()
    for _ in range(3):
        environ, _, headers = responded(RequestIds(app))
        assert ID.match(environ['openstack.request_id'])
        assert headers['x-openstack-request-id'] in environ.values()
        ids.add(environ['openstack.request_id'])

    assert len(ids) == 3


def test_a_request_id_of_nova_in_the_response_stays():
    def nova(environ, start):
        start('200 OK', [('X-OpenStack-Request-Id', 'req-of-nova')])
        return []

    _, _, headers = responded(RequestIds(nova))

    assert headers == {'X-OpenStack-Request-Id': 'req-of-nova'}


@pytest.mark.parametrize(
    ('sent', 'kept'),
    [
        (CLIENTS, CLIENTS),
        ('req-of-mine', None),
        (f'{CLIENTS}\n', None),
        (f'{CLIENTS}1', None),
        ('', None),
    ],
)
def test_a_clients_id_is_kept_if_it_is_one(sent, kept):
    environ, _, _ = responded(RequestIds(app), X_OPENSTACK_REQUEST_ID=sent)

    assert environ.get('openstack.global_request_id') == kept
    assert environ['openstack.request_id'] != sent


@pytest.fixture
def conf(tmp_path):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(
        '[cors]\nallowed_origin = http://a.example\n'
        '[oslo_middleware]\nenable_proxy_headers_parsing = true\n'
    )
    return {
        'oslo_config_project': 'nova-update-guard',
        'oslo_config_file': str(file),
    }


@pytest.mark.parametrize(
    ('method', 'headers', 'allowed'),
    [
        ('GET', {'ORIGIN': 'http://a.example'}, 'http://a.example'),
        ('GET', {'ORIGIN': 'http://b.example'}, None),
        ('GET', {}, None),
        (
            'OPTIONS',
            {
                'ORIGIN': 'http://a.example',
                'ACCESS_CONTROL_REQUEST_METHOD': 'GET',
            },
            'http://a.example',
        ),
    ],
)
def test_other_origins_are_for_cors_to_allow(conf, method, headers, allowed):
    cors = proxy.cors({}, **conf)(app)

    _, status, reported = responded(cors, method, **headers)

    assert status == '200 OK'
    assert reported.get('Access-Control-Allow-Origin') == allowed


def test_options_are_for_cors_also_without_an_origin(conf):
    def nothing(environ, start):
        start('404 Not Found', [])
        return []

    cors = proxy.cors({}, **conf)(nothing)

    assert responded(cors, 'OPTIONS')[1] == '200 OK'
    assert responded(cors, 'GET')[1] == '404 Not Found'


@pytest.mark.parametrize(
    ('believed', 'address', 'scheme'),
    [('true', '198.51.100.7', 'https'), ('false', '192.0.2.1', 'http')],
)
def test_forwarding_headers_count_only_where_they_are_trusted(
    conf, believed, address, scheme
):
    conf['enable_proxy_headers_parsing'] = believed
    reading = proxy.http_proxy_to_wsgi({}, **conf)(app)

    environ, _, _ = responded(
        reading,
        X_FORWARDED_FOR='198.51.100.7',
        X_FORWARDED_PROTO='https',
    )

    assert environ['REMOTE_ADDR'] == address
    assert environ['wsgi.url_scheme'] == scheme
    if believed == 'true':
        environ, _, _ = responded(reading, FORWARDED='proto=https')
        assert environ['wsgi.url_scheme'] == 'https'
