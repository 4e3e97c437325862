"""Rules that go too far are mistakes; all others can be evaluated."""

import pytest

from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.mistakes import PolicyError

NAME = 'update_guard:server:update:name'
# As nova's own filters and its server need below the guard.
STACK = 400
REFERENCES = 'refers to more than 50 rules, one after another'
LEVELS = 'has more than 100 of "and", "or", "not" and "rule:" within one'
CHECKS = 'has more than 100000 checks'


def chain(length, text='rule:{}'):
    """Return rules of which each refers to the next by *text*."""
    rules = {f'r{n}': text.format(f'r{n + 1}') for n in range(length)}
    return {NAME: text.format('r0'), **rules, f'r{length}': 'role:admin'}


def nested(levels, text='role:admin'):
    return 'not (' * levels + text + ')' * levels


TWO_LEVELS = 'role:x or (role:admin and rule:{})'
TWICE = 'rule:{0} and rule:{0}'
FAR = {
    'references': (chain(50), REFERENCES),
    'many references': (chain(3000), REFERENCES),
    'nots': ({NAME: 'not ' * 100 + 'role:admin'}, LEVELS),
    'many nots': ({NAME: 'not ' * 30_000 + 'role:admin'}, LEVELS),
    'brackets': ({NAME: nested(100)}, LEVELS),
    'many brackets': ({NAME: nested(30_000)}, LEVELS),
    'levels': (chain(33, TWO_LEVELS), LEVELS),
    'many levels': (chain(49, nested(90, 'rule:{}')), LEVELS),
    'checks': (chain(16, TWICE), CHECKS),
    'many checks': (chain(48, TWICE), CHECKS),
}
NOT_TOO_FAR = {
    'references': chain(49),
    'nots': {NAME: 'not ' * 98 + 'role:admin'},
    'brackets': {NAME: nested(98)},
    'levels': chain(32, TWO_LEVELS),
    'checks': chain(10, TWICE),
    # oslo.policy takes no bracket that is within a word for one.
    'brackets in constants': {
        NAME: ' or '.join(
            [f"'a({n}':%(server.name)s" for n in range(200)] + ['role:admin']
        )
    },
    'ids': {
        NAME: ' or '.join([f'user_id:u{n}' for n in range(90_000)] + ['@'])
    },
}


@pytest.mark.parametrize('is_reversed', [False, True])
@pytest.mark.parametrize(('texts', 'problem'), FAR.values(), ids=FAR)
def test_a_rule_that_goes_too_far_is_one_mistake(texts, problem, is_reversed):
    """In whatever order the rules are written, and not told for all above."""
    items = [*texts.items()]
    with pytest.raises(PolicyError) as caught:
        Checks(dict(items[::-1] if is_reversed else items))

    (mistake,) = caught.value.mistakes
    assert problem in mistake.text
    assert len(mistake.text) < 300


@pytest.mark.parametrize('texts', NOT_TOO_FAR.values(), ids=NOT_TOO_FAR)
def test_a_rule_that_does_not_is_evaluated_on_a_stack_in_use(texts):
    rules = Rules(Checks(texts), 'revision')
    caller = rules.caller({'roles': ['admin'], 'user_id': 'u'})

    assert below(STACK, lambda: caller.authorize(NAME)) is True


def below(levels, work):
    return below(levels - 1, work) if levels else work()


def test_each_circle_is_one_mistake():
    texts = {
        NAME: 'rule:a or rule:c',
        'a': 'rule:b',
        'b': 'rule:a',
        'c': 'rule:d',
        'd': 'rule:d or rule:a',
    }
    with pytest.raises(PolicyError) as caught:
        Checks(texts)

    assert {mistake.text for mistake in caught.value.mistakes} == {
        'refers to itself: a -> b',
        'refers to itself: d',
    }
