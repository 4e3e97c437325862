"""One server that no JSON library likes hides no list, and loses no record."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_update_guard.audit.log import File, made
from nova_update_guard.audit.record import verdict
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.conf.guard import load
from nova_update_guard.layers.modes import ENFORCE, LAYERS
from nova_update_guard.middleware.decision import Decision, Identity, Violation
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.report import findings
from tests.python_json import ODD_TEXTS, TEXTS
from tests.standin import ADMIN, MEMBER, SERVER, as_
from tests.updates import put

KEY = 'a key of the operator'
SHOW = 'update_guard:server:show:'
HOST = 'OS-EXT-SRV-ATTR:host'
HIDDEN = {name: SERVER[name] for name in SERVER if name != HOST}
DEEP = b'[' * 20000 + b']' * 20000


def odd(**more):
    """Return a server with half a surrogate pair where a tenant can put it."""
    return {
        **SERVER,
        'scheduler_hints': {'a': '\ud800', '\udfff': 'b'},
        **more,
    }


def send(guard, path='/servers/detail', environ=MEMBER, status=200):
    return guard.get(path, extra_environ=environ, status=status)


@pytest.fixture
def log(tmp_path):
    return tmp_path / 'decisions.log'


@pytest.fixture
def recorded(guarded, log):
    """Return a guard that records all, but for *options*."""

    def recorded(policy='', **options):
        more = {'decision_log': str(log), 'decision_sample_reads': '1'}
        return guarded(policy, **more, **options)

    return recorded


def test_one_odd_server_hides_no_list(guard, nova):
    nova.respond(
        {'servers': [SERVER, odd(), SERVER]},
        OpenStack_API_Version='compute 2.100',
    )

    response = send(guard)

    hints = {'scheduler_hints': {'a': '\ud800', '\udfff': 'b'}}
    assert response.json == {'servers': [HIDDEN, HIDDEN | hints, HIDDEN]}
    # As nova writes it, which is ASCII.
    assert b'"scheduler_hints":{"a": "\\ud800", "\\udfff": "b"}' in (
        response.body
    )
    assert response.content_length == len(response.body)


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('GET', '/servers/s1'),
        ('PUT', '/servers/s1'),
        ('POST', '/servers'),
        ('POST', '/servers/s1/action'),
    ],
)
def test_an_odd_server_is_redacted_in_every_response(
    guard, nova, method, path
):
    nova.respond({'server': odd()}, OpenStack_API_Version='compute 2.100')

    response = guard.request(
        path,
        method=method,
        body=b'{"server": {"name": "a"}}',
        environ={**MEMBER, 'CONTENT_TYPE': 'application/json'},
        status=200,
    )

    assert HOST not in response.json['server']
    assert response.json['server']['scheduler_hints']['a'] == '\ud800'


def test_a_caller_who_sees_everything_gets_the_bytes_of_an_odd_server(
    guard, nova
):
    nova.respond({'server': odd(vendor=float('nan'))})

    assert send(guard, '/servers/s1', ADMIN).body == nova.body


def test_odd_events_of_an_instance_action_have_a_keyed_host_id(guarded, nova):
    events = [{'event': '\ud800', 'hostId': 'novas'}, {'hostId': '\udc00'}]
    nova.respond({'instanceAction': {'events': events, '\ud800': 1}})
    guard = guarded(host_id_key=KEY)

    action = send(guard, '/servers/s1/os-instance-actions/r').json

    first, second = action['instanceAction']['events']
    assert first['event'] == '\ud800'
    assert {first['hostId'], second['hostId']}.isdisjoint({'novas', '\udc00'})
    assert {len(first['hostId']), len(second['hostId'])} == {56}


@pytest.mark.parametrize(
    ('check', 'names'),
    [
        ("'1':%(server.metadata.a)s", ['']),
        ("not '1':%(server.metadata.a)s", ['vm1']),
        ("'nan':%(server.vendor)s", ['vm1']),
        ("'inf':%(server.more)s", ['vm1']),
    ],
)
def test_a_rule_can_name_odd_values(guarded, nova, check, names):
    guard = guarded(f'{SHOW}name: "{check}"\n{SHOW}unlisted: "@"')
    server = odd(metadata={'a': '\ud800'}, vendor=float('nan'), more='M')
    body = json.dumps({'servers': [server]}).replace('"M"', '1e999')
    nova.respond(body=body.encode())

    assert [server['name'] for server in send(guard).json['servers']] == names


@pytest.mark.parametrize('way', ["'1':", "not '1':"])
@pytest.mark.parametrize('value', [DEEP, b'1' * 5000], ids=['deep', 'long'])
def test_a_rule_about_a_value_that_python_cannot_read_denies(
    guarded, nova, way, value
):
    """And only for that server."""
    guard = guarded(f'{SHOW}name: "{way}%(server.progress)s"')
    nova.respond(
        body=b'{"servers": [{"id": "s1", "name": "a", "progress": %b}, '
        b'{"id": "s2", "name": "a", "progress": %b}]}'
        % (value, b'1' if way == "'1':" else b'2')
    )

    response = send(guard)

    found = response.body.replace(value, b'3')
    names = [server['name'] for server in json.loads(found)['servers']]
    assert names == ['', 'a']
    assert value in response.body


def test_a_server_is_renamed_by_a_rule_that_names_an_odd_value(guarded, nova):
    guard = guarded(
        'update_guard:server:update:name: '
        '"not \'x\':%(server.scheduler_hints.a)s"'
    )
    nova.respond({'server': odd()})

    put(guard, {'server': {'name': 'b'}}, status=200)


def test_a_server_that_cannot_be_read_is_not_renamed_by_its_values(
    guarded, nova
):
    guard = guarded(
        'update_guard:server:update:name: "\'x\':%(server.status)s"'
    )
    nova.respond(body=b'{"server": {"status": "x", "a": ' + DEEP + b'}}')

    response = put(guard, {'server': {'name': 'b'}}, status=502)

    assert response.json['computeFault']['code'] == 502


@pytest.mark.parametrize('mode', ['enforce', 'audit'])
def test_odd_attributes_that_are_taken_are_recorded(recorded, nova, log, mode):
    more = dict.fromkeys(('\ud800', 'x' * 300, '\udfff'), 1)
    nova.respond({'servers': [odd(**more)]})
    guard = recorded(response_redaction=mode)

    response = send(guard)

    assert (response.body == nova.body) == (mode == 'audit')
    record = findings.read(log.read_bytes())
    # Two of one name in the record: of what is half a pair nothing is left.
    assert record.redacted['?'] == 2
    assert record.redacted['x' * 200] == 1
    assert record.redacted[HOST] == 1


# Whatever of a request is in its record, or in an answer.
WORDS = TEXTS | ODD_TEXTS
OPTIONS = {
    'decision_hash_key': KEY,
    'decision_plaintext_fields': 'description',
}
VALUE_HASHERS = load(OPTIONS, LAYERS).recording.value_hashers


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    environ=st.dictionaries(
        st.sampled_from(
            ['HTTP_USER_AGENT', 'PATH_INFO', 'openstack.request_id']
        ),
        WORDS,
    ),
    values=st.lists(WORDS, min_size=8, max_size=8),
    fields=st.lists(WORDS | st.just('name'), max_size=3),
    taken=st.dictionaries(WORDS, st.integers(1, 9), max_size=3),
    refuses=st.booleans(),
)
def test_every_record_is_written_and_read_again(
    tmp_path, environ, values, fields, taken, refuses
):
    case = Decision('update', dict.fromkeys(LAYERS, ENFORCE))
    user, project, role, name, text, *old = values
    case.identity = Identity(user, project, {'roles': [role]})
    case.changes = {'name': name, 'description': text, **dict.fromkeys(fields)}
    case.before = {'name': old[0], 'description': old[1]}
    case.taken = taken
    if refuses:
        refuse = Refusal(400, old[2], 'a rule', tuple(fields))
        case.add(Violation(LAYERS, refuse))
    request = GuardedRequest({'REQUEST_METHOD': 'PUT', **environ})
    record = made(request, case, verdict(case), 1, VALUE_HASHERS)
    log = tmp_path / 'decisions.log'
    log.unlink(missing_ok=True)

    File(str(log))(record)

    (line,) = log.read_bytes().splitlines()
    assert line.isascii()
    assert findings.read(line).operation == 'update'
    # For a bus, which takes UTF-8.
    json.dumps(record, ensure_ascii=False).encode()


def test_a_client_name_of_odd_letters_gets_a_response_and_a_record(
    recorded, log
):
    guard = recorded()
    environ = {**MEMBER, 'HTTP_USER_AGENT': '\xff\xed\xa0\x80'}

    put(guard, {'server': {'name': 'a'}}, environ, 200)
    put(guard, b'{"server": {"\\ud800": "\\ud800"}}', environ, 400)
    send(guard, '/servers?name=%ED%A0%80', as_('reader'), 400)

    first, second, _ = map(findings.read, log.read_bytes().splitlines())
    assert (first.client, second.client) == ('????', '????')
