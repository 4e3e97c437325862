"""Audit mode: the same bytes, and a record of each violation."""

import io
import json

import pytest
import webob
import webob.exc

from nova_update_guard.compute_api.faults import (
    NO_DOCUMENT,
    NovaFailedError,
    Refusal,
)
from nova_update_guard.deploy import filters
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.middleware.update_request import UPDATE
from nova_update_guard.policy import reloader
from tests.standin import ADMIN, MEMBER, READER, SERVER, as_
from tests.updates import put

AUDIT = dict.fromkeys(LAYERS, 'audit')
NAME = 'update_guard:server:update:name'
NEWEST = 'compute 2.96'


@pytest.fixture
def log(tmp_path):
    return tmp_path / 'decisions.log'


@pytest.fixture
def warned(guarded, log):
    """Return a guard with all layers in audit mode, but for *options*."""

    def warned(policy='', **options):
        options = {**AUDIT, 'decision_log': str(log), **options}
        return guarded(policy, **options)

    return warned


@pytest.fixture
def records(log):
    return lambda: [json.loads(line) for line in log.read_text().splitlines()]


UNJUDGED = [
    (b'{"server": {"name": "a", "name": "b"}}', 400, 'unreadable body'),
    (b'{"server": {"name": NaN}}', 400, 'unreadable body'),
    (b'nothing', 400, 'unreadable body'),
    (b'[' * 5000, 400, 'unreadable body'),
    (b'{"server": []}', 400, 'not an update'),
]


@pytest.mark.parametrize(('body', 'status', 'rule'), UNJUDGED)
def test_an_unreadable_request_is_forwarded_unchanged(
    warned, nova, records, body, status, rule
):
    put(warned(), body, status=200)

    ((_, _, sent),) = nova.requests
    assert sent == body
    (record,) = records()
    assert record['layer'] is None
    assert (record['verdict'], record['mode']) == ('refuse', 'audit')
    # In its words, that layer would have been first.
    assert record['rule'] in (rule, 'field validation')
    assert record['status'] == 200


@pytest.mark.parametrize(('body', 'status', 'rule'), UNJUDGED)
@pytest.mark.parametrize('layer', UPDATE)
def test_a_malformed_request_is_refused_if_any_layer_enforces(
    warned, nova, records, body, status, rule, layer
):
    put(warned(**{layer: 'enforce'}), body, status=status)

    assert nova.requests == []
    assert records()[0]['mode'] == 'enforce'


@pytest.mark.parametrize(('body', 'status', 'rule'), UNJUDGED)
def test_redaction_alone_does_not_read_request_bodies(
    warned, nova, records, body, status, rule
):
    response = put(warned(response_redaction='enforce'), body, status=200)

    ((_, _, sent),) = nova.requests
    assert sent == body
    assert 'OS-EXT-SRV-ATTR:host' not in response.json['server']
    assert records()[0]['mode'] == 'audit'


REFUSED = [
    ('one_parameter', {'name': 'a', 'description': 'b'}, MEMBER),
    ('field_validation', {'name': ''}, MEMBER),
    ('field_validation', {'nothing': 1}, MEMBER),
    ('field_policy', {'name': 'a'}, READER),
]


@pytest.mark.parametrize(('layer', 'update', 'caller'), REFUSED)
def test_a_layer_in_audit_mode_records_its_violations(
    warned, nova, records, layer, update, caller
):
    body = json.dumps({'server': update}, indent=3).encode()
    options = dict.fromkeys(LAYERS, 'off') | {layer: 'audit'}

    response = put(warned(**options), body, caller, status=200)

    ((_, _, sent),) = nova.requests
    assert (sent, response.body) == (body, nova.body)
    (record,) = records()
    assert record['layer'] == layer
    assert (record['verdict'], record['mode']) == ('refuse', 'audit')


@pytest.mark.parametrize(('layer', 'update', 'caller'), REFUSED)
def test_the_record_is_the_one_of_a_layer_that_acts(
    warned, records, layer, update, caller
):
    options = dict.fromkeys(LAYERS, 'off')

    put(warned(**options | {layer: 'audit'}), {'server': update}, caller)
    put(
        warned(**options | {layer: 'enforce'}),
        {'server': update},
        caller,
        status='4*',
    )

    differ = {'mode', 'status', 'time', 'microseconds', 'nova_microseconds'}
    would, did = (
        {name: value for name, value in record.items() if name not in differ}
        for record in records()
    )
    assert would == did


