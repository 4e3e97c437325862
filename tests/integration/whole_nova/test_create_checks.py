"""Creates of a real nova: constraints and rules of their fields."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.whole_nova.client import (
    ADMIN,
    LEGACY,
    MEMBER,
    NEWEST,
    Client,
    Reply,
    Request,
)
from tests.whole_nova.requests import create

Guarded = Callable[..., Client]
Made = Callable[[], dict[str, dict[str, Any]]]

VERSIONS = (LEGACY, 1, NEWEST)
# Where nova takes creates, and the newest version that it does at. nova 34
# itself fails to hand a valid one of os-volumes_boot on: it answers 500.
PLACES = [
    *(('/servers', minor) for minor in VERSIONS),
    *(('/os-volumes_boot', minor) for minor in (LEGACY, 1, 102)),
]
CONSTRAINTS = """
name:
  - schema: {pattern: '^de-[a-z]+$'}
    unless: role:admin
    message: Names begin with de-.
description:
  - schema: {type: [string, 'null'], maxLength: 20}
    message: Descriptions are short.
hostname:
  - schema: {pattern: '^h-'}
    message: Host names begin with h-.
accessIPv4:
  - schema: {pattern: '^192\\.'}
    message: The address is 192.
accessIPv6:
  - schema: {pattern: '^2001:'}
    message: The address is 2001.
OS-DCF:diskConfig:
  - schema: {const: AUTO}
    message: The disk is AUTO.
pinned_availability_zone:
  - schema: {enum: [nova, null]}
    message: The zone is nova.
