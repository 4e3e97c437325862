import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.patterns import PatternError, compiled

# Python goes back over all of these, some for longer than anybody lives.
EVIL = [
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '(a+a+)+b',
    '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$',
    '^(.*a){9}P',
    '(a|b)*a(a|b){200}$',
    r'^(\s*a\s*)*b',
]
SPACES = [*'\t\n\x0b\x0c\r\x1c\x1f \x85\xa0\u1680\u2003\u2028\u2029\u202f']
SPACES += ['\u205f', '\u3000', '\ufeff']

# Stands for the very end, which Python spells otherwise.
END = '\0'
ATOMS = st.sampled_from(
    [
        *(*'ab-0_', 'é', r'\.', r'\-', '[a-c]', '[^a]', '[]b]', '.', '[$]'),
        *(r'\s', r'\S', r'[\s0]', r'[^\s-]', r'\\', r'\$'),
        *(r'\u00e9', r'[\u0061-c]'),
    ]
)
PATTERNS = st.recursive(
    ATOMS | st.sampled_from(['^', END]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(''.join),
        st.tuples(inner, inner).map('(?:{0[0]}|{0[1]})'.format),
        st.tuples(inner, st.sampled_from(['*', '+', '?', '{1,3}'])).map(
            lambda pair: f'({pair[0]}){pair[1]}'
        ),
    ),
    max_leaves=6,
)
TEXTS = st.text(
    st.sampled_from([*'aabbc-0_.é$\\]', ' ', '\n', '\xa0', '\u2028', 'ä']),
    max_size=8,
)


@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=8))
def test_a_pattern_matches_as_in_python(pattern, texts):
    found = compiled(pattern.replace(END, '$'))
    python = re.compile(pattern.replace(END, r'\Z'))

    for text in texts:
        assert found(text) == bool(python.search(text)), text


def test_no_pattern_backtracks():
    # In a process of its own: one that does would not end.
    code = (
        'import sys\n'
        'from nova_update_guard.compute_api.patterns import compiled\n'
        'for pattern in sys.argv[1:]:\n'
        "    assert not compiled(pattern)('a' * 102400 + '!')\n"
    )

    subprocess.run([sys.executable, '-c', code, *EVIL], check=True, timeout=60)


@pytest.mark.parametrize('space', SPACES, ids=ascii)
def test_every_space_is_one(space):
    assert compiled(r'^\s$')(space)
    assert compiled(r'^[a\s]$')(space)
    assert not compiled(r'\S')(space)
    assert not compiled(r'[^a\s]')(space)


def test_digits_and_letters_are_ascii_as_in_json_schema():
    assert not compiled(r'\d')('\u0661')
    assert not compiled(r'\w')('é')
    assert compiled(r'^\p{L}\p{Nd}$')('é\u0661')


def test_a_backslash_before_a_letter_that_is_none_of_ours_stays():
    assert compiled(r'^\\s$')(r'\s')
    assert compiled(r'^[\\s]+$')('s\\')
    assert compiled(r'^\Q\s\E$')(r'\s')
    assert compiled(r'^[[:alpha:]\s]+$')('a\xa0')
    assert not compiled(r'^[[:alpha:]\s]+$')(':')


def test_half_a_surrogate_pair_is_a_character_that_is_not_printable():
    for half in map(chr, range(0xD800, 0xE000)):
        assert compiled('^.$')(half)
        assert compiled('^[^a]admin$')(f'{half}admin')
        assert not compiled('[ -\ufffd]')(half)


@pytest.mark.parametrize(
    ('pattern', 'words'),
    [
        ('^(?!admin)', r'looks ahead; .* as {not: {pattern'),
        ('(?<!a)b', r'looks behind; .* as {not: {pattern'),
        ('(?=.*a)(?=.*b)', r'looks ahead; .* patterns as {allOf'),
        ('(?<=a)b', r'looks behind; .* patterns as {allOf'),
        (r'^a\Z', r'write \$, which matches only at the very end'),
        (r'^(a|b)\1$', r'refers back to a group; .* {enum'),
        (r'[\S]', 'write it outside'),
        ('(?P=a)', r'not valid in RE2: .*\(\?P'),
        ('(', 'not valid in RE2: missing'),
        ('a{1001}', r'not valid in RE2: .*\{1001\}'),
        ('\ud800', 'half of a surrogate pair'),
    ],
)
def test_a_pattern_that_needs_more_than_linear_time_is_refused(
    pattern, words, capfd
):
    with pytest.raises(PatternError, match=words):
        compiled(pattern)

    assert capfd.readouterr() == ('', '')
