"""Actions that set fields of an update, and constraints on values."""

import json

import pytest

from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy import filters
from nova_update_guard.policy import reloader
from nova_update_guard.policy.mistakes import PolicyError
from tests.standin import ADMIN, MEMBER, SERVER
from tests.updates import message, put

DENIED = (
    'update_guard:server:update:name: "!"\n'
    'update_guard:server:update:OS-DCF:diskConfig: "!"\n'
    'update_guard:server:update:pinned_availability_zone: "!"\n'
)
ACTION_FIELDS = {
    'rebuild': {'imageRef': 'i', 'name': 'a'},
    'resize': {'flavorRef': '1', 'OS-DCF:diskConfig': 'AUTO'},
    'unshelve': {'availability_zone': None},
}
NAMING = """
name:
  - schema: {pattern: '^de-'}
    unless: role:admin
    message: Names begin with de-.
"""


def act(guard, document, status=None, environ=MEMBER, path='/servers/s1'):
    data = document if isinstance(document, bytes) else json.dumps(document)
    return guard.post(
        f'{path}/action',
        data,
        {
            'Content-Type': 'application/json',
            'OpenStack-API-Version': 'compute 2.96',
        },
        extra_environ=environ,
        status=status,
    )


@pytest.fixture
def named(guarded, tmp_path):
    """Return a guard that wants names to begin with de-."""
    (tmp_path / 'constraints.yaml').write_text(NAMING)
    return guarded(constraints_file=str(tmp_path / 'constraints.yaml'))


@pytest.mark.parametrize('action', ACTION_FIELDS)
def test_an_action_that_changes_a_field_needs_the_fields_rule(
    guarded, nova, action
):
    response = act(
        guarded(DENIED), {action: ACTION_FIELDS[action]}, status=403
    )

    assert 'update_guard:server:update:' in message(response)
    assert nova.requests == []


def test_a_newline_at_the_end_bypasses_no_constraint(guarded, nova, tmp_path):
    file = tmp_path / 'constraints.yaml'
    file.write_text(NAMING.replace('^de-', '^de-[a-z]+$'))
    guard = guarded(constraints_file=str(file))

    for name, status in (('de-a', 200), ('de-a\n', 400)):
        act(guard, {'rebuild': {'imageRef': 'i', 'name': name}}, status)


@pytest.mark.parametrize('action', ACTION_FIELDS)
def test_an_allowed_action_is_forwarded_as_it_was_checked(guard, nova, action):
    body = (
        json.dumps({action: ACTION_FIELDS[action]}).replace(' ', '  ').encode()
    )

    act(guard, body, status=200)

    ((method, path, sent),) = nova.requests
    assert (method, path) == ('POST', '/servers/s1/action')
    assert json.loads(sent) == {action: ACTION_FIELDS[action]}
    assert b' ' * 2 not in sent


@pytest.mark.parametrize(
    'document',
    [
        {'os-start': None},
        {'rebuild': {'imageRef': 'i'}},
        {'unshelve': None},
        {'createImage': {'name': 'a'}},
        [],
    ],
    ids=str,
)
def test_an_action_that_sets_no_field_is_forwarded_unchecked(
    guarded, nova, document
):
    act(guarded(DENIED), document, status=200)

    assert json.loads(nova.requests[0][2]) == document


def test_an_action_without_a_body_is_forwarded(guarded, nova):
    act(guarded(DENIED), b'', status=200)

    assert nova.requests == [('POST', '/servers/s1/action', b'')]


@pytest.mark.parametrize(
    'body',
    [
        b'{"os-start": null, "os-start": null}',
        b'{"rebuild": {"name": "a", "name": "b"}}',
        b'{"rebuild": {"name": NaN}}',
        b'{"rebuild": {"name": "\xff"}}',
        b'{"rebuild"',
    ],
)
def test_an_action_that_could_be_read_in_two_ways_is_refused(
    guard, nova, body
):
    act(guard, body, status=400)

    assert nova.requests == []


