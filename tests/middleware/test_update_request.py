"""Updates: what nova gets, and the refusals of the guard."""

import io
import json
import logging
import sys
import time

import pytest
import webob
import webob.exc
import webtest
from hypothesis import example, given
from hypothesis import strategies as st
from oslo_context import context

from nova_update_guard.deploy import filters
from nova_update_guard.middleware import request_body
from tests.standin import ADMIN, MEMBER, READER, as_
from tests.updates import message, put

RENAME = {'server': {'name': 'new'}}


def test_nova_gets_the_checked_document_not_the_bytes_of_the_client(
    guard, nova
):
    put(guard, b' {"server" : {"name": "n\\u0065w"}}\n', status=200)

    ((method, _, body),) = nova.requests
    assert (method, body) == ('PUT', b'{"server":{"name":"new"}}')


@given(
    st.recursive(
        st.text(st.characters())
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.booleans()
        | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
@example('\ud800')
@example(-(10**400))
@example(-0.0)
def test_the_body_for_nova_is_the_document_itself(document):
    environ = {'wsgi.input': io.BytesIO(b'{}'), 'CONTENT_LENGTH': '2'}

    request_body.replace(environ, document)

    body = environ['wsgi.input'].read()
    assert len(body) == int(environ['CONTENT_LENGTH'])
    assert json.dumps(json.loads(body)) == json.dumps(document)


@pytest.mark.parametrize(
    'body',
    [
        b'{"server": {"name": "a"}, "server": {"name": "b"}}',
        b'{"server": {"name": "a", "name": "b"}}',
        b'{"server": {"name": "a", "n\\u0061me": "b"}}',
        b'{"server": {"name": NaN}}',
        b'{"server": {"name": -Infinity}}',
        b'{"server": {"name": 1e999}}',
        b'{"server": {"name": "\xff"}}',
        '{"server": {"name": "a"}}'.encode('utf-16'),
        b'\xef\xbb\xbf{"server": {"name": "a"}}',
        b'{"server": {"name": "a"}} {}',
        b'{"server": {"name": "a"',
        b'name=a',
        b'[' * 100000,
        b'{"server":' * 900 + b'1' + b'}' * 900,
        b'{"server": {"name": ' + b'1' * 5000 + b'}}',
        b'null',
        b'',
        b'[]',
        b'{"server": null}',
        b'{"Server": {"name": "a"}}',
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_malformed_update_gets_400_and_does_not_reach_nova(
    guard, nova, body
):
    response = put(guard, body, status=400)

    assert message(response)
    assert nova.requests == []


@pytest.mark.parametrize(
    ('error', 'status'),
    [
        (webob.exc.HTTPRequestEntityTooLarge(), 413),
        (webob.exc.HTTPBadRequest(), 400),
        (OSError('gone'), 400),
        (ValueError('a chunk that is none'), 400),
        # What servers raise that have waited for long enough.
        (TimeoutError('timed out'), 408),
        (BlockingIOError(11, 'Resource temporarily unavailable'), 408),
        (OSError('timeout during read(9) on wsgi.input'), 408),
    ],
)
def test_a_body_that_breaks_off_is_the_clients_fault(nova, error, status):
    class Broken:
        def read(self, size=-1):
            raise error

    req = webob.Request.blank('/servers/s1', MEMBER, method='PUT')
    req.environ['wsgi.input'] = Broken()
    req.environ['wsgi.input_terminated'] = True
    req.content_length = None

    response = req.get_response(filters.update_guard({})(nova))

    assert response.status_int == status
    assert nova.requests == []


def test_body_in_drips_gets_408_where_the_connection_is_not_known(nova):
    class Drips:
        pieces = 0

        def read(self, size=-1):
            time.sleep(0.01)
            self.pieces += 1
            return b' '

    req = webob.Request.blank('/servers/s1', MEMBER, method='PUT')
    req.environ['wsgi.input'] = drips = Drips()
    req.content_length = 100_000

    response = req.get_response(
        filters.update_guard({}, body_timeout='0.1')(nova)
    )

    assert response.status_int == 408
    assert response.json['computeFault']['code'] == 408
    assert drips.pieces < 20
    assert nova.requests == []


@pytest.mark.parametrize(
    'length',
    [
        '-1',
        '+5',
        ' 5',
        '5 ',
        '1_0',
        '0x5',
        '5.0',
        '\u0665',
        '\xb2',
        '9' * 5000,
    ],
)
def test_a_body_with_an_invalid_length_is_not_read(nova, length):
    req = webob.Request.blank('/servers/s1', MEMBER, method='PUT')
    source = io.BytesIO(json.dumps(RENAME).encode() + b' ' * 50)
    req.environ['wsgi.input'] = source
    req.environ['CONTENT_LENGTH'] = length

    response = req.get_response(filters.update_guard({})(nova))

    assert response.json['badRequest']['message'] == 'Malformed request body'
    assert source.tell() == 0
    assert nova.requests == []


@pytest.mark.parametrize('query', ['', '?_method=PUT'])
def test_a_version_of_thousands_of_digits_causes_no_fault(guard, nova, query):
    version = 'compute 2.' + '1' * 5000
    nova.respond({'computeFault': {}}, status=406)

    response = put(
        guard,
        RENAME,
        status='*',
        path=f'/servers/s1{query}',
        OpenStack_API_Version=version,
    )

    assert response.status_int == (400 if query else 406)


def test_something_beside_the_server_is_refused_also_by_a_single_layer(
    guarded, nova
):
    guard = guarded(factory=filters.one_parameter)

    put(guard, {'server': {'name': 'a'}, 'x': 1}, status=400)

    assert nova.requests == []


def test_a_body_over_the_limit_gets_413(guarded, nova):
    guard = guarded(max_body_bytes='100')

    put(guard, b'{"server": {"name": "%s"}}' % (b'a' * 76), status=200)
    response = put(
        guard, b'{"server": {"name": "%s"}}' % (b'a' * 77), status=413
    )

    assert response.json['overLimit']['code'] == 413
    assert len(nova.requests) == 1


@pytest.mark.parametrize(
    'content_type',
    ['application/xml', 'application/x-www-form-urlencoded', 'text/json'],
)
def test_a_content_type_that_nova_would_refuse_gets_415(
    guard, nova, content_type
):
    response = put(guard, RENAME, status=415, Content_Type=content_type)

    assert response.json['badMediaType']['code'] == 415
    assert nova.requests == []


@pytest.mark.parametrize(
    'content_type',
    [
        'application/json; charset=utf-8',
        'application/vnd.openstack.compute+json',
        'text/plain',
        '',
    ],
)
def test_a_content_type_that_nova_takes_passes(guard, content_type):
    put(guard, RENAME, status=200, Content_Type=content_type)


def test_several_parameters_get_400_by_a_message_that_names_them(guard, nova):
    body = {'server': {'name': 'a', 'accessIPv4': '192.0.2.1'}}

    response = put(guard, body, status=400)

    assert '2 were given: name, accessIPv4' in message(response)
    assert nova.requests == []


def test_no_parameter_gets_400_unless_the_operator_allows_it(guarded, nova):
    put(guarded(), {'server': {}}, status=400)
    put(guarded(empty_update='allow'), {'server': {}}, status=200)

    assert [body for _, _, body in nova.requests] == [b'{"server":{}}']


@pytest.mark.parametrize('value', [None, '', 'vm1'])
def test_an_empty_or_unchanged_value_is_a_parameter_that_was_set(
    guard, nova, value
):
    version = {'OpenStack_API_Version': 'compute 2.90'}
    two = {'server': {'description': value, 'name': 'vm1'}}

    put(guard, two, status=400, **version)
    put(guard, {'server': {'description': value}}, status=200, **version)

    ((_, _, body),) = nova.requests
    assert json.loads(body) == {'server': {'description': value}}


@pytest.mark.parametrize(
    'body',
    [
        b'{"server": {"name": "canary", "accessIPv4": "canary"}}',
        b'{"server": {"canary": 1}}',
        b'{"canary": {}}',
        b'{"server": {"name": "canary",',
        b'{"server": {"canary": 1, "name": "canary"}}',
    ],
)
@pytest.mark.parametrize(
    'factory', [filters.update_guard, filters.one_parameter]
)
def test_no_log_line_quotes_a_body(guarded, caplog, body, factory):
    with caplog.at_level(logging.DEBUG):
        put(guarded(factory=factory), body, status='*')

    assert 'canary' not in caplog.text


def test_a_refusal_logs_one_line_with_caller_request_and_rule(guard, caplog):
    with caplog.at_level(logging.INFO):
        put(guard, RENAME, READER, status=403)

    said = [
        record.getMessage()
        for record in caplog.records
        if record.name == 'nova_update_guard.refusals'
    ]
    assert said == [
        "[req-1] Refused, for user u1 of project p1: 'PUT' of '/servers/s1' "
        'with 403: update_guard:server:update:name'
    ]


@pytest.mark.parametrize(
    ('named', 'begins'), [('req-1', 'Refused, '), ('req-2', '[req-1] Refused')]
)
def test_in_nova_a_line_has_the_request_id_once(
    guard, caplog, monkeypatch, named, begins
):
    """oslo.log begins each line with that of the current context."""
    environ = as_('reader')
    current = environ['nova.context']
    current.request_id = named
    monkeypatch.setattr(
        context._request_store, 'context', current, raising=False
    )
    caplog.set_level('INFO', 'nova_update_guard.refusals')

    put(guard, RENAME, environ, status=403)

    (said,) = caplog.messages
    assert said.startswith(begins)


def test_an_invalid_value_gets_the_message_of_nova(guard):
    response = put(guard, {'server': {'accessIPv4': 'x'}}, status=400)

    assert message(response) == (
        'Invalid input for field/attribute accessIPv4. Value: x. '
        "'x' is not a 'ipv4'"
    )


def test_no_request_warns_that_is_admin_is_deprecated(guard, recwarn):
    """oslo.context says so to whoever reads what nova adds to it."""
    put(guard, RENAME, MEMBER, status=200)

    assert [str(warning.message) for warning in recwarn] == []


def test_a_denied_caller_gets_403_and_the_name_of_the_rule(guard, nova):
    response = put(guard, RENAME, READER, status=403)

    assert 'update_guard:server:update:name' in message(response)
    assert nova.requests == []


def test_the_operators_rule_counts_for_its_field_alone(guarded):
    rule = 'update_guard:server:update:accessIPv4: rule:context_is_admin'
    guard = guarded(policy=rule)
    access = {'server': {'accessIPv4': '192.0.2.1'}}

    put(guard, access, MEMBER, status=403)
    put(guard, access, ADMIN, status=200)
    put(guard, RENAME, MEMBER, status=200)


def test_a_refusal_has_the_headers_that_clients_parse(guard):
    response = put(
        guard, {'server': {}}, status=400, OpenStack_API_Version='compute 2.90'
    )

    assert response.headers['OpenStack-API-Version'] == 'compute 2.90'
    assert response.headers['X-OpenStack-Nova-API-Version'] == '2.90'
    assert response.headers.getall('Vary') == [
        'OpenStack-API-Version',
        'X-OpenStack-Nova-API-Version',
    ]
    assert response.headers['x-openstack-request-id'] == 'req-1'


def test_a_malformed_version_gets_400_without_version_headers(guard, nova):
    response = put(
        guard, RENAME, status=400, OpenStack_API_Version='compute 2.x'
    )

    assert 'API Version String 2.x is of invalid format' in message(response)
    assert 'OpenStack-API-Version' not in response.headers
    assert nova.requests == []


@pytest.mark.parametrize('version', ['2.9999', '1.0', '3.0'])
def test_a_version_out_of_range_is_forwarded(guard, nova, version):
    nova.respond({'computeFault': {}}, status=406)

    put(guard, RENAME, status=406, OpenStack_API_Version=f'compute {version}')


def test_under_v2_unknown_parameters_are_dropped_before_they_count(
    guard, nova
):
    environ = {**MEMBER, 'openstack.legacy_v2': True}
    body = {'server': {'name': ' new ', 'description': 'x', 'a': 1}, 'b': 2}

    put(guard, body, environ, status=200)
    put(guard, {'server': {'a': 1}}, environ, status=400)

    assert [body for _, _, body in nova.requests] == [
        b'{"server":{"name":" new "}}'
    ]


@pytest.mark.parametrize('method', ['GET', 'POST', 'PUT', 'DELETE'])
@pytest.mark.parametrize('path', ['/servers/s1', '/flavors', '/'])
def test_a_method_in_the_query_gets_400_everywhere(guard, nova, method, path):
    response = guard.request(
        f'{path}?%5Fmethod=PUT',
        method=method,
        environ=MEMBER,
        status=400,
    )

    assert '_method' in message(response)
    assert nova.requests == []


def test_identity_headers_alone_identify_no_caller(guard, nova, caplog):
    forged = {
        'X_Roles': 'admin',
        'X_User_Id': 'u',
        'X_Project_Id': 'p',
        'X_Identity_Status': 'Confirmed',
    }

    for _ in range(2):
        response = put(guard, RENAME, {}, status=401, **forged)
        assert response.json['unauthorized']['code'] == 401
    assert nova.requests == []


@pytest.mark.parametrize(
    ('environ', 'status'),
    [
        ({}, 401),
        ({'keystone.token_info': {}}, 200),
        ({'keystone.token_auth': object()}, 401),
        (
            {
                'keystone.token_info': {},
                'HTTP_X_SERVICE_IDENTITY_STATUS': 'Invalid',
            },
            401,
        ),
        (
            {
                'keystone.token_info': {},
                'HTTP_X_IDENTITY_STATUS': 'Invalid',
            },
            401,
        ),
    ],
)
def test_headers_count_where_auth_token_has_put_them(guard, environ, status):
    headers = {
        'HTTP_X_IDENTITY_STATUS': 'Confirmed',
        'HTTP_X_USER_ID': 'u1',
        'HTTP_X_PROJECT_ID': 'p1',
        'HTTP_X_ROLES': 'member',
    }

    put(guard, RENAME, {**headers, **environ}, status=status)


def test_empty_identity_values_cause_no_fault(nova):
    req = webob.Request.blank('/servers/s1', MEMBER, method='PUT', json=RENAME)
    req.environ['HTTP_X_DOMAIN_ID'] = None

    response = req.get_response(filters.update_guard({})(nova))

    assert response.status_int == 200


def test_forged_roles_change_nothing_for_a_verified_caller(guard):
    put(guard, RENAME, READER, status=403, X_Roles='admin')


def test_a_context_that_is_not_novas_gets_500(nova, caplog):
    req = webob.Request.blank('/servers/s1', {'nova.context': object()})

    response = req.get_response(filters.update_guard({})(nova))

    assert response.status_int == 500
    assert 'AttributeError' in caplog.text


def test_a_fault_of_the_guard_gets_500_without_details(
    guard, nova, monkeypatch, caplog
):
    canary = '-'.join(('token', 'canary'))

    def broken(*args):
        raise RuntimeError(canary)

    monkeypatch.setattr('nova_update_guard.layers.one_parameter.check', broken)

    with caplog.at_level(logging.DEBUG):
        response = put(guard, RENAME, status=500)

    assert response.json == {
        'computeFault': {
            'code': 500,
            'message': 'The server could not process the request',
        }
    }
    assert nova.requests == []
    assert 'RuntimeError' in caplog.text
    assert 'in broken' in caplog.text
    assert 'token-canary' not in caplog.text


@pytest.mark.parametrize('method', ['PUT', 'GET'])
def test_a_fault_of_the_guard_is_logged_out_of_its_handler(
    guard, monkeypatch, method
):
    """oslo.log adds the message of the exception being handled."""
    handled = []

    def broken(*args):
        raise RuntimeError

    class Handler(logging.Handler):
        def emit(self, record):
            handled.append(sys.exc_info()[0])

    for name in ('layers.one_parameter.check', 'compute_api.documents.read'):
        monkeypatch.setattr(f'nova_update_guard.{name}', broken)
    logger = logging.getLogger('nova_update_guard')
    handler = Handler()
    logger.addHandler(handler)
    try:
        guard.request(
            '/servers/s1',
            method=method,
            body=b'{"server": {"name": "a"}}',
            environ={**MEMBER, 'CONTENT_TYPE': 'application/json'},
            status=500,
        )
    finally:
        logger.removeHandler(handler)

    assert handled
    assert set(handled) == {None}


@pytest.mark.parametrize(
    ('layer', 'body', 'status'),
    [
        ('one_parameter', {'name': 'a', 'accessIPv4': '192.0.2.1'}, 200),
        ('field_validation', {'anything': 1}, 403),
        ('field_policy', {'name': 'a'}, 200),
    ],
)
def test_a_layer_that_is_off_does_nothing(guarded, layer, body, status):
    environ = READER if layer == 'field_policy' else MEMBER

    put(guarded(**{layer: 'off'}), {'server': body}, environ, status=status)


@pytest.mark.parametrize(
    ('factory', 'update', 'status'),
    [
        (filters.one_parameter, {}, 400),
        (filters.one_parameter, {'x': 1}, 200),
        (filters.field_validation, {'x': 1}, 400),
        (filters.field_validation, {'name': 'a', 'accessIPv4': '::1'}, 400),
        (filters.field_policy, {'name': 'a'}, 403),
        (filters.response_redaction, {'name': 'a', 'x': 1}, 200),
    ],
)
def test_one_layer_alone_does_its_own_work(guarded, factory, update, status):
    guard = guarded(factory=factory)

    put(guard, {'server': update}, READER, status=status)


def test_layers_composed_of_single_filters_parse_once(nova, monkeypatch):
    parsed = []
    parse = request_body._parsed
    monkeypatch.setattr(
        request_body, '_parsed', lambda data: parsed.append(1) or parse(data)
    )
    app = nova
    for name in ('field_policy', 'one_parameter', 'field_validation'):
        app = getattr(filters, name)({})(app)
    put(webtest.TestApp(app), RENAME, status=200)

    assert len(parsed) == 1


def test_a_body_changed_between_two_filters_is_checked_again(nova):
    inner = filters.one_parameter({})(nova)

    def meddler(environ, start_response):
        req = webob.Request(environ)
        req.body = b'{"server": {"name": "a", "x": 1}}'
        return inner(environ, start_response)

    put(
        webtest.TestApp(filters.one_parameter({})(meddler)), RENAME, status=400
    )

    assert nova.requests == []


def test_other_requests_pass_with_their_bytes_and_unread(guard, nova):
    body = b'{"createImage": {"a": 1, "a": 2}} '

    guard.post('/servers/s1/metadata', body, extra_environ=MEMBER)

    assert nova.requests == [('POST', '/servers/s1/metadata', body)]


def test_unguarded_requests_are_forwarded_unchanged(nova):
    seen = []

    class Environ(dict):
        def __getitem__(self, name):
            seen.append(name)
            return super().__getitem__(name)

        def get(self, name, default=None):
            return self[name]

    environ = Environ(
        REQUEST_METHOD='POST', PATH_INFO='/flavors', QUERY_STRING=''
    )

    def app(given, start_response):
        assert given is environ
        return [b'nova']

    body = filters.update_guard({})(app)(environ, None)

    assert body == [b'nova']
    assert set(seen) == {'REQUEST_METHOD', 'PATH_INFO', 'QUERY_STRING'}
