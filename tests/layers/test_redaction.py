import copy
import json
from collections import deque

import pytest

from nova_update_guard.compute_api import documents, server_attributes
from nova_update_guard.compute_api.microversions import MAX, MIN, Version
from nova_update_guard.compute_api.server_attributes import (
    DROP,
    NO_FLAVOR,
    SERVER_ATTRIBUTES,
    UNLISTED,
)
from nova_update_guard.layers import redaction, redaction_plan
from tests.documents import redact

SERVER = {
    'id': 's1',
    'links': [{'rel': 'self', 'href': 'http://n/s1'}],
    'name': 'vm1',
    'status': 'ERROR',
    'locked': False,
    'metadata': {'any': 'thing'},
    'OS-EXT-SRV-ATTR:host': 'h1',
    'addresses': {
        'net': [
            {'addr': '192.0.2.1', 'version': 4, 'OS-EXT-IPS-MAC:mac_addr': 'm'}
        ],
    },
    'fault': {'code': 500, 'message': 'm', 'details': 'd', 'created': 'c'},
    'flavor': {'ram': 1, 'extra_specs': {'hw:x': 'y'}},
    'image': '',
    'security_groups': [{'name': 'default'}],
}


def redacted(server=SERVER, version=MAX, verdict=lambda rule: True, can=None):
    view = redaction.view_at(version, verdict)
    return redact(view, server, can or (lambda rule, server: False))


def hides(*names):
    rules = {f'update_guard:server:show:{name}' for name in names}
    return lambda rule: rule not in rules


def test_a_caller_who_sees_everything_gets_everything():
    assert redacted() == (SERVER, {})
    assert redaction.view_at(MAX, lambda rule: True).sees_all


def test_a_caller_who_sees_nothing_gets_id_and_links():
    visible, _ = redacted(verdict=lambda rule: False)
    kept = {
        name: value
        for name, value in visible.items()
        if value not in ('', None, [], {}, 'UNKNOWN', '-', NO_FLAVOR)
    }

    assert kept == {'id': SERVER['id'], 'links': SERVER['links']}


@pytest.mark.parametrize(
    'row',
    [row for row in SERVER_ATTRIBUTES if '.' not in row.name],
    ids=lambda row: f'{row.name}@{row.since}',
)
def test_each_attribute_is_hidden_by_one_line_of_policy(row):
    server = {'id': 's1', row.name: 'secret'}
    expected = {'id': 's1'}
    if row.hidden is not DROP:
        expected[row.name] = row.hidden

    visible = redacted(server, row.since, lambda rule: rule != row.rule)

    assert visible == (expected, {row.name: 1})


@pytest.mark.parametrize(
    ('name', 'path'),
    [
        ('fault.details', ('fault', 'details')),
        ('fault.message', ('fault', 'message')),
        ('flavor.extra_specs', ('flavor', 'extra_specs')),
        (
            'addresses.OS-EXT-IPS-MAC:mac_addr',
            ('addresses', 'net', 0, 'OS-EXT-IPS-MAC:mac_addr'),
        ),
    ],
)
def test_nested_attributes_with_a_rule_are_hidden_by_it(name, path):
    row = server_attributes.attributes_at(MAX)[name]
    expected = copy.deepcopy(SERVER)
    *parents, last = path
    inner = expected
    for key in parents:
        inner = inner[key]
    if row.hidden is DROP:
        del inner[last]
    else:
        inner[last] = row.hidden

    assert redacted(verdict=hides(name)) == (expected, {name: 1})


def test_attributes_that_no_table_has_are_hidden_at_every_depth():
    server = copy.deepcopy(SERVER)
    server['vendor:x'] = 1
    server['fault']['new'] = 1
    server['addresses']['net'][0]['new'] = 1
    server['security_groups'][0]['new'] = 1

    taken = dict.fromkeys(
        ('vendor:x', 'fault.new', 'addresses.new', 'security_groups.new'), 1
    )
    assert redacted(server, verdict=hides('unlisted')) == (SERVER, taken)
    assert redacted(server) == (server, {})


