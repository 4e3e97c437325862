"""Who may and who may not, under each policy of the cookbook."""

import pytest
import yaml

from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from tests.docs import pages
from tests.standin import SERVER, as_
from tests.updates import put

PAGE = 'policy/cookbook.md'
JOINED = 'Two recipes for one rule'
RECIPES = {
    block.heading.partition('. ')[0]: block for block in pages.blocks(PAGE)
}
FROZEN = 'f5d834d636c642d2b9f14dd32b9b9c3e'
ADMIN = as_('admin', 'member', 'reader', user='root', project='ops')
OWNER = as_('member', 'reader')
COLLEAGUE = as_('member', 'reader', user='u2')
READER = as_('reader')
NETWORK = as_('network')
SUPPORT = as_('support')
PLATFORM = as_('platform', 'member')
IN_FROZEN = as_('member', project=FROZEN)
ADMIN_THERE = as_('admin', 'member', project=FROZEN)
WHOLE = SERVER | {
    'locked': False,
    'metadata': {'protected': 'false'},
    'description': 'old',
    'addresses': {'net': [{'addr': '192.0.2.1', 'version': 4}]},
    'hostId': 'a-hash',
    'OS-EXT-AZ:availability_zone': 'zone-east',
    'OS-EXT-SRV-ATTR:hypervisor_hostname': 'node1',
    'OS-EXT-STS:vm_state': 'active',
    'OS-EXT-STS:task_state': 'rebooting',
    'OS-EXT-STS:power_state': 1,
}
FAILED = {
    'status': 'ERROR',
    'fault': {'code': 400, 'message': 'No host', 'details': 'on node1'},
}
HOST = 'OS-EXT-SRV-ATTR:host'
NODE = 'OS-EXT-SRV-ATTR:hypervisor_hostname'
STATES = [f'OS-EXT-STS:{each}' for each in ('vm_state', 'task_state')]
V4 = {'accessIPv4': '192.0.2.9'}
V6 = {'accessIPv6': '2001:db8::9'}
RENAME = {'name': 'vm2'}
ZONE = {'availability_zone': 'zone-west'}

