import pytest

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import (
    UPDATE_FIELDS,
    fields_at,
)
from nova_update_guard.layers import field_policy

NAMES = sorted({row.name for row in UPDATE_FIELDS})


@pytest.mark.parametrize('name', NAMES)
def test_a_denied_field_is_refused_by_a_message_that_names_the_rule(name):
    (refusal,) = field_policy.check([name], fields_at(MAX), lambda rule: False)

    assert refusal.status == 403
    assert f'update_guard:server:update:{name} ' in refusal.message


@pytest.mark.parametrize('name', NAMES)
def test_only_the_rule_of_the_field_is_evaluated(name):
    rule = f'update_guard:server:update:{name}'

    assert [*field_policy.check([name], fields_at(MAX), rule.__eq__)] == []


def test_a_field_without_a_rule_is_refused():
    (refusal,) = field_policy.check(['x'], fields_at(MAX), lambda rule: True)

    assert refusal.status == 403


def test_each_of_several_that_is_not_allowed_is_named():
    names = ['name', 'description', 'x', 'hostname']
    allowed = fields_at(MAX)['description'].rule

    refusals = field_policy.check(names, fields_at(MAX), allowed.__eq__)

    assert [refusal.fields for refusal in refusals] == [
        ('name',),
        ('x',),
        ('hostname',),
    ]


def test_of_thousands_without_a_rule_one_is_refused():
    names = ['x', 'name', *map(str, range(10_000)), 'hostname']

    refusals = field_policy.check(names, fields_at(MAX), lambda rule: False)

    assert [refusal.fields for refusal in refusals] == [
        ('x',),
        ('name',),
        ('hostname',),
    ]


def test_rules_are_evaluated_only_as_far_as_violations_are_read():
    requested = []
    refusals = field_policy.check(
        ['name', 'hostname'], fields_at(MAX), requested.append
    )

    next(refusals)

    assert len(requested) == 1
