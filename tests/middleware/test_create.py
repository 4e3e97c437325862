"""Creates: constraints and policy of their fields, before nova."""

import json

import pytest

from nova_update_guard.policy.mistakes import PolicyError
from tests.standin import ADMIN, MEMBER
from tests.updates import message

CONSTRAINTS = """
name:
  - schema: {pattern: '^de-[a-z]+$'}
    unless: role:admin
    message: Names begin with de-.
description:
  - schema: {type: [string, 'null'], maxLength: 20}
    unless: not user_id:%(server.key_name)s
    message: Descriptions are short.
pinned_availability_zone:
  - schema: {enum: [az1, null]}
    message: The zone is az1.
"""
PATHS = (
    '/servers',
    '//servers',
    '/servers/',
    '/servers%0A',
    '/os-volumes_boot',
    '/os-volumes_boot%0A',
    '/v2.1/servers',
    '/v2/servers',
    '/v2/os-volumes_boot',
    '/v2/f5d8/servers',
    '/compute//v2.1//servers',
)
SERVER = {'name': 'de-a', 'imageRef': 'i', 'flavorRef': '1'}


def create(guard, server, status, environ=MEMBER, path='/servers', at='2.96'):
    data = server if isinstance(server, bytes) else {'server': server}
    return guard.post(
        path,
        data if isinstance(data, bytes) else json.dumps(data),
        {
            'Content-Type': 'application/json',
            'OpenStack-API-Version': f'compute {at}',
        },
        extra_environ=environ,
        status=status,
    )


@pytest.fixture
def constrained(guarded, tmp_path):
    """Return a guard with constraints."""
    (tmp_path / 'constraints.yaml').write_text(CONSTRAINTS)
    file = str(tmp_path / 'constraints.yaml')
    return lambda *given, **options: guarded(
        *given, constraints_file=file, **options
    )


@pytest.mark.parametrize('path', PATHS)
def test_a_create_against_a_constraint_never_reaches_nova(
    constrained, nova, path
):
    guard = constrained()
    response = create(guard, {**SERVER, 'name': 'a'}, 400, path=path)

    assert message(response) == 'Names begin with de-.'
    assert nova.requests == []
    create(guard, SERVER, 200, path=path)
    assert len(nova.requests) == 1


@pytest.mark.parametrize(
    'sent', ['az2', 'az2:host', 'az2:host:node', 'az2::node', 'az1 ', ' az1']
)
def test_of_a_zone_with_a_host_the_zone_is_judged(constrained, nova, sent):
    create(constrained(), {**SERVER, 'availability_zone': sent}, 400)

    assert nova.requests == []


@pytest.mark.parametrize('sent', ['az1', 'az1:host', 'az1::node', ':host'])
def test_an_allowed_zone_reaches_nova_as_sent(constrained, nova, sent):
    create(constrained(), {**SERVER, 'availability_zone': sent}, 200)

    (_method, _path, body) = nova.requests[0]
    assert json.loads(body)['server']['availability_zone'] == sent


def test_before_2_19_the_name_is_the_description_too(constrained, nova):
    server = {**SERVER, 'name': 'de-' + 'a' * 30}

    create(constrained(), server, 400, ADMIN, at='2.18')
    create(constrained(), server, 200, ADMIN, at='2.19')

    assert len(nova.requests) == 1


def test_an_exemption_that_names_the_server_does_not_hold(constrained, nova):
    create(constrained(), {**SERVER, 'description': 'x' * 30}, 400)

    assert nova.requests == []


def test_an_exempt_caller_creates(constrained):
    create(constrained(), {**SERVER, 'name': 'a'}, 200, ADMIN)


def test_a_rule_of_create_denies_its_field(guarded, nova):
    guard = guarded('update_guard:server:create:availability_zone: "!"\n')

    response = create(guard, {**SERVER, 'availability_zone': 'az1'}, 403)

    assert 'update_guard:server:create:availability_zone' in message(response)
    assert nova.requests == []
    create(guard, SERVER, 200)


def test_a_rule_of_create_knows_the_caller_as_owner(guarded):
    rule = 'update_guard:server:create:name'
    guard = guarded(f'{rule}: "project_id:%(project_id)s"\n')
    create(guard, SERVER, 200)
    guard = guarded(f'{rule}: "not project_id:%(project_id)s"\n')
    create(guard, SERVER, 403)


@pytest.mark.parametrize('value', ['name', 'tenant_id', 'metadata.x'])
def test_a_rule_of_create_that_names_the_server_is_not_loaded(guarded, value):
    rule = 'update_guard:server:create:name'
    with pytest.raises(PolicyError, match='there is no server yet'):
        guarded(f'mine: "role:%(server.{value})s"\n{rule}: "rule:mine"\n')


def test_an_invalid_value_is_refused_in_novas_words(guard, nova):
    response = create(guard, {**SERVER, 'accessIPv4': 'x'}, 400)

    assert message(response).startswith('Invalid input for field/attribute')
    assert nova.requests == []


@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'[]',
        b'null',
        b'{}',
        b'{"server": null}',
        b'{"server": []}',
        b'{"server": "name"}',
        b'{"server": {"networks": [[[]]]}, "os:scheduler_hints": 1}',
        b'{"server": {"hostname": 1}}',
    ],
)
def test_what_is_not_the_guards_is_left_to_nova(constrained, nova, data):
    create(constrained(), data, 200, at='2.89')

    assert len(nova.requests) == 1


@pytest.mark.parametrize(
    'data',
    [
        b'{"server": {"name": "a", "name": "de-a"}}',
        b'{"server": {"name": "de-a"}, "server": {"name": "a"}}',
        b'{"server": {"name": "de-a", "x": NaN}}',
        b'[' * 100000,
        b'\xff',
    ],
)
def test_a_body_with_two_meanings_never_reaches_nova(constrained, nova, data):
    create(constrained(), data, 400)

    assert nova.requests == []


def test_nova_gets_what_was_judged(guard, nova):
    data = b'{"server":  {"name":\t"de-\\u0061", "user_data": "eA=="}}'
    create(guard, data, 200)

    (_method, _path, body) = nova.requests[0]
    assert body == b'{"server":{"name":"de-a","user_data":"eA=="}}'


def test_check_create_can_be_off(constrained, nova):
    guard = constrained(check_create='false')
    create(guard, {**SERVER, 'name': 'a'}, 200)

    assert len(nova.requests) == 1


def test_one_parameter_is_not_for_create(guarded, nova):
    guard = guarded(field_validation='off', field_policy='off')
    create(guard, {**SERVER, 'description': 'a'}, 200)

    assert len(nova.requests) == 1