# By recipe: who, what is sent (a field and its value), what nova shows of the
# server besides, and whether it is allowed.
UPDATES = {
    '1': [
        (ADMIN, V4, {}, True),
        (ADMIN, V6, {}, True),
        (OWNER, V4, {}, False),
        (OWNER, V6, {}, False),
        (OWNER, RENAME, {}, True),
    ],
    '2': [
        (NETWORK, V4, {}, True),
        (NETWORK, V6, {}, True),
        (OWNER, V4, {}, False),
        (ADMIN, V6, {}, False),
        (NETWORK, RENAME, {}, False),
    ],
    '3': [
        (OWNER, RENAME, {}, True),
        (COLLEAGUE, RENAME, {}, False),
        (ADMIN, RENAME, {}, False),
        (COLLEAGUE, V4, {}, True),
    ],
    '4': [
        (OWNER, RENAME, {}, True),
        (OWNER, RENAME, {'locked': True}, False),
        (ADMIN, V6, {'locked': True}, False),
        (OWNER, {'hostname': 'x'}, {'locked': True}, False),
        (OWNER, {'description': 'x'}, {'locked': True}, False),
        (OWNER, {'OS-DCF:diskConfig': 'AUTO'}, {'locked': True}, False),
        (READER, RENAME, {}, False),
    ],
    '5': [
        (OWNER, RENAME, {}, True),
        (OWNER, RENAME, {'metadata': {'protected': 'true'}}, False),
        (OWNER, RENAME, {'metadata': {}}, True),
        (READER, RENAME, {}, False),
    ],
    JOINED: [
        (OWNER, RENAME, {}, True),
        (OWNER, RENAME, {'metadata': {'protected': 'true'}}, False),
        (COLLEAGUE, RENAME, {}, False),
        (READER, RENAME, {}, False),
    ],
    '6': [
        (OWNER, RENAME, {}, True),
        (IN_FROZEN, RENAME, {}, False),
        (IN_FROZEN, {'hostname': 'x'}, {}, False),
        (IN_FROZEN, {'OS-DCF:diskConfig': 'AUTO'}, {}, False),
        (ADMIN_THERE, RENAME, {}, True),
    ],
    '12': [
        (OWNER, RENAME, {}, True),
        (IN_FROZEN, RENAME, {}, False),
        (IN_FROZEN, {'name': 'de-vm2'}, {}, True),
        (IN_FROZEN, {'name': 'de-VM2'}, {}, False),
        (ADMIN_THERE, RENAME, {}, True),
    ],
    '13': [
        (OWNER, RENAME, {}, True),
        (OWNER, {'name': 'infra-1'}, {}, False),
        (ADMIN, {'name': 'infra-1'}, {}, False),
        (PLATFORM, {'name': 'infra-1'}, {}, True),
    ],
    '14': [
        (ADMIN, {'hostname': 'x'}, {}, True),
        (OWNER, {'hostname': 'x'}, {}, False),
        (OWNER, RENAME, {}, True),
    ],
}
CREATES = {
    '1': [(ADMIN, V4, True), (OWNER, V4, False), (OWNER, V6, False)],
    '12': [
        (IN_FROZEN, {'name': 'de-vm2'}, True),
        (IN_FROZEN, {'name': 'web'}, False),
        (OWNER, {'name': 'web'}, True),
    ],
    '13': [
        (OWNER, {'name': 'infra-1'}, False),
        (PLATFORM, {'name': 'infra-1'}, True),
    ],
    '14': [
        (ADMIN, {'hostname': 'x'}, True),
        (OWNER, {'hostname': 'x'}, False),
        (OWNER, {}, True),
    ],
    '15': [(ADMIN, ZONE, True), (OWNER, ZONE, False), (OWNER, {}, True)],
}
ACTIONS = {
    '1': [(OWNER, {'rebuild': {'imageRef': 'i', **V4}}, False)],
    '12': [(IN_FROZEN, {'rebuild': {'imageRef': 'i', 'name': 'x'}}, False)],
    '15': [
        (ADMIN, {'unshelve': ZONE}, True),
        (OWNER, {'unshelve': ZONE}, False),
        (OWNER, {'unshelve': None}, True),
    ],
}
# By recipe: who, what else nova shows, the attribute, and whether it is seen.
SIGHTS = {
    '7': [
        (who, {}, name, seen)
        for name in (HOST, NODE)
        for who, seen in ((ADMIN, True), (SUPPORT, True), (OWNER, False))
    ],
    '8': [
        (who, {}, name, seen)
        for name in ('hostId', 'OS-EXT-AZ:availability_zone', HOST)
        for who, seen in ((ADMIN, True), (OWNER, False))
    ],
    '9': [
        *(
            (who, {}, name, seen)
            for name in (*STATES, 'OS-EXT-STS:power_state')
            for who, seen in ((ADMIN, True), (OWNER, False))
        ),
        (OWNER, {}, 'status', True),
    ],
    '10': [
        (OWNER, {}, 'addresses', True),
        (OWNER, {'status': 'BUILD'}, 'addresses', False),
        (OWNER, {'status': 'BUILD'}, 'name', True),
    ],
    '11': [
        (OWNER, FAILED, 'fault.message', False),
        (OWNER, FAILED, 'fault.details', False),
        (ADMIN, FAILED, 'fault.message', True),
        (ADMIN, FAILED, 'fault.details', True),
        (OWNER, FAILED, 'status', True),
    ],
}
VERSION = {'OpenStack_API_Version': 'compute 2.96'}


def rows(table):
    return [
        pytest.param(recipe, *row, id=f'{recipe}-{number}')
        for recipe, several in table.items()
        for number, row in enumerate(several)
    ]


