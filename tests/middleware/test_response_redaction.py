"""Responses of nova, redacted for the caller."""

import gzip
import json
import logging

import pytest

from nova_update_guard.compute_api import documents
from nova_update_guard.compute_api.faults import NO_DOCUMENT
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.middleware import views
from nova_update_guard.middleware.views import Views
from tests.standin import ADMIN, MEMBER, SERVER

VISIBLE = {
    name: value
    for name, value in SERVER.items()
    if name != 'OS-EXT-SRV-ATTR:host'
}
HIDDEN = b'"OS-EXT-SRV-ATTR:host"'
ALL = [
    ('GET', '/servers/s1'),
    ('GET', '/servers'),
    ('GET', '/servers/detail'),
    ('PUT', '/servers/s1'),
    ('POST', '/servers'),
    ('POST', '/servers/s1/action'),
    ('GET', '/v2.1/p/servers/s1'),
    ('GET', '//servers//s1//'),
    ('GET', '/servers%0A'),
    ('GET', '/servers/detail%0A'),
]


def send(guard, method='GET', path='/servers/s1', environ=MEMBER, status=None):
    return guard.request(
        path,
        method=method,
        body=b'{"server": {"name": "a"}}',
        environ={**environ, 'CONTENT_TYPE': 'application/json'},
        status=status,
    )


@pytest.mark.parametrize(('method', 'path'), ALL)
@pytest.mark.parametrize('many', [False, True])
def test_every_response_that_carries_servers_is_redacted(
    guard, nova, method, path, many
):
    links = [{'rel': 'next', 'href': 'http://n/servers?marker=s1'}]
    nova.respond(
        {'servers': [SERVER, SERVER], 'servers_links': links}
        if many
        else {'server': SERVER}
    )
    expected = (
        {'servers': [VISIBLE, VISIBLE], 'servers_links': links}
        if many
        else {'server': VISIBLE}
    )

    response = send(guard, method, path, status=200)

    assert response.json == expected
    assert response.content_length == len(response.body)
    assert nova.closed == 1


@pytest.mark.parametrize(('method', 'path'), ALL)
def test_a_caller_who_sees_everything_gets_the_bytes_of_nova(
    guard, nova, method, path
):
    nova.respond(body=b'{"server": {"id": "s1",  "vendor:x": 1}}')

    assert send(guard, method, path, ADMIN).body == nova.body


@pytest.mark.parametrize('path', ['/servers/s1', '/servers/s1/action'])
def test_a_caller_who_sees_everything_gets_an_unread_body(guard, nova, path):
    nova.respond(body=b'{"server": unread')

    assert send(guard, 'POST', path, ADMIN).body == nova.body


def test_a_response_without_hidden_attributes_keeps_its_bytes(guard, nova):
    nova.respond(body=b'{ "server": {"id": "s1",  "name": "\\u00e4"} }')

    assert send(guard).body == nova.body


@pytest.mark.parametrize(
    'document', [{'reservation_id': 'r-1'}, {'adminPass': 'x'}, {}, []]
)
@pytest.mark.parametrize('path', ['/servers', '/servers/s1/action'])
def test_responses_without_a_server_pass_unchanged(
    guard, nova, document, path
):
    nova.respond(body=json.dumps(document, indent=3).encode(), status=202)

    response = send(guard, 'POST', path, status=202)

    assert response.body == nova.body


@pytest.mark.parametrize('minor', ['9999', '10000'])
def test_a_nova_that_is_newer_than_the_tables_is_warned_of_once(
    guard, nova, caplog, minor
):
    views.warn_of_newer.cache_clear()
    nova.respond(
        {'server': SERVER}, OpenStack_API_Version=f'compute 2.{minor}'
    )

    for _ in range(2):
        send(guard)

    assert caplog.text.count(f'nova supports microversion 2.{minor}') == 1
    assert f'up to {MAX}' in caplog.text


def test_an_unredacted_response_keeps_its_headers(guarded):
    def deleted(environ, start):
        start('204 No Content', [('x-more', '1')])
        return []

    response = send(guarded(app=deleted), 'DELETE', status=204)

    # A 204 has no length.
    assert response.headerlist == [('x-more', '1')]


def test_an_action_without_a_response_body_passes(guard, nova):
    nova.respond(body=b'', status=202)

    assert send(guard, 'POST', '/servers/s1/action', status=202).body == b''


