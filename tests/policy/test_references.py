"""Rules that go too far are mistakes; all others can be evaluated."""

import pytest

from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import PolicyError

NAME = 'update_guard:server:update:name'
# As nova's own filters and its server need below the guard.
STACK = 400


def chain(length, text='rule:r%d'):
    """Return rules of which each refers to the next by *text*."""
    rules = {f'r{n}': text % (n + 1) for n in range(length)}
    return {NAME: text % 0, **rules, f'r{length}': 'role:admin'}


def nested(levels):
    return 'not (' * levels + 'role:admin' + ')' * levels


def twice(levels):
    rules = {
        f'r{n}': f'rule:r{n + 1} and rule:r{n + 1}' for n in range(levels)
    }
    return {NAME: 'rule:r0', **rules, f'r{levels}': 'role:admin'}


TWO_LEVELS = 'role:x or (role:admin and rule:r%d)'
FAR = {
    'references': (chain(51), 'refers to more than 50 rules, one after'),
    'brackets': ({NAME: nested(31)}, 'more than 30 brackets within one'),
    'levels': (chain(33, TWO_LEVELS), 'has more than 100 of "and", "or"'),
    'checks': (twice(17), 'has more than 100000 checks'),
}
NOT_TOO_FAR = {
    'references': chain(49),
    'brackets': {NAME: nested(30)},
    'levels': chain(32, TWO_LEVELS),
    'checks': twice(10),
}


@pytest.mark.parametrize('is_reversed', [False, True])
@pytest.mark.parametrize(('texts', 'problem'), FAR.values(), ids=FAR)
def test_a_rule_that_goes_too_far_is_a_mistake(texts, problem, is_reversed):
    """In whatever order the rules are written."""
    items = [*texts.items()]
    with pytest.raises(PolicyError) as caught:
        Checks(dict(items[::-1] if is_reversed else items))

    told = {mistake.rule: mistake.text for mistake in caught.value.mistakes}
    assert problem in told[NAME]


@pytest.mark.parametrize('texts', NOT_TOO_FAR.values(), ids=NOT_TOO_FAR)
def test_a_rule_that_does_not_is_evaluated_on_a_stack_in_use(texts):
    rules = Rules(Checks(texts), 'revision')
    caller = rules.caller({'roles': ['admin'], 'user_id': 'u'})

    assert below(STACK, lambda: caller.authorize(NAME)) is True


def below(levels, work):
    return below(levels - 1, work) if levels else work()


def test_many_rules_that_refer_to_each_other_load_at_once():
    """Their paths are more than could ever be followed."""
    with pytest.raises(PolicyError) as caught:
        Checks(twice(49))

    assert len(caught.value.mistakes) == 34