def test_the_record_of_a_refusal_has_the_audited_violations_too(
    warned, records
):
    update = {'server': {'name': 'a', 'accessIPv4': '192.0.2.1'}}

    put(warned(field_policy='enforce'), update, READER, status=403)

    (record,) = records()
    assert (record['layer'], record['mode']) == ('field_policy', 'enforce')
    assert record['status'] == 403
    (other,) = record['also']
    assert (other['layer'], other['mode']) == ('one_parameter', 'audit')
    assert other['fields'] == ['name', 'accessIPv4']


@pytest.mark.parametrize('layer', UPDATE)
def test_if_any_layer_enforces_the_checked_document_is_forwarded(
    warned, nova, layer
):
    body = b'{"server":   {"name": "a"}}'

    put(warned(**{layer: 'enforce'}), body, status=200)

    ((_, _, sent),) = nova.requests
    assert sent == b'{"server":{"name":"a"}}'


@pytest.mark.parametrize(
    ('acts', 'sent'),
    [
        ('one_parameter', {'name': 'new'}),
        ('field_policy', {'name': 'new'}),
        ('field_validation', {'name': 'new', 'description': None}),
    ],
)
def test_unchanged_fields_are_left_out_only_if_one_parameter_enforces(
    warned, nova, acts, sent
):
    nova.respond({'server': {**SERVER, 'description': None}})
    update = {'name': 'new', 'description': None}

    put(
        warned(counted_fields='changed', **{acts: 'enforce'}),
        {'server': update},
        status=200,
        OpenStack_API_Version=NEWEST,
    )

    _, (_, _, body) = nova.requests
    assert json.loads(body) == {'server': sent}


@pytest.mark.parametrize('status', [404, 500])
def test_a_failed_lookup_refuses_nothing(warned, nova, records, status):
    policy = f'{NAME}: "\'ACTIVE\':%(server.status)s"'
    body = b'{"server":  {"name": "a"}}'
    nova.respond({'itemNotFound': {'code': 404, 'message': 'no'}}, status)

    response = put(warned(policy), body, status=status)

    assert response.body == nova.body
    assert nova.requests[-1][2] == body
    assert len(nova.requests) == 2
    (record,) = records()
    assert (record['layer'], record['mode']) == ('field_policy', 'audit')


def test_a_failed_lookup_is_not_repeated(warned, nova):
    policy = f'{NAME}: "\'ACTIVE\':%(server.status)s"'
    nova.respond({'itemNotFound': {'code': 404, 'message': 'no'}}, 404)

    put(
        warned(policy, counted_fields='changed'),
        {'server': {'name': 'a', 'accessIPv4': '192.0.2.1'}},
        status=404,
    )

    assert [method for method, _, _ in nova.requests] == ['GET', 'PUT']


@pytest.mark.parametrize('path', ['/servers/s1', '/flavors'])
def test_a_method_in_the_query_is_recorded_and_forwarded(
    warned, nova, records, path
):
    guard = warned()
    put(guard, {'server': {}}, path=f'{path}?_method=GET', status=200)

    assert len(nova.requests) == 1
    assert records()[0]['rule'] == 'a method in the query'


@pytest.mark.parametrize('layer', LAYERS)
def test_a_method_in_the_query_is_refused_if_any_layer_acts(
    warned, nova, layer
):
    guard = warned(**{layer: 'enforce'})

    put(guard, {'server': {}}, path='/flavors?_method=GET', status=400)

    assert nova.requests == []


@pytest.mark.parametrize('method', ['GET', 'PUT'])
def test_an_unknown_caller_is_recorded_and_gets_the_response_of_nova(
    warned, nova, records, method
):
    response = warned().request(
        '/servers/s1', method=method, body=b'{"server": 5}', status=200
    )

    assert response.body == nova.body
    (record,) = records()
    assert record['rule'] == 'no verified identity'
    assert (record['user_id'], record['mode']) == (None, 'audit')


def test_an_unknown_caller_is_refused_where_redaction_acts(warned, nova):
    guard = warned(response_redaction='enforce')

    for method in ('GET', 'PUT'):
        guard.request('/servers/s1', method=method, body=b'{}', status=401)

    assert nova.requests == []


