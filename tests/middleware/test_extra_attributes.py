"""Attributes that the operator declares have rules of their own."""

import json

import pytest

from nova_update_guard.compute_api.microversions import HEADER, MAX
from nova_update_guard.compute_api.server_attributes import (
    NESTED_KEYS,
    SERVER_ATTRIBUTES,
    UNRULED,
)
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.policy.mistakes import PolicyError
from tests.middleware.test_response_redaction import ALL
from tests.standin import ADMIN, MEMBER, SERVER

ZONE = 'RAX-PUBLIC-IP-ZONE-ID:publicIPZoneId'
OTHER = 'RAX-SI:image_schedule'
SHOW = 'update_guard:server:show:'


def guard_of(guarded, rules, *names, **more):
    return guarded(json.dumps(rules), extra_attributes=','.join(names), **more)


def send(guard, method='GET', path='/servers/s1', environ=MEMBER, status=200):
    return guard.request(
        path,
        method=method,
        body=b'{"server": {"name": "a"}}',
        headers={HEADER: f'compute {MAX}'},
        environ={**environ, 'CONTENT_TYPE': 'application/json'},
        status=status,
    )


@pytest.mark.parametrize(('method', 'path'), ALL)
@pytest.mark.parametrize('many', [False, True])
def test_a_declared_attribute_goes_by_its_own_rule(
    guarded, nova, method, path, many
):
    guard = guard_of(guarded, {f'{SHOW}{ZONE}': 'role:member'}, ZONE)
    server = {**SERVER, ZONE: 'z', OTHER: 'o'}
    nova.respond({'servers': [server, server]} if many else {'server': server})

    whole = send(guard, method, path).json
    for shown in whole['servers'] if many else [whole['server']]:
        assert shown[ZONE] == 'z'
        assert OTHER not in shown


def test_without_a_rule_it_is_the_administrators(guarded, nova):
    guard = guard_of(guarded, {f'{SHOW}unlisted': '@'}, ZONE)
    nova.respond({'server': {**SERVER, ZONE: 'z', OTHER: 'o'}})

    shown = send(guard).json['server']
    assert (ZONE in shown, OTHER in shown) == (False, True)
    shown = send(guard, environ=ADMIN).json['server']
    assert (ZONE in shown, OTHER in shown) == (True, True)


def test_its_rule_may_depend_on_the_server(guarded, nova):
    guard = guard_of(
        guarded, {f'{SHOW}{ZONE}': "'ACTIVE':%(server.status)s"}, ZONE
    )
    for status in ('ACTIVE', 'ERROR'):
        nova.respond({'server': {**SERVER, 'status': status, ZONE: 'z'}})
        shown = send(guard).json['server']
        assert (ZONE in shown) == (status == 'ACTIVE')


def test_a_list_by_it_goes_by_its_rule(guarded, nova):
    rules = {f'{SHOW}{ZONE}': 'role:member'}
    guard = guard_of(guarded, rules, ZONE, OTHER)
    nova.respond({'servers': []})

    send(guard, path=f'/servers?{ZONE}=z')
    refused = send(guard, path=f'/servers?{OTHER}=z', status=400)
    assert f'{SHOW}{OTHER}' in refused.text
    # nova has no such key, and says so.
    send(guard, path='/servers?else=z')


def test_a_list_sorted_by_it_goes_by_its_rule(guarded, nova):
    got = []

    def app(environ, start):
        got.append(environ['QUERY_STRING'])
        return nova(environ, start)

    rules = {f'{SHOW}{ZONE}': 'role:member'}
    guard = guard_of(guarded, rules, ZONE, OTHER, app=app)
    nova.respond({'servers': []})
    query = f'sort_key={ZONE}&sort_key={OTHER}'

    send(guard, path=f'/servers?{query}')

    assert got == [f'sort_key={ZONE}']


def test_a_key_that_also_reveals_a_known_attribute_needs_both_rules(
    guarded, nova
):
    rules = {f'{SHOW}host': '@', f'{SHOW}architecture': '@'}
    guard = guard_of(guarded, rules, 'host', 'architecture')
    nova.respond({'servers': []})

    refused = send(guard, path='/servers?host=a', status=400)
    assert 'OS-EXT-SRV-ATTR:host' in refused.text
    send(guard, path='/servers?architecture=a')


@pytest.mark.parametrize('parent', ['flavor', 'image'])
def test_a_nested_attribute_can_be_declared(guarded, nova, parent):
    name = f'{parent}.RAX:x'
    guard = guard_of(guarded, {f'{SHOW}{name}': 'role:member'}, name)
    nova.respond({'server': {**SERVER, parent: {'RAX:x': 1, 'RAX:y': 1}}})

    assert send(guard).json['server'][parent] == {'RAX:x': 1}


KNOWN = sorted(
    {
        *UNRULED,
        *(row.name for row in SERVER_ATTRIBUTES),
        *(
            f'{parent}.{key}'
            for parent in NESTED_KEYS
            for key in NESTED_KEYS[parent]
        ),
        *('unlisted', 'host_status:unknown-only'),
        'OS-EXT-SRV-ATTR:hostname:before-2.90',
    }
)


@pytest.mark.parametrize(
    'names',
    [
        *((name,) for name in KNOWN),
        *(('', 'a'), ('a', '', 'b'), ('a b',), ('a\u200b',), ('a', 'b', 'a')),
        *(('metadata.x',), ('nothing.x',), ('.x',), ('flavor.',), ('.',)),
    ],
    ids=str,
)
def test_what_cannot_be_declared_stops_the_start(guarded, names):
    with pytest.raises(OptionError, match='extra_attributes: '):
        guard_of(guarded, {}, 'RAX:first', *names)


def test_a_rule_of_an_attribute_that_is_not_declared_is_refused(guarded):
    with pytest.raises(PolicyError, match='extra_attributes'):
        guard_of(guarded, {f'{SHOW}{ZONE}': '@'}, OTHER)
