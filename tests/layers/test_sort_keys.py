"""Sort keys that reveal hidden values, and queries without them."""

from urllib.parse import unquote

import pytest
import webob
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    Version,
)
from nova_update_guard.compute_api.server_attributes import UNLISTED
from nova_update_guard.layers import list_query, sort_keys
from nova_update_guard.layers.list_query import RULES
from nova_update_guard.layers.sort_keys import IGNORED, SORT_KEYS

SHOW = 'update_guard:server:show:'
HOST = f'{SHOW}OS-EXT-SRV-ATTR:host'
NEWER = MAX._replace(minor=MAX.minor + 1)
ANY_KEY = [LEGACY_V2, NEWER, None]
FREE = {'created_at', 'uuid'}


def pairs(query):
    """Return the pairs of a query as nova reads them."""
    return [*webob.Request({'QUERY_STRING': query}).GET.items()]


def taken(query, version=MAX, verdict=lambda rule: False):
    return sort_keys.hidden(pairs(query), version, verdict)


def left(query, *hidden, version=MAX):
    """Return the *query* that nova gets if keys of *hidden* tell too much."""
    rules = {rule for key in hidden for rule in RULES.get(key, (UNLISTED,))}
    found = taken(query, version, lambda rule: rule not in rules)
    return sort_keys.without(query, found)


@pytest.mark.parametrize('version', [*ANY_KEY, MIN, MAX])
@pytest.mark.parametrize('key', sorted(SORT_KEYS - FREE))
def test_a_key_of_a_hidden_attribute_is_taken_out_with_its_rule(key, version):
    (found,) = taken(f'limit=1&sort_key={key}', version)

    assert (found.key, found.pairs) == (key, (1,))
    assert found.rule in RULES[key]


@pytest.mark.parametrize('version', [*ANY_KEY, MIN, MAX])
@pytest.mark.parametrize('key', sorted(IGNORED | FREE))
def test_a_key_that_tells_nothing_is_left_in(key, version):
    assert taken(f'sort_key={key}', version) == []


@pytest.mark.parametrize(
    ('key', 'rule'),
    [(key, rule) for key in SORT_KEYS - FREE for rule in RULES[key]],
)
def test_one_denying_rule_is_enough(key, rule):
    (found,) = taken(f'sort_key={key}', verdict=lambda asked: asked != rule)

    assert found.rule == rule
    assert not taken(f'sort_key={key}', verdict=RULES[key].__contains__)


def test_a_rule_that_depends_on_the_server_denies():
    assert taken('sort_key=host', verdict=lambda rule: None)


@pytest.mark.parametrize('key', ['new', '', 'name', 'Host', 'ip', 'vcpus2'])
def test_a_key_that_nova_refuses_is_left_to_nova(key):
    for version in (MIN, Version(2, 75), MAX):
        assert taken(f'sort_key={key}', version) == []
    for version in ANY_KEY:
        assert taken(f'sort_key={key}', version)


@pytest.mark.parametrize('version', [*ANY_KEY, MIN, MAX])
def test_a_declared_attribute_has_its_rule(version):
    key_rules = list_query.rules(['vendors'])
    given = (pairs('sort_key=vendors'), version)
    (found,) = sort_keys.hidden(*given, lambda rule: False, key_rules)

    assert found.rule == f'{SHOW}vendors'
    assert not sort_keys.hidden(*given, lambda rule: True, key_rules)


@pytest.mark.parametrize(
    ('query', 'expected'),
    [
        ('sort_key=host', ''),
        ('sort_key=host&sort_dir=asc', ''),
        ('sort_dir=asc&sort_key=host', ''),
        ('limit=1&sort_key=host;marker=a', 'limit=1;marker=a'),
        ('sort_key=host;limit=1&marker=a', 'limit=1&marker=a'),
        ('a=%41&&sort_key=host&;b=+', 'a=%41&&;b=+'),
        ('&sort_key=host&a', '&a'),
        (';;sort_key=host;', ';;'),
        ('sort_key=host&sort_key=uuid&sort_dir=asc', 'sort_key=uuid'),
        (
            'sort_dir=asc&sort_dir=desc&sort_key=host&sort_key=uuid',
            'sort_dir=desc&sort_key=uuid',
        ),
        (
            'sort_key=uuid&sort_key=host&sort_key=vm_state&sort_dir=a'
            '&sort_dir=b&sort_dir=c',
            'sort_key=uuid&sort_key=vm_state&sort_dir=a&sort_dir=c',
        ),
        # A direction too many stays, for nova to refuse.
        ('sort_key=host&sort_dir=a&sort_dir=b', 'sort_dir=b'),
        ('sort_key=host&sort_key=host&sort_dir=asc', ''),
        ('sort_%6bey=+h%6fst%a&x=%C3%BC', 'x=%C3%BC'),
        ('sort_key=node&sort_key==host', 'sort_key=node&sort_key==host'),
    ],
)
def test_all_else_stays_byte_for_byte(query, expected):
    assert left(query, 'host') == expected


PIECE = st.sampled_from(
    [
        *('sort_key', 'sort_dir', 's%6Frt_key', 'host', 'uuid', 'asc', 'x'),
        *('=', '=', '&', '&', ';', '+', '%20', '%68ost', '%', '%3D', '%26'),
    ]
)


def is_utf_8(query):
    """Say whether nova can read *query*: another gets 400 before."""
    try:
        unquote(query, errors='strict')
    except UnicodeDecodeError:
        return False
    return True


QUERY = st.lists(PIECE, max_size=14).map(''.join) | st.text(
    st.characters(max_codepoint=127), max_size=12
).filter(is_utf_8)


def as_nova(query, ignored):
    """Return keys and directions as nova has them without those *ignored*.

    As ``remove_invalid_sort_keys`` of nova does.
    """
    keys = [value.strip() for name, value in query if name == 'sort_key']
    dirs = [value for name, value in query if name == 'sort_dir']
    for key in [*keys]:
        if key in ignored:
            place = keys.index(key)
            if len(dirs) > place:
                dirs.pop(place)
            keys.pop(place)
    return keys, dirs


@given(QUERY, st.sampled_from([LEGACY_V2, MIN, MAX]))
def test_nova_gets_the_query_without_the_keys_and_their_directions(
    query, version
):
    was = pairs(query)
    verdict = {HOST: False}.get
    found = taken(query, version, lambda rule: verdict(rule, True))
    now = pairs(sort_keys.without(query, found))
    gone = {position for each in found for position in each.pairs}

    assert now == [
        pair for number, pair in enumerate(was) if number not in gone
    ]
    names = [was[number][0] for number in gone]
    assert {*names} <= {'sort_key', 'sort_dir'}
    assert as_nova(now, ()) == as_nova(was, {'host'})
    assert (names == []) == (sort_keys.without(query, found) == query)


@given(QUERY)
def test_a_query_is_cut_at_separators_only(query):
    """What is left is the segments of before, in their order."""
    found = taken(query, LEGACY_V2)
    left = sort_keys.without(query, found)
    segments = iter(query.replace(';', '&').split('&'))

    for segment in left.replace(';', '&').split('&'):
        assert not segment or segment in segments
    assert not [
        value
        for name, value in pairs(left)
        if name == 'sort_key' and value.strip() not in IGNORED | FREE
    ]
