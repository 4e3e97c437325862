import pytest

from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.policy import defaults
from nova_update_guard.policy.checks import Checks

RULES = {rule.name: rule for rule in defaults.list_rules()}


@pytest.mark.parametrize(
    'row',
    [*UPDATE_FIELDS, *SERVER_ATTRIBUTES],
    ids=lambda r: f'{r.rule}@{r.since}',
)
def test_every_row_has_a_documented_rule(row):
    rule = RULES[row.rule]

    assert row.name in rule.description
    assert rule.operations


def test_no_rule_is_there_twice():
    assert len(RULES) == len(defaults.list_rules())


def test_the_defaults_are_themselves_in_order():
    checks = Checks({})

    assert checks.opaque == set()


def test_members_and_administrators_change_fields_by_default():
    texts = {RULES[row.rule].check_str for row in UPDATE_FIELDS}

    assert texts == {'rule:context_is_admin or role:member'}
