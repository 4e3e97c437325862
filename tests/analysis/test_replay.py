"""Recorded requests, decided by another policy."""

import pytest

from nova_update_guard.analysis.replay import Replay
from nova_update_guard.analysis.replay_words import KINDS
from nova_update_guard.conf import guard
from nova_update_guard.layers import constraints
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.report.findings import read
from tests.decisions import allowed, further, line, record, redacted

UPDATE = 'update_guard:server:update:'
SHOW = 'update_guard:server:show:'
NAME = f'{UPDATE}name'
HOST = f'{SHOW}OS-EXT-SRV-ATTR:host'
KERNEL = f'{SHOW}OS-EXT-SRV-ATTR:kernel_id'
OWN = 'project_id:%(project_id)s'
OLD = '0a1b2c3d4e5f'
ENFORCED = {'mode': 'enforce'}
HELD = {
    'name': [
        {'schema': {'maxLength': 9}, 'message': 'long', 'unless': 'role:admin'}
    ]
}


def rules(texts, held=None):
    found = constraints.parse(held)
    exempt = {each.rule: each.unless for each in found}
    return Rules(Checks({**exempt, **texts}), OLD, found)


def replayed(document, new, old=None, held=None, **options):
    """Return what is otherwise: kind, field, and what it depends on."""
    options = {'one_parameter': 'enforce', **options}
    settings = guard.load(options, LAYERS)
    replay = Replay(rules(old or {}, held), rules(new, held), settings)
    return [
        (KINDS[found.kind], found.field, found.depends_on)
        for found in replay(read(line(document)))
    ]


NARROW = {NAME: 'role:admin'}
WIDE = {NAME: 'role:member'}


@pytest.mark.parametrize(
    ('document', 'new', 'found'),
    [
        (allowed(), {}, []),
        (allowed(), WIDE, []),
        (allowed(), NARROW, [('would be refused', 'name', None)]),
        (
            allowed(),
            {NAME: OWN},
            [('cannot be told', 'name', 'project_id')],
        ),
        (
            allowed(),
            {NAME: 'system_scope:all or http://u:p@h/x'},
            [('cannot be told', 'name', 'system_scope, http://h')],
        ),
        (record(), NARROW, []),
        (record(**ENFORCED), NARROW, []),
        (record(**ENFORCED), WIDE, [('would be allowed', 'name', None)]),
        (record(), WIDE, [('would be allowed', 'name', None)]),
        # Layers before the policy.
        (
            record(**ENFORCED, layer='one_parameter', rule='2 parameters'),
            WIDE,
            [],
        ),
        (record(**ENFORCED, layer='field_validation', rule='name'), WIDE, []),
        (record(**ENFORCED, layer=None, rule='unreadable body'), WIDE, []),
        (
            record(**ENFORCED, rule='nova refused to show the server'),
            WIDE,
            [('cannot be told', 'name', 'the server')],
        ),
        (record(**ENFORCED, rule='no rule', fields=['(unknown)']), WIDE, []),
        # A caller that was not verified.
        (
            record(**ENFORCED, layer=None, user_id=None, roles=[]),
            {NAME: '@'},
            [],
        ),
    ],
)
def test_an_update_is_decided_again(document, new, found):
    assert replayed(document, new) == found


def test_an_audited_refusal_by_another_layer_can_become_a_real_one():
    document = record(layer='one_parameter', rule='2 parameters')

    assert replayed(document, NARROW, one_parameter='audit') == [
        ('would be refused', 'name', None)
    ]
    assert replayed(document, WIDE, one_parameter='audit') == []


def test_the_other_fields_of_a_refused_request_are_not_known():
    new = {**WIDE, f'{UPDATE}hostname': 'role:admin'}
    unsure = [('cannot be told', None, 'the other fields')]

    assert replayed(record(), new) == [('would be allowed', 'name', None)]
    assert replayed(record(), new, one_parameter='off') == unsure
    assert replayed(record(), new, allowed_field_sets='name+hostname') == (
        unsure
    )
    assert replayed(record(), WIDE, one_parameter='off') == [
        ('would be allowed', 'name', None)
    ]


def test_a_rule_that_stays_has_the_result_of_that_time():
    same = {NAME: OWN}
    unsure = [('cannot be told', 'name', 'project_id')]

    assert replayed(allowed(), same, same) == []
    assert replayed(record(**ENFORCED), same, same) == []
    assert replayed(allowed(revision='other'), same, same) == unsure


def test_a_constraint_depends_on_the_value():
    refused = record(
        **ENFORCED,
        layer='field_validation',
        rule='update_guard_constraint:name:1',
    )
    now = {'update_guard_constraint:name:1': 'role:member'}

    assert replayed(record(**ENFORCED), WIDE, held=HELD) == [
        ('cannot be told', 'name', 'the value')
    ]
    # It has passed the constraint, which held for the caller.
    assert replayed(allowed(), {}, held=HELD) == []
    assert replayed(allowed(revision=None), {}, held=HELD) == [
        ('cannot be told', 'name', 'the value')
    ]
    assert replayed(refused, {}, held=HELD) == []
    assert replayed(refused, now, held=HELD) == [
        ('would be allowed', 'name', None)
    ]


@pytest.mark.parametrize(
    'roles', [['m?mber'], ['a'] * 20, ['a' * 200], None], ids=str
)
def test_roles_that_are_cut_or_mangled_are_not_known(roles):
    document = allowed(roles=roles)

    assert replayed(document, {NAME: 'role:member'}) == [
        ('cannot be told', 'name', 'roles')
    ]