@pytest.mark.parametrize('status', [404, 409, 500, 503, 300])
def test_a_response_other_than_2xx_passes_unchanged(guard, nova, status):
    nova.respond(body=b'{"itemNotFound":  {"code": 404}}', status=status)

    assert send(guard, status=status).body == nova.body


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'{"server": {"id": "s1", "OS-EXT-SRV-ATTR:host": "h"',
        b'<html>OS-EXT-SRV-ATTR:host</html>',
        gzip.compress(b'{"server": {"OS-EXT-SRV-ATTR:host": "h"}}', mtime=0),
        b'{"server": [{"OS-EXT-SRV-ATTR:host": "h"}]}',
        b'{"servers": {"OS-EXT-SRV-ATTR:host": "h"}}',
        b'{"servers": ["OS-EXT-SRV-ATTR:host"]}',
        b'{"Server": {"OS-EXT-SRV-ATTR:host": "h"}}',
        b'["OS-EXT-SRV-ATTR:host"]',
        b'\xff\xfe{"server": {}}',
    ],
    ids=lambda body: repr(body[:30]),
)
@pytest.mark.parametrize(('method', 'path'), ALL[:4])
@pytest.mark.parametrize('content_type', ['application/json', 'text/html'])
def test_where_a_server_is_due_anything_else_is_502(
    guard, nova, method, path, body, content_type
):
    nova.respond(body=body, Content_Type=content_type)

    response = send(guard, method, path, status=502)

    assert response.json['computeFault']['code'] == 502
    assert b'OS-EXT-SRV-ATTR' not in response.body
    assert nova.closed == 1


@pytest.mark.parametrize('content_type', ['application/json', 'a/b+json'])
def test_json_that_does_not_parse_never_passes(guard, nova, content_type):
    body = b'{"server": {"OS-EXT-SRV-ATTR:host": "h"'
    nova.respond(body=body, Content_Type=content_type)

    response = send(guard, 'POST', '/servers/s1/action', status=502)

    assert HIDDEN not in response.body


PARTS = [
    ('200 OK', 'text/plain', b'text, OS-EXT-SRV-ATTR:host: h'),
    ('200 OK', 'multipart/byteranges; boundary=b', b'--b\r\n\r\n{"a": "h"'),
    ('206 Partial Content', 'application/json', b'"OS-EXT-SRV-ATTR:host": "h'),
    # A part of a document that is one by itself.
    ('206 Partial Content', 'application/json', b'{"fault": {"code": 500}}'),
    ('206 Partial Content', 'application/json', b'"h"'),
]


@pytest.mark.parametrize(('code', 'content_type', 'body'), PARTS)
def test_a_2xx_without_a_whole_json_document_becomes_502(
    guard, nova, code, content_type, body
):
    nova.respond(body=body, status=code, Content_Type=content_type)

    response = send(guard, 'POST', '/servers/s1/action', status=502)

    assert b'OS-EXT-SRV-ATTR' not in response.body
    assert nova.closed == 1


@pytest.mark.parametrize(('code', 'content_type', 'body'), PARTS)
def test_a_caller_who_sees_everything_gets_a_partial_response(
    guard, nova, code, content_type, body
):
    nova.respond(body=body, status=code, Content_Type=content_type)

    response = send(guard, 'POST', '/servers/s1/action', ADMIN)

    assert response.body == body


def test_a_2xx_without_a_body_passes(guard, nova):
    nova.respond(body=b'', status='202 Accepted', Content_Type='text/plain')

    assert send(guard, 'POST', '/servers/s1/action', status=202).body == b''


def test_a_server_is_redacted_under_any_content_type(guard, nova):
    nova.respond({'server': SERVER}, Content_Type='text/html')

    response = send(guard, 'POST', '/servers/s1/action')

    assert json.loads(response.body) == {'server': VISIBLE}


@pytest.mark.parametrize(
    ('version', 'visible'),
    [('compute 2.3', False), ('compute 2.89', False), ('compute 2.90', True)],
)
def test_the_microversion_of_the_response_decides(
    guard, nova, version, visible
):
    server = {'id': 's1', 'OS-EXT-SRV-ATTR:hostname': 'vm1'}
    nova.respond({'server': server}, OpenStack_API_Version=version)

    response = send(guard)

    assert ('OS-EXT-SRV-ATTR:hostname' in response.json['server']) == visible


@pytest.mark.parametrize('version', ['', 'garbage', 'compute x'])
def test_a_response_of_unknown_version_is_read_as_the_oldest(
    guard, nova, version
):
    nova.respond(
        {'server': {'id': 's1', 'tags': []}}, OpenStack_API_Version=version
    )

    assert send(guard).json == {'server': {'id': 's1'}}


@pytest.mark.parametrize(
    ('module', 'name'), [(documents, 'read'), (Views, 'of')]
)
def test_a_fault_of_the_guard_lets_no_response_through(
    guard, nova, monkeypatch, caplog, module, name
):
    canary = '-'.join(('user', 'data', 'canary'))

    def broken(*args):
        raise RuntimeError(canary)

    monkeypatch.setattr(module, name, broken)

    with caplog.at_level(logging.DEBUG):
        response = send(guard, status=500)

    assert response.json['computeFault']['code'] == 500
    assert HIDDEN not in response.body
    assert 'user-data-canary' not in caplog.text
    assert nova.closed == 1