def test_an_attribute_is_unlisted_before_its_version():
    server = {'id': 's1', 'locked': True}

    before, _ = redacted(server, Version(2, 8), hides('unlisted'))
    since, _ = redacted(server, Version(2, 9), hides('unlisted'))

    assert (before, since) == ({'id': 's1'}, server)


def test_keys_of_free_form_maps_are_visible():
    server = {'metadata': {'a': 1}, 'flavor': {'extra_specs': {'b': 2}}}

    assert redacted(server, verdict=hides('unlisted')) == (server, {})


def test_only_keys_that_are_there_are_touched():
    server = {'id': 's1', 'status': 'UNKNOWN', 'links': []}

    assert redacted(server, verdict=hides('name', 'image')) == (server, {})


def test_a_rule_that_depends_is_evaluated_with_the_server():
    requested = []

    def can(rule, server):
        requested.append((rule, server['id']))
        return False

    visible, taken = redacted(
        verdict=lambda rule: None if rule.endswith(':name') else True, can=can
    )

    assert requested == [('update_guard:server:show:name', 's1')]
    assert (visible['name'], taken) == ('', {'name': 1})


def test_a_rule_that_depends_may_show():
    visible = redacted(
        verdict=lambda rule: None, can=lambda rule, server: True
    )

    assert visible == (SERVER, {})


def test_rules_are_evaluated_on_the_unredacted_server():
    seen = []

    def can(rule, server):
        seen.append(dict(server))
        return False

    redacted(verdict=lambda rule: None, can=can)

    assert seen
    assert all(server == SERVER for server in seen)


def test_a_view_remembers_a_bounded_number_of_key_sets():
    view = redaction.view_at(MIN, lambda rule: rule != UNLISTED)

    for n in range(redaction_plan._MAX_PLANS * 2):
        visible, _ = redact(view, {'id': 's1', f'key{n}': 1})

        assert visible == {'id': 's1'}
    assert len(view._plans) <= redaction_plan._MAX_PLANS


@pytest.mark.parametrize('value', ['text', 5, None, [1, 'a']])
def test_a_nested_attribute_of_another_type_is_left_whole(value):
    server = {'flavor': value, 'addresses': value}

    assert redacted(server, verdict=hides('unlisted')) == (server, {})


HOST_RULE = 'update_guard:server:show:OS-EXT-SRV-ATTR:host'
HOSTED = {'id': 's1', 'hostId': 'novas', 'OS-EXT-SRV-ATTR:host': 'h1'}


def hashed(server, verdict, can=None):
    view = redaction.view_at(MAX, verdict, str.upper)
    return redact(view, server, can or (lambda rule, server: False))


def test_a_caller_who_sees_the_host_gets_the_host_id_of_nova():
    assert hashed(HOSTED, hides('name')) == (HOSTED, {})
    assert redaction.view_at(MAX, lambda rule: True, str.upper).sees_all


def test_a_caller_who_does_not_see_the_host_gets_a_keyed_host_id():
    visible = {'id': 's1', 'hostId': 'NOVAS'}

    assert hashed(HOSTED, hides('OS-EXT-SRV-ATTR:host')) == (
        visible,
        {'hostId': 1, 'OS-EXT-SRV-ATTR:host': 1},
    )
    assert not redaction.view_at(
        MAX, hides('OS-EXT-SRV-ATTR:host'), str.upper
    ).sees_all


@pytest.mark.parametrize('host_id', ['', None])
def test_no_host_id_stays_none(host_id):
    server = {'id': 's1', 'hostId': host_id}

    assert hashed(server, hides('OS-EXT-SRV-ATTR:host')) == (server, {})


def test_a_host_id_of_another_type_is_keyed_too():
    visible, _ = hashed({'hostId': ['novas']}, hides('OS-EXT-SRV-ATTR:host'))

    assert visible == {'hostId': '["NOVAS"]'}


def test_a_server_without_a_host_id_gets_none():
    server = {'id': 's1'}

    assert hashed(server, hides('OS-EXT-SRV-ATTR:host')) == (server, {})


