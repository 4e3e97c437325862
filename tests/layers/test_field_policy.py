import pytest

from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.update_fields import (
    UPDATE_FIELDS,
    fields_at,
)
from nova_update_guard.layers import field_policy

NAMES = sorted({row.name for row in UPDATE_FIELDS})


@pytest.mark.parametrize('name', NAMES)
def test_who_may_not_is_refused_by_a_message_that_names_the_rule(name):
    (refusal,) = field_policy.judge([name], fields_at(MAX), lambda rule: False)

    assert refusal.status == 403
    assert f'update_guard:server:update:{name} ' in refusal.message


@pytest.mark.parametrize('name', NAMES)
def test_only_the_rule_of_the_parameter_is_asked(name):
    rule = f'update_guard:server:update:{name}'

    assert [*field_policy.judge([name], fields_at(MAX), rule.__eq__)] == []


def test_what_has_no_rule_is_nobodys_to_change():
    (refusal,) = field_policy.judge(['x'], fields_at(MAX), lambda rule: True)

    assert refusal.status == 403


def test_each_of_several_that_is_not_allowed_is_named():
    names = ['name', 'description', 'x', 'hostname']
    allowed = fields_at(MAX)['description'].rule

    refusals = field_policy.judge(names, fields_at(MAX), allowed.__eq__)

    assert [refusal.fields for refusal in refusals] == [
        ('name',),
        ('x',),
        ('hostname',),
    ]


def test_of_thousands_without_a_rule_one_is_refused():
    names = ['x', 'name', *map(str, range(10_000)), 'hostname']

    refusals = field_policy.judge(names, fields_at(MAX), lambda rule: False)

    assert [refusal.fields for refusal in refusals] == [
        ('x',),
        ('name',),
        ('hostname',),
    ]


def test_rules_are_asked_only_as_long_as_somebody_wants_to_know():
    asked = []
    refusals = field_policy.judge(
        ['name', 'hostname'], fields_at(MAX), asked.append
    )

    next(refusals)

    assert len(asked) == 1