@pytest.mark.parametrize('status', [200, 404])
@pytest.mark.parametrize('path', ['/servers/s1', '/servers/s1/diagnostics'])
def test_a_response_that_breaks_off_is_a_failure_of_nova(
    guarded, nova, tmp_path, caplog, status, path
):
    log = tmp_path / 'decisions.log'
    nova.respond({'server': SERVER}, status=status)

    def breaking(environ, start):
        return BreaksOff(nova(environ, start))

    guard = guarded(
        # Without it, diagnostics pass unread.
        'update_guard:server:show:OS-EXT-STS:power_state: "!"',
        app=breaking,
        decision_log=str(log),
        decision_sample_reads='1',
    )
    response = send(guard, path=path, status=502)

    fault = {'code': 502, 'message': NO_DOCUMENT.message}
    assert response.json == {'computeFault': fault}
    assert nova.closed == 1
    (record,) = map(json.loads, log.read_text().splitlines())
    # By this reason, the metrics count it as nova's.
    assert record['rule'] == NO_DOCUMENT.reason
    assert (record['verdict'], record['status']) == ('refuse', 502)
    assert 'ZeroDivisionError' in caplog.text
    assert 'a secret' not in caplog.text


class BreaksOff:
    """A body that breaks off after its first chunk."""

    def __init__(self, body):
        self._body = body
        self.close = body.close

    def __iter__(self):
        yield from self._body
        raise ZeroDivisionError(' '.join(('a', 'secret')))


def test_an_exception_of_nova_is_passed_on(guard, nova):
    nova.respond = None
    nova.body = None

    with pytest.raises(TypeError):
        send(guard)


def test_an_operator_hides_addresses_while_a_server_builds(guarded, nova):
    policy = (
        'update_guard:server:show:addresses: "not \'BUILD\':%(server.status)s"'
    )
    guard = guarded(policy=policy)
    net = {'net': [{'addr': '192.0.2.1', 'version': 4}]}
    servers = [
        {'id': 's1', 'status': 'BUILD', 'addresses': net},
        {'id': 's2', 'status': 'ACTIVE', 'addresses': net},
        {'id': 's3', 'addresses': net},
    ]
    nova.respond({'servers': servers})

    visible = send(guard, path='/servers/detail').json['servers']

    assert [server['addresses'] for server in visible] == [{}, net, {}]


def test_details_of_a_fault_are_for_administrators_if_its_code_is_500(
    guard, nova
):
    faults = [
        {'code': 500, 'details': 'd', 'message': 'm', 'created': 'c'},
        {'code': 404, 'details': 'd', 'message': 'm', 'created': 'c'},
        {'details': 'd'},
    ]
    nova.respond({'servers': [{'id': 's', 'fault': f} for f in faults]})

    def details(environ):
        servers = send(guard, environ=environ, path='/servers').json['servers']
        return ['details' in server['fault'] for server in servers]

    assert details(MEMBER) == [False, True, False]
    assert details(ADMIN) == [True, True, True]


def test_host_status_can_be_opened_where_it_is_unknown(guarded, nova):
    rule = 'update_guard:server:show:host_status:unknown-only'
    statuses = ['UP', 'UNKNOWN']
    nova.respond(
        {'servers': [{'id': 's', 'host_status': text} for text in statuses]}
    )

    def visible(policy):
        servers = send(guarded(policy), path='/servers').json['servers']
        return [server.get('host_status') for server in servers]

    assert visible('') == [None, None]
    assert visible(f'{rule}: role:member') == [None, 'UNKNOWN']


def test_hiding_hostname_hides_it_at_every_version(guarded, nova):
    guard = guarded('update_guard:server:show:OS-EXT-SRV-ATTR:hostname: "!"')
    server = {'id': 's1', 'OS-EXT-SRV-ATTR:hostname': 'vm1'}
    responses = []
    for version in ('compute 2.3', 'compute 2.90'):
        nova.respond({'server': server}, OpenStack_API_Version=version)
        responses.append(send(guard, environ=ADMIN).json['server'])

    assert responses == [
        {'id': 's1'},
        {'id': 's1', 'OS-EXT-SRV-ATTR:hostname': ''},
    ]


def test_redaction_that_is_off_does_nothing(guarded, nova):
    guard = guarded(response_redaction='off')

    assert send(guard).body == nova.body


def test_an_unknown_caller_gets_401_and_does_not_reach_nova(guard, nova):
    send(guard, environ={}, status=401)

    assert nova.requests == []
