"""What is wrong with a rule that is not in the policy language, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.policy import parsing, rule_hints

MISTAKES = {
    'role:a or': "a check is missing after 'or' (word 2)",
    'or role:a': "a check is missing before 'or' (word 1)",
    'role:a AND or role:b': "a check is missing before 'or' (word 3)",
    'role:a and ()': "a check is missing before '()' (word 3)",
    'not': "a check is missing after 'not' (word 1)",
    'role:a role:b': (
        '"and" or "or" is missing between \'role:a\' (word 1) and '
        "'role:b' (word 2)"
    ),
    'role:a not role:b': (
        '"and" or "or" is missing between \'role:a\' (word 1) and '
        "'not' (word 2)"
    ),
    '(role:a) (role:b)': (
        '"and" or "or" is missing between \'(role:a)\' (word 1) and '
        "'(role:b)' (word 2)"
    ),
    'role:a or member': (
        "'member' (word 3) is no check: write KIND:VALUE, such as role:member"
    ),
    'role:a or (role:b': "there is no ) for the ( of '(role:b' (word 3)",
    'role:a) or role:b': "there is no ( for the ) of 'role:a)' (word 1)",
    'role:a || role:b': "write or in place of '||' (word 2)",
    'role:a && role:b': "write and in place of '&&' (word 2)",
    'user_id:%(user_id)': (
        "an s is missing after the ) of 'user_id:%(user_id)' (word 1)"
    ),
    'not(role:a)': (
        "write a space before ( and after ), unlike in 'not(role:a)'"
    ),
    '(role:a)or role:b': (
        "write a space before ( and after ), unlike in '(role:a)or'"
    ),
    '! )': "there is no ( for the ) of ')' (word 2)",
    '((role:a) or role:b': "there is no ) for the ( of '((role:a)' (word 1)",
}


@pytest.mark.parametrize(('text', 'said'), MISTAKES.items())
def test_a_mistake_is_told_with_its_word(text, said):
    with pytest.raises(ValueError, match='policy language') as caught:
        parsing.parsed(text)

    assert str(caught.value) == (
        f'{text!r} is not valid in the policy language: {said}'
    )


CHECKS = st.sampled_from(
    ['role:a', 'rule:b', "'x':%(user_id)s", 'user_id:%(user_id)s', '@', '!']
)
RULES = st.recursive(
    CHECKS,
    lambda inner: (
        st.builds('({})'.format, inner)
        | st.builds('( {} )'.format, inner)
        | st.builds('not {}'.format, CHECKS)
        | st.builds('({} and {})'.format, inner, inner)
        | st.builds('({} OR {})'.format, inner, inner)
    ),
    max_leaves=6,
)


@given(RULES)
def test_nothing_is_wrong_with_a_rule_that_is_valid(text):
    parsing.parsed(text)

    assert rule_hints.hint(text) == ''


@given(RULES, st.data())
def test_something_is_wrong_with_each_rule_that_is_not(text, data):
    # Each parenthesis, also one inside a check, is a word of its own.
    words = text.replace('(', ' ( ').replace(')', ' ) ').split()
    place = data.draw(st.integers(0, len(words) - 1))
    kept = data.draw(st.sampled_from([0, 2]))
    broken = ' '.join([*words[:place], *words[place : place + 1] * kept])
    broken += ' ' + ' '.join(words[place + 1 :])
    try:
        parsing.parsed(broken)
    except ValueError:
        is_valid = False
    else:
        is_valid = True

    assert bool(rule_hints.hint(broken)) is not is_valid or not broken.strip()