def test_where_the_rule_of_the_host_depends_the_server_decides():
    def visible(server_id):
        server, _ = hashed(
            {'id': server_id, 'hostId': 'novas'},
            lambda rule: None if rule == HOST_RULE else True,
            lambda rule, server: rule == HOST_RULE and server['id'] == 's1',
        )
        return server['hostId']

    assert (visible('s1'), visible('s2')) == ('novas', 'NOVAS')


@pytest.mark.parametrize('response', [False, None])
def test_the_rule_of_the_host_id_hides_the_keyed_one_too(response):
    def verdict(rule):
        return {
            HOST_RULE: False,
            'update_guard:server:show:hostId': response,
        }.get(rule, True)

    assert hashed(HOSTED, verdict)[0] == {'id': 's1', 'hostId': ''}


def test_rules_are_evaluated_on_the_host_id_of_nova():
    seen = []

    def can(rule, server):
        seen.append(server['hostId'])
        return False

    hashed(HOSTED, lambda rule: None, can)

    assert set(seen) == {'novas'}


def test_without_a_key_host_ids_are_unchanged():
    assert redacted(HOSTED, verdict=hides('OS-EXT-SRV-ATTR:host')) == (
        {'id': 's1', 'hostId': 'novas'},
        {'OS-EXT-SRV-ATTR:host': 1},
    )


def test_redacted_attributes_are_counted_by_server():
    ports = SERVER['addresses'] | {'other': SERVER['addresses']['net'] * 2}
    servers = [
        {'id': 's1', 'addresses': ports, 'name': 'a'},
        {'id': 's2', 'addresses': {}},
        {'id': 's3', 'addresses': ports},
    ]
    view = redaction.view_at(
        MAX, hides('name', 'addresses.OS-EXT-IPS-MAC:mac_addr')
    )
    found = documents.read(json.dumps({'servers': servers}).encode())

    assert view.redact(found.servers, lambda rule, server: False) == {
        'name': 1,
        'addresses.OS-EXT-IPS-MAC:mac_addr': 2,
    }


def test_the_same_value_is_always_redacted_alike():
    view = redaction.view_at(MAX, hides('flavor.extra_specs', 'unlisted'))
    visible = {'flavor': {'ram': 1}}

    for _ in range(3):
        assert redact(view, SERVER | {'id': 1})[0]['flavor'] == {'ram': 1}
        assert redact(view, visible) == (visible, {})


def test_a_view_remembers_a_bounded_number_of_values(monkeypatch):
    monkeypatch.setattr(redaction, '_CACHED', deque())
    monkeypatch.setattr(redaction, '_MAX_CACHED', 4)
    monkeypatch.setattr(redaction, '_MAX_CACHED_BYTES', 60)
    view = redaction.view_at(MAX, hides('flavor.extra_specs', 'unlisted'))

    for n in range(20):
        flavor = {'ram': n, 'extra_specs': {'a': 'b' * n * 4}}
        assert redact(view, {'flavor': flavor})[0] == {'flavor': {'ram': n}}

    assert 0 < len(redaction._CACHED) <= 4
    assert 0 < len(view._nested['flavor']._cached) <= 4


def test_a_value_that_nothing_is_taken_of_is_forgotten_in_its_turn(
    monkeypatch,
):
    monkeypatch.setattr(redaction, '_CACHED', deque())
    monkeypatch.setattr(redaction, '_MAX_CACHED', 4)
    one, other = (redaction.view_at(MAX, hides('unlisted')) for _ in range(2))

    for view in (one, other):
        for n in range(9):
            server = {'flavor': {'ram': n}}
            assert redact(view, server) == (server, {})

    assert len(one._nested['flavor']._cached) == 0
    assert len(other._nested['flavor']._cached) == 4


def test_of_a_value_that_depends_on_the_server_nothing_is_remembered():
    view = redaction.view_at(
        MAX, lambda rule: None if rule.endswith('extra_specs') else True
    )

    def specs(server_id):
        server = {'id': server_id, 'flavor': SERVER['flavor']}
        visible, _ = redact(view, server, lambda _, server: server['id'] == 1)
        return 'extra_specs' in visible['flavor']

    assert [specs(1), specs(2), specs(1)] == [True, False, True]