@pytest.mark.parametrize(
    'name',
    [
        'middleware.identity.read',
        'layers.field_validation.check',
        'layers.field_policy.check',
        'middleware.views.Views.of',
        'compute_api.documents.read',
    ],
)
def test_a_fault_of_the_guard_refuses_nothing_if_all_layers_audit(
    warned, nova, records, monkeypatch, name
):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr(f'nova_update_guard.{name}', broken)
    body = b'{"server":  {"name": "a"}}'

    response = put(warned(), body, status=200)

    assert (nova.requests[0][2], response.body) == (body, nova.body)
    (record,) = records()
    assert record['rule'] == 'an error in the guard'
    assert record['mode'] == 'audit'


class Source:
    """A body in pieces, which counts the bytes that were read."""

    def __init__(self, data):
        self._data = io.BytesIO(data)
        self.most = 0

    def read(self, size=-1):
        self.most = max(self.most, size)
        return self._data.read(size)


def test_in_audit_mode_a_body_over_the_limit_is_forwarded_in_pieces(
    nova, log, records
):
    guard = filters.update_guard(
        {}, **AUDIT, max_body_bytes='1000', decision_log=str(log)
    )
    body = b'{"server": {"name": "' + b'a' * 100000 + b'"}}'
    source = Source(body)
    req = webob.Request.blank('/servers/s1', MEMBER, method='PUT')
    req.environ |= {'wsgi.input': source, 'wsgi.input_terminated': True}
    got = []

    def reading(environ, start):
        while chunk := environ['wsgi.input'].read(4096):
            got.append((chunk, source.most))
        return nova(environ, start)

    assert req.get_response(guard(reading)).body == nova.body
    assert b''.join(chunk for chunk, _ in got) == body
    assert max(most for _, most in got) <= 8192
    assert records()[0]['mode'] == 'audit'


@pytest.mark.parametrize(
    'error', [OSError('gone'), webob.exc.HTTPRequestEntityTooLarge()]
)
def test_a_body_that_breaks_off_breaks_off_for_nova_too(nova, log, error):
    class Broken:
        def read(self, size=-1):
            raise error

    guard = filters.update_guard({}, **AUDIT, decision_log=str(log))
    req = webob.Request.blank('/servers/s1', MEMBER, method='PUT')
    req.environ |= {'wsgi.input': Broken(), 'wsgi.input_terminated': True}
    raised = []

    def reading(environ, start):
        for read in ('read', 'readline', 'readlines', '__iter__'):
            try:
                getattr(environ['wsgi.input'], read)()
            except type(error) as same:
                raised.append(same)
        start('200 OK', [])
        return []

    assert req.get_response(guard(reading)).status_int == 200
    assert raised == [error] * 4


MANY = {
    'servers': [SERVER, {**SERVER, 'fault': {'code': 500, 'details': 'd'}}]
}


def test_hidden_attributes_are_counted_and_left_in(warned, nova, records):
    nova.respond(body=json.dumps(MANY, indent=2).encode())

    response = warned().get('/servers/detail', extra_environ=MEMBER)

    assert response.body == nova.body
    assert dict(response.headerlist) == dict(nova.headers) | {
        'Content-Length': str(len(nova.body))
    }
    (record,) = records()
    assert (record['verdict'], record['mode']) == ('redact', 'audit')
    assert record['layer'] == 'response_redaction'
    assert record['redacted'] == {
        'OS-EXT-SRV-ATTR:host': 2,
        'fault.details': 1,
    }
    assert record['documents'] == 2
    assert record['operation'] == 'read'


def test_a_response_that_cannot_be_redacted_passes(warned, nova, records):
    nova.respond(body=b'{"server": "torn')

    response = warned().get('/servers/s1', extra_environ=MEMBER)

    assert response.body == nova.body
    (record,) = records()
    assert (record['verdict'], record['mode']) == ('refuse', 'audit')
    assert record['rule'] == 'the response is no valid server document'


def test_a_list_by_a_hidden_attribute_is_forwarded(warned, nova, records):
    nova.respond({'servers': []})

    warned().get('/servers?sort_key=host', extra_environ=MEMBER, status=200)

    (record,) = records()
    assert (record['layer'], record['mode']) == ('response_redaction', 'audit')
    assert record['fields'] == ['host']


class Chunks:
    """A body that comes in pieces; it may break off, and must be closed."""

    def __init__(self, *chunks, error=None):
        self._chunks = chunks
        self._error = error
        self.closed = 0

    def __iter__(self):
        yield from self._chunks
        if self._error:
            raise self._error

    def close(self):
        self.closed += 1