@pytest.mark.parametrize(
    'path',
    [
        '/v2.1/servers/s1',
        '//servers//s1',
        '/os-volumes_boot/s1',
        '/v2/f/servers/a',
    ],
)
def test_an_action_is_checked_in_every_spelling_of_its_path(
    guarded, nova, path
):
    act(guarded(DENIED), {'rebuild': ACTION_FIELDS['rebuild']}, 403, path=path)


def test_the_one_parameter_rule_is_not_for_actions(guard, nova):
    act(
        guard,
        {'rebuild': {'imageRef': 'i', 'name': 'a', 'accessIPv4': '1.1.1.1'}},
        status=200,
    )


def test_a_rule_that_names_the_server_is_evaluated_on_it(guarded, nova):
    guard = guarded('update_guard:server:update:name: user_id:%(user_id)s')

    act(guard, {'rebuild': ACTION_FIELDS['rebuild']}, status=200)
    nova.respond({'server': SERVER | {'user_id': 'u2'}})
    act(guard, {'rebuild': ACTION_FIELDS['rebuild']}, status=403)

    requested = [(method, path) for method, path, _ in nova.requests]
    get, action = ('GET', '/servers/s1'), ('POST', '/servers/s1/action')
    assert requested == [get, action, get]


def test_a_field_that_an_action_leaves_as_it_is_does_not_count(guarded, nova):
    guard = guarded(DENIED, counted_fields='changed')
    document = {'rebuild': {'imageRef': 'i', 'name': SERVER['name']}}

    act(guard, document, status=200)

    assert json.loads(nova.requests[-1][2]) == document


def test_checks_of_actions_can_be_turned_off(guarded, nova):
    guard = guarded(DENIED, check_actions='false')
    body = b'{"rebuild": {"name": "a", "name": "b"}}'

    act(guard, body, status=200)

    assert nova.requests[0][2] == body


def test_a_filter_of_one_layer_judges_actions_only_by_policy(guarded, nova):
    document = {'rebuild': ACTION_FIELDS['rebuild']}

    act(guarded(DENIED, factory=filters.one_parameter), document, status=200)
    act(guarded(DENIED, factory=filters.field_policy), document, status=403)


def test_a_value_that_a_constraint_does_not_take_is_refused(named, nova):
    response = put(named, {'server': {'name': 'a'}}, status=400)

    assert message(response) == 'Names begin with de-.'
    assert nova.requests == []


def test_a_valid_value_and_an_exempted_caller_pass(named):
    put(named, {'server': {'name': 'de-a'}}, status=200)
    put(named, {'server': {'name': 'a'}}, ADMIN, status=200)
    put(named, {'server': {'accessIPv4': '192.0.2.1'}}, status=200)


# nova's own of a host name (2.90): Python takes minutes for 2,500 letters.
SLOW = '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$'
LONG = 'a' * 2500 + '!'


@pytest.fixture
def constrained(guarded, tmp_path):
    """Return a maker of guards that hold names to a schema."""

    def make(schema, **options):
        file = tmp_path / 'constraints.yaml'
        held = {'name': [{'schema': schema, 'message': 'Not so.'}]}
        file.write_text(json.dumps(held))
        return guarded(constraints_file=str(file), **options)

    return make


def test_a_value_of_an_action_that_nova_would_refuse_reaches_no_constraint(
    constrained, nova
):
    guard = constrained({'pattern': SLOW})

    response = act(guard, {'rebuild': {'imageRef': 'i', 'name': LONG}}, 400)

    assert message(response) == (
        'Invalid input for field/attribute name. Value: '
        f"{LONG}. '{LONG}' is too long"
    )
    assert nova.requests == []