@pytest.fixture
def under(guarded, nova, tmp_path):
    """Return a function: the guard under a recipe, before a server."""

    def under(recipe, **more):
        nova.respond(
            {'server': WHOLE | more}, OpenStack_API_Version='compute 2.96'
        )
        text = RECIPES[recipe].text
        if 'update_guard:' in text:
            return guarded(text)
        file = tmp_path / 'constraints.yaml'
        file.write_text(text)
        return guarded(constraints_file=str(file))

    return under


def test_there_are_fifteen_and_each_is_tried():
    tried = {*UPDATES, *CREATES, *ACTIONS, *SIGHTS}

    assert [*RECIPES] == [*map(str, range(1, 16)), JOINED]
    assert {*RECIPES} == tried
    assert len(pages.blocks(PAGE)) == 16


def test_the_joined_check_is_that_of_two_recipes():
    name = 'update_guard:server:update:name'
    (third, fifth, joined) = (
        yaml.safe_load(RECIPES[recipe].text)[name]
        for recipe in ('3', '5', JOINED)
    )

    assert joined == f'({third}) and ({fifth})'


@pytest.mark.parametrize('recipe', RECIPES)
def test_each_rule_of_a_recipe_makes_a_difference(recipe, guarded, under):
    """Somebody is refused, and somebody is not."""
    outcomes = {
        row[-1]
        for table in (UPDATES, CREATES, ACTIONS, SIGHTS)
        for row in table.get(recipe, ())
    }

    assert outcomes == {True, False}
    assert yaml.safe_load(RECIPES[recipe].text)


@pytest.mark.parametrize(
    ('recipe', 'who', 'sent', 'server', 'allowed'), rows(UPDATES)
)
def test_who_may_change_it(under, recipe, who, sent, server, allowed):
    response = put(
        under(recipe, **server), {'server': sent}, who, '*', **VERSION
    )

    refusal = 403 if 'update_guard:' in RECIPES[recipe].text else 400
    assert response.status_int == (200 if allowed else refusal)


@pytest.mark.parametrize(('recipe', 'who', 'sent', 'allowed'), rows(CREATES))
def test_who_may_set_it_at_a_create(under, recipe, who, sent, allowed):
    server = {'name': 'web', 'imageRef': 'i', 'flavorRef': 'f'}
    server |= {'networks': 'none', **sent}

    response = put(
        under(recipe),
        {'server': server},
        who,
        '*',
        path='/servers',
        method='POST',
        **VERSION,
    )

    refusal = 403 if 'update_guard:' in RECIPES[recipe].text else 400
    assert response.status_int == (200 if allowed else refusal)


@pytest.mark.parametrize(('recipe', 'who', 'sent', 'allowed'), rows(ACTIONS))
def test_who_may_set_it_by_an_action(under, recipe, who, sent, allowed):
    response = put(
        under(recipe),
        sent,
        who,
        '*',
        path='/servers/s1/action',
        method='POST',
        **VERSION,
    )

    refusal = 403 if 'update_guard:' in RECIPES[recipe].text else 400
    assert response.status_int == (200 if allowed else refusal)


@pytest.mark.parametrize(
    ('recipe', 'who', 'server', 'name', 'seen'), rows(SIGHTS)
)
def test_who_sees_it(under, recipe, who, server, name, seen):
    response = under(recipe, **server).get(
        '/servers/s1',
        headers={'OpenStack-API-Version': 'compute 2.96'},
        extra_environ=who,
    )

    found, whole = response.json['server'], WHOLE | server
    for key in name.split('.'):
        found, whole = found.get(key), whole[key]
    assert (found == whole) is seen


@pytest.mark.parametrize('recipe', ['4', '6'])
def test_what_nobody_changes_has_a_rule_for_each_field(recipe):
    rules = yaml.safe_load(RECIPES[recipe].text)

    assert {row.rule for row in UPDATE_FIELDS} <= rules.keys()