def test_a_role_in_a_cut_list_is_known():
    document = allowed(roles=['member', *['a'] * 19])

    assert replayed(document, {NAME: 'role:Member'}) == []


def test_an_attribute_that_was_taken_out_is_shown():
    document = redacted('OS-EXT-SRV-ATTR:host', 'OS-EXT-SRV-ATTR:kernel_id')
    new = {HOST: 'role:member', KERNEL: OWN}

    assert replayed(document, new) == [
        ('would be shown', 'OS-EXT-SRV-ATTR:host', None),
        ('cannot be told', 'OS-EXT-SRV-ATTR:kernel_id', 'project_id'),
    ]
    assert replayed(document, {}) == []
    assert replayed(document, new, new) == []


def test_an_attribute_that_is_hidden_depends_on_the_response():
    show = {'operation': 'read', 'fields': []}
    new = {f'{SHOW}locked': 'role:admin'}

    assert replayed(allowed(**show), new) == [
        ('cannot be told', 'locked', 'the response')
    ]
    assert replayed(allowed(**show, server_id=None), new) == [
        ('cannot be told', 'locked', 'the query, the response')
    ]
    assert replayed(allowed(**show, revision='other'), new) == [
        ('cannot be told', None, 'the policy of that time')
    ]
    # What was hidden, and was not taken out, was not there.
    assert replayed(allowed(**show), {HOST: OWN}) == []


def test_nested_attributes_are_shown_with_their_parent():
    document = redacted('fault.details', 'flavor.new')
    new = {f'{SHOW}fault.details': '@', f'{SHOW}unlisted': '@'}

    assert replayed(document, new) == [
        ('would be shown', 'fault.details', None),
        ('would be shown', 'flavor.new', None),
    ]
    hidden = {**new, f'{SHOW}fault': '!'}
    assert ('would be shown', 'fault.details', None) not in replayed(
        document, hidden
    )


def test_a_sort_key_that_was_taken_out_is_left_in():
    document = redacted(redacted={}, fields=['host'], rule=HOST)

    assert replayed(document, {}) == []
    # Before nova has any server, it counts as denied.
    assert replayed(document, {HOST: "'ACTIVE':%(server.status)s"}) == []
    shown = [('would be shown', 'host', None)]
    assert replayed(document, {HOST: 'role:member'}) == shown
    assert replayed(document, {HOST: OWN}) == []
    other = {HOST: 'system_scope:all'}
    assert replayed(document, other) == [
        ('cannot be told', 'host', 'system_scope')
    ]
    # As it is of the same policy, it is as it was.
    assert replayed(document, other, other) == []


def test_each_sort_key_has_its_own_rules():
    key = further(
        verdict='redact',
        layer='response_redaction',
        fields=['hostname'],
        rule=f'{SHOW}OS-EXT-SRV-ATTR:hostname',
    )
    document = redacted('OS-EXT-SRV-ATTR:host', also=[key], microversion='2.1')
    new = {
        f'{SHOW}OS-EXT-SRV-ATTR:hostname': '@',
        # For documents at this version.
        f'{SHOW}OS-EXT-SRV-ATTR:hostname:before-2.90': '!',
    }

    old = {f'{SHOW}OS-EXT-SRV-ATTR:hostname': '!'}
    assert replayed(document, new, old) == [
        ('would be shown', 'hostname', None)
    ]


def test_an_older_guard_refused_sort_keys():
    document = record(
        **ENFORCED,
        layer='response_redaction',
        rule=f'{SHOW}updated',
        fields=['updated_at'],
        operation='read',
        server_id=None,
    )
    everything = {rule: '@' for rule in Checks({}).texts if SHOW in rule}

    assert replayed(document, {f'{SHOW}updated': '!'}) == []
    assert replayed(document, everything) == [
        ('would be allowed', 'updated_at', None)
    ]


def test_a_refused_list_is_allowed_if_all_keys_are():
    document = record(
        **ENFORCED,
        layer='response_redaction',
        rule=HOST,
        fields=['host'],
        operation='read',
        server_id=None,
    )

    assert replayed(document, {HOST: '!'}) == []
    # Before nova has any server, it counts as denied.
    assert replayed(document, {HOST: OWN}) == []
    assert replayed(document, {HOST: '@'}) == [
        ('cannot be told', None, 'the other keys of the query')
    ]
    everything = {rule: '@' for rule in Checks({}).texts if SHOW in rule}
    assert replayed(document, everything) == [
        ('would be allowed', 'host', None)
    ]


def test_with_changed_fields_only_other_visibility_is_doubt():
    new = {f'{SHOW}name': 'role:admin'}
    changed = {'counted_fields': 'changed'}

    assert replayed(allowed(), NARROW, **changed) == [
        ('would be refused', 'name', None)
    ]
    assert replayed(allowed(), new, **changed) == [
        ('cannot be told', 'name', 'the server')
    ]


def test_a_layer_that_is_off_decides_nothing():
    assert replayed(allowed(), NARROW, field_policy='off') == []
    assert (
        replayed(
            redacted('OS-EXT-SRV-ATTR:host'),
            {HOST: '@'},
            response_redaction='off',
        )
        == []
    )


def test_further_findings_count():
    document = record(
        **ENFORCED,
        layer='one_parameter',
        rule='2 parameters',
        also=[further(layer='field_policy', rule=NAME)],
    )

    assert replayed(document, WIDE) == []