@pytest.mark.parametrize(
    ('action', 'parameter', 'value'),
    [
        ('rebuild', 'name', ' a'),
        ('rebuild', 'description', '\0'),
        ('rebuild', 'accessIPv4', '::1'),
        ('rebuild', 'accessIPv6', None),
        ('rebuild', 'OS-DCF:diskConfig', 'auto'),
        ('rebuild', 'hostname', 'a b'),
        ('resize', 'OS-DCF:diskConfig', True),
        ('unshelve', 'availability_zone', 5),
    ],
)
def test_an_invalid_value_of_an_action_gets_the_message_of_nova(
    guard, nova, action, parameter, value
):
    response = act(guard, {action: {parameter: value}}, status=400)

    assert parameter in message(response) or "invalid 'name'" in message(
        response
    )
    assert nova.requests == []


@pytest.mark.parametrize('action', ['rebuild', 'server'])
@pytest.mark.parametrize(
    ('mode', 'rules'), [('audit', ['field validation']), ('off', [])]
)
def test_with_validation_off_no_constraint_applies(
    constrained, nova, tmp_path, action, mode, rules
):
    log = tmp_path / 'decisions'
    guard = constrained(
        {'maxLength': 5}, field_validation=mode, decision_log=str(log)
    )
    document = {action: {'name': LONG}}

    (put if action == 'server' else act)(guard, document, status=200)

    assert json.loads(nova.requests[0][2]) == document
    found = json.loads(log.read_text())
    assert [
        one['rule'] for one in (found, *found.get('also', [])) if one['rule']
    ] == rules


def test_no_space_bypasses_a_constraint_under_v2(constrained):
    guard = constrained({'not': {'pattern': '^admin'}})
    legacy = MEMBER | {'openstack.legacy_v2': True}

    for name, status in ((' admin', 400), ('\xa0admin', 400), (' a', 200)):
        put(guard, {'server': {'name': name}}, legacy, status)
        act(guard, {'rebuild': {'name': name}}, status, legacy)


def test_constraints_hold_for_actions_too(named):
    act(named, {'rebuild': {'name': 'a'}}, status=400)
    act(named, {'rebuild': {'name': 'de-a'}}, status=200)


def test_a_denied_caller_is_not_shown_the_constraint(guarded, tmp_path):
    file = tmp_path / 'constraints.yaml'
    file.write_text(NAMING)
    guard = guarded(DENIED, constraints_file=str(file))

    put(guard, {'server': {'name': 'a'}}, status=403)


def test_a_change_is_in_force_and_a_broken_one_is_not(
    named, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(reloader, 'POLL_SECONDS', 0)
    file = tmp_path / 'constraints.yaml'
    said = []
    for text in ('# none yet', NAMING, 'name: [{', 'nme: []', '# none'):
        file.write_text(text)
        response = named.put_json(
            '/servers/s1',
            {'server': {'name': 'a'}},
            extra_environ=MEMBER,
            expect_errors=True,
        )
        said.append(response.status_int)

    assert said == [200, 400, 400, 400, 200]
    assert f"{file}:1: there is no field 'nme'" in caplog.text


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('nme: []', "no field 'nme'"),
        ('name: [', 'constraints.yaml'),
        (
            f'{NAMING}  - message: a\n    schema:\n      5: a',
            ":8: the key '5' is not",
        ),
        (
            NAMING.replace('}', ', pattern: a}'),
            ':3: pattern is already in line 3',
        ),
        (f'{NAMING}    message: Any.', ':6: message is already in line 5'),
        (NAMING.replace('^de-', '^(?!de-)'), ':3: name, .*looks ahead'),
        (NAMING.replace('pattern', 'format'), ':3: name, .*is checked for'),
        (NAMING.replace('role:admin', 'rule:nothing'), 'nothing'),
        (NAMING.replace('role:admin', 'nonsense'), 'nonsense'),
    ],
)
def test_a_broken_file_stops_the_start(guarded, tmp_path, text, words):
    file = tmp_path / 'constraints.yaml'
    file.write_text(text)

    with pytest.raises(PolicyError, match=words) as error:
        guarded(constraints_file=str(file))

    assert str(file) in str(error.value)


def test_a_file_that_is_named_and_not_there_stops_the_start(guarded):
    with pytest.raises(OptionError, match=r'constraints_file.*/nowhere'):
        guarded(constraints_file='/nowhere.yaml')