def served(log, body, length=None):
    """Return the body of an answer that comes from nova as *body*."""

    def app(environ, start):
        headers = [('Content-Type', 'application/json')]
        if length is not None:
            headers.append(('Content-Length', str(length)))
        start('200 OK', headers)
        return body

    options = {**AUDIT, 'decision_log': str(log), 'decision_sample_reads': '1'}
    guard = filters.update_guard({}, **options)(app)
    req = webob.Request.blank('/servers/s1', MEMBER)
    return req.call_application(guard)[2]


WHOLE = (b'{"server": {"id": "a",', b' "OS-EXT-SRV-ATTR:host": "h"}}')


def test_chunks_go_on_as_they_come(log, records):
    received = Chunks(*WHOLE)
    chunks = served(log, received)

    assert next(chunks) == WHOLE[0]
    assert log.read_text() == ''
    assert list(chunks) == [WHOLE[1]]
    chunks.close()

    assert received.closed == 1
    (record,) = records()
    assert record['redacted'] == {'OS-EXT-SRV-ATTR:host': 1}


@pytest.mark.parametrize(
    ('error', 'verdict', 'rule'),
    [
        (OSError('gone'), 'refuse', NO_DOCUMENT.reason),
        # The proxy itself counts what fails on the way to nova.
        (NovaFailedError(Refusal(502, '', 'gone')), 'allow', None),
        # The worker is told to end.
        (SystemExit('gone'), 'allow', None),
    ],
)
def test_a_truncated_response_is_truncated_for_the_client(
    log, records, error, verdict, rule
):
    received = Chunks(WHOLE[0], error=error)
    chunks = served(log, received)

    assert next(chunks) == WHOLE[0]
    with pytest.raises(type(error), match='gone'):
        next(chunks)
    chunks.close()

    assert received.closed == 1
    (record,) = records()
    assert (record['verdict'], record.get('rule')) == (verdict, rule)


@pytest.mark.parametrize(
    ('length', 'verdict'),
    [(sum(map(len, WHOLE)), 'redact'), (None, 'allow'), (5, 'allow')],
)
def test_a_response_read_only_in_part_is_recorded_by_its_length(
    log, records, length, verdict
):
    chunks = served(log, Chunks(*WHOLE), length)

    assert [next(chunks), next(chunks)] == [*WHOLE]
    chunks.close()

    (record,) = records()
    assert record['verdict'] == verdict


def test_a_client_that_disconnects_is_no_violation(log, records):
    chunks = served(log, Chunks(*WHOLE), sum(map(len, WHOLE)))
    next(chunks)
    chunks.close()

    (record,) = records()
    assert record['verdict'] == 'allow'


def test_a_caller_who_sees_everything_gets_the_same_body_object(log):
    received = Chunks(*WHOLE)

    def app(environ, start):
        start('200 OK', [('Content-Type', 'application/json')])
        return received

    guard = filters.update_guard({}, **AUDIT, decision_log=str(log))(app)
    req = webob.Request.blank('/servers/s1', ADMIN)

    assert req.call_application(guard)[2] is received


def test_policy_is_reloaded_in_audit_mode(
    warned, records, tmp_path, monkeypatch
):
    monkeypatch.setattr(reloader, 'POLL_SECONDS', 0)
    guard = warned()
    put(guard, {'server': {'name': 'a'}}, status=200)
    (tmp_path / 'update-guard-policy.yaml').write_text(f'{NAME}: "!"')
    put(guard, {'server': {'name': 'a'}}, status=200)

    first, second = records()
    assert [first['verdict'], second['verdict']] == ['redact', 'refuse']
    assert first['revision'] != second['revision']


def test_an_action_is_recorded_and_forwarded(warned, nova, records):
    body = b'{"rebuild":  {"imageRef": "i", "name": "a"}}'
    warned(f'{NAME}: "!"').post(
        '/servers/s1/action',
        body,
        {'Content-Type': 'application/json'},
        extra_environ=MEMBER,
        status=200,
    )

    assert nova.requests[0][2] == body
    (record,) = records()
    assert (record['operation'], record['mode']) == ('action', 'audit')
    assert (record['rule'], record['fields']) == (NAME, ['name'])


def test_a_layer_that_is_off_records_nothing(warned, nova, records):
    guard = warned(**dict.fromkeys(LAYERS, 'off') | {'field_policy': 'audit'})

    put(guard, {'server': {'name': 'a', 'x': 1}}, as_('member'), status=200)

    (record,) = records()
    assert record['layer'] == 'field_policy'
    assert record['fields'] == ['(unknown)']