"""
# By parameter: what the constraints allow, and what they do not.
VALUES = {
    'name': ('de-a', 'a'),
    'description': ('short', 'x' * 21),
    'hostname': ('h-a', 'a-h'),
    'accessIPv4': ('192.0.2.1', '198.51.100.1'),
    'accessIPv6': ('2001:db8::1', 'fd00::1'),
    'OS-DCF:diskConfig': ('AUTO', 'MANUAL'),
    'availability_zone': ('nova', 'az2'),
}
ALLOWED = {parameter: allowed for parameter, (allowed, _) in VALUES.items()}
RULE = 'update_guard:server:create:'


@pytest.fixture
def constrained(guarded: Guarded, tmp_path: Path) -> Guarded:
    file = tmp_path / 'constraints.yaml'
    file.write_text(CONSTRAINTS)

    def make(rules: dict[str, str] | None = None, **options: str) -> Client:
        return guarded(rules, constraints_file=str(file), **options)

    return make


@pytest.fixture
def made(raw: Client) -> Iterator[Made]:
    """Return the servers that a test has made, by id; they are deleted."""
    before = _servers(raw).keys()

    def new() -> dict[str, dict[str, Any]]:
        return {
            server_id: server
            for server_id, server in _servers(raw).items()
            if server_id not in before
        }

    yield new
    for server_id in new():
        raw.send(Request('DELETE', f'/servers/{server_id}'))


def _servers(raw: Client) -> dict[str, dict[str, Any]]:
    reply = raw.send(Request('GET', '/servers/detail'), ADMIN)
    return {server['id']: server for server in reply.json['servers']}


def reached(reply: Reply, path: str) -> bool:
    """Return whether nova got a create, and what it does to it is right."""
    return reply.nova is not None and reply.status == (
        202 if path == '/servers' else 500
    )


def send(
    client: Client, minor: int, path: str = '/servers', **more: object
) -> Reply:
    """Return the reply to a create with *more* than it needs."""
    body = create(minor, **{'name': 'de-a', **more}).body
    return client.send(Request('POST', path, body), MEMBER, minor)


def message(reply: Reply) -> str:
    (fault,) = reply.json.values()
    return str(fault['message'])


@pytest.mark.parametrize(('path', 'minor'), PLACES)
def test_constraints_hold_wherever_nova_takes_creates(
    constrained: Guarded, made: Made, path: str, minor: int
) -> None:
    client = constrained()
    reply = send(client, minor, path, name='a')

    assert (reply.status, message(reply)) == (400, 'Names begin with de-.')
    assert reply.nova is None
    assert made() == {}
    assert reached(send(client, minor, path), path)


@pytest.mark.parametrize('parameter', VALUES)
def test_the_constraint_of_each_field_holds(
    constrained: Guarded, made: Made, parameter: str
) -> None:
    unwanted = {**ALLOWED, parameter: VALUES[parameter][1]}
    reply = send(constrained(), NEWEST, **unwanted)

    assert reply.status == 400
    assert message(reply) in CONSTRAINTS
    assert made() == {}


def test_a_create_of_allowed_values_is_the_server_that_nova_makes(
    constrained: Guarded, made: Made
) -> None:
    assert send(constrained(), NEWEST, **ALLOWED).status == 202

    (server,) = made().values()
    assert server['name'] == 'de-a'
    assert server['description'] == 'short'
    assert server['OS-EXT-SRV-ATTR:hostname'] == 'h-a'
    assert server['accessIPv4'] == '192.0.2.1'
    assert server['accessIPv6'] == '2001:db8::1'
    assert server['OS-DCF:diskConfig'] == 'AUTO'
    assert server['pinned_availability_zone'] == 'nova'


def test_before_2_19_nova_makes_the_name_the_description_too(
    constrained: Guarded, made: Made
) -> None:
    client, name = constrained(), 'de-' + 'a' * 20

    assert message(send(client, 18, name=name)) == 'Descriptions are short.'
    assert made() == {}
    assert send(client, 18, name='de-b').status == 202
    assert [server['description'] for server in made().values()] == ['de-b']


@pytest.mark.parametrize('parameter', VALUES)
def test_a_rule_of_create_denies_its_field_alone(
    guarded: Guarded, made: Made, parameter: str
) -> None:
    client = guarded({RULE + parameter: '!'})
    reply = send(client, NEWEST, **ALLOWED)

    assert reply.status == 403
    assert RULE + parameter in message(reply)
    assert made() == {}
    others = {key: ALLOWED[key] for key in ALLOWED if key != parameter}
    assert send(client, NEWEST, **others).status == (
        # A create has a name.
        403 if parameter == 'name' else 202
    )


@pytest.mark.parametrize(('path', 'minor'), PLACES)
def test_a_rule_of_create_holds_wherever_nova_takes_creates(
    guarded: Guarded, made: Made, path: str, minor: int
) -> None:
    client = guarded({f'{RULE}accessIPv4': 'role:admin'})
    reply = send(client, minor, path, accessIPv4='192.0.2.1')

    assert reply.status == 403
    assert f'{RULE}accessIPv4' in message(reply)
    assert made() == {}
    assert reached(send(client, minor, path), path)


def test_of_a_multi_create_the_name_before_novas_suffix_is_judged(
    constrained: Guarded, made: Made
) -> None:
    client = constrained()

    assert send(client, NEWEST, name='a', min_count=2).status == 400
    assert made() == {}
    assert send(client, NEWEST, min_count=2).status == 202
    names = sorted(server['name'] for server in made().values())
    assert names == ['de-a-1', 'de-a-2']


def test_max_count_makes_several_as_well(
    constrained: Guarded, made: Made
) -> None:
    client = constrained()

    assert send(client, NEWEST, name='a', max_count='2').status == 400
    assert made() == {}
    more = {'return_reservation_id': True}
    assert send(client, NEWEST, max_count='2', **more).status == 202
    names = sorted(server['name'] for server in made().values())
    assert names == ['de-a-1', 'de-a-2']


TWICE = [
    b'{"server": {"name": "a", %s, "name": "de-a"}}',
    b'{"server": {"name": "de-a", %s, "name": "a"}}',
    b'{"server": {"name": "de-a", %s, "na\\u006de": "a"}}',
    b'{"server": {"name": "a", %s}, "server": {"name": "de-a", %s}}',
    b'{"server": {"name": "de-a", %s}, "serv\\u0065r": {"name": "a", %s}}',
    b'{"server": {"name": "de-a", %s, "metadata": {"a": "1", "a": "2"}}}',
]


def _filled(text: bytes) -> bytes:
    server = create(NEWEST).body['server']
    del server['name']
    return text.replace(b'%s', json.dumps(server)[1:-1].encode())


@pytest.mark.parametrize('text', TWICE)
@pytest.mark.parametrize('minor', VERSIONS)
def test_a_body_of_two_meanings_makes_no_server(
    constrained: Guarded, raw: Client, made: Made, minor: int, text: bytes
) -> None:
    request = Request('POST', '/servers', _filled(text))
    reply = constrained().send(request, MEMBER, minor)

    assert reply.status == 400
    assert 'duplicate key' in message(reply)
    assert made() == {}
    # nova alone takes one of the two.
    assert raw.send(request, MEMBER, minor).status == 202


@pytest.mark.parametrize(
    'spelled',
    [b'{"server": {"na\\u006de": "%s"}}', b'{"serve\\u0072": {"name": "%s"}}'],
)
def test_a_key_is_the_same_however_it_is_spelled(
    constrained: Guarded, made: Made, spelled: bytes
) -> None:
    client = constrained()
    text = spelled.replace(b'"}}', b'", %s}}')
    for name, status in ((b'a', 400), (b'de-\\u0061', 202)):
        body = text.replace(b'"%s"', b'"' + name + b'"', 1)
        request = Request('POST', '/servers', _filled(body))
        assert client.send(request).status == status

    assert [server['name'] for server in made().values()] == ['de-a']


@pytest.mark.parametrize(('path', 'minor'), PLACES)
def test_with_check_create_off_nova_alone_decides(
    constrained: Guarded, made: Made, path: str, minor: int
) -> None:
    client = constrained({f'{RULE}name': '!'}, check_create='false')

    assert reached(send(client, minor, path, name='a'), path)


def test_audit_mode_records_what_it_would_refuse_and_nova_makes_it(
    constrained: Guarded, made: Made, tmp_path: Path
) -> None:
    log = tmp_path / 'log'
    client = constrained(
        {f'{RULE}accessIPv4': '!'},
        field_policy='audit',
        field_validation='audit',
        decision_log=str(log),
    )
    reply = send(client, NEWEST, name='a', accessIPv4='192.0.2.1')

    assert reply.status == 202
    assert [server['name'] for server in made().values()] == ['a']
    record = json.loads(log.read_text())
    assert record['operation'] == 'create'
    assert record['verdict'] == 'refuse'
    assert record['mode'] == 'audit'
    assert record['status'] == 202
    assert record['microversion'] == f'2.{NEWEST}'
    assert record['layer'] == 'field_policy'
    assert record['rule'] == f'{RULE}accessIPv4'
    (further,) = record['also']
    assert further['layer'] == 'field_validation'
    assert further['fields'] == ['name']


def test_a_refused_create_is_recorded(
    constrained: Guarded, tmp_path: Path
) -> None:
    log = tmp_path / 'log'
    send(constrained(decision_log=str(log)), NEWEST, name='a')

    record = json.loads(log.read_text())
    assert record['operation'] == 'create'
    assert record['verdict'] == 'refuse'
    assert record['mode'] == 'enforce'
    assert record['status'] == 400
    assert record['fields'] == ['name']
    assert record['user_id'] == 'member-id'
