import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    Version,
)
from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    UNLISTED,
)
from nova_update_guard.layers import list_query
from nova_update_guard.layers.list_query import (
    ATTRIBUTES_BY_COLUMN,
    ATTRIBUTES_BY_FILTER,
    IGNORED_SORT_KEYS,
    RULES,
    UNRESTRICTED,
)

SHOW = 'update_guard:server:show:'
FIRST, AFTER = list_query.UNKNOWN_DROPPED_IN
TELLING = [key for key, rules in RULES.items() if rules]
LAST = AFTER._replace(minor=AFTER.minor - 1)


def checked(*pairs, version=MAX, verdict=lambda rule: False):
    return list_query.check(pairs, version, verdict)


def all_but(*names):
    hidden = {f'{SHOW}{name}' for name in names}
    return lambda rule: rule not in hidden


@pytest.mark.parametrize('key', TELLING)
@pytest.mark.parametrize('version', [LEGACY_V2, AFTER, MAX])
def test_a_filter_by_a_hidden_attribute_is_refused_and_named(key, version):
    refusal = checked((key, 'x'), version=version)

    assert refusal.status == 400
    assert repr(key) in refusal.message
    assert refusal.reason in RULES[key]


@pytest.mark.parametrize('key', sorted({*TELLING} - IGNORED_SORT_KEYS))
@pytest.mark.parametrize('version', [LEGACY_V2, MIN, MAX])
def test_a_sort_key_by_a_hidden_attribute_is_refused_and_named(key, version):
    refusal = checked(('sort_key', key), version=version)

    assert refusal.status == 400
    assert repr(key) in refusal.message


@pytest.mark.parametrize(
    ('key', 'rule'),
    [(key, rule) for key, rules in RULES.items() for rule in rules],
)
@pytest.mark.parametrize('name', ['{}', 'sort_key'])
def test_one_denying_rule_is_enough(key, rule, name):
    pair = (name.format(key), key)
    refusal = checked(pair, verdict=lambda requested: requested != rule)

    assert bool(refusal) == (name == '{}' or key not in IGNORED_SORT_KEYS)
    assert not checked(pair, verdict=lambda requested: requested in RULES[key])


@pytest.mark.parametrize('key', sorted(UNRESTRICTED))
def test_keys_that_reveal_nothing_need_no_rule(key):
    assert checked((key, 'x')) is None


@pytest.mark.parametrize('name', ['uuid', 'sort_key'])
def test_the_id_of_a_server_needs_no_rule(name):
    assert checked((name, 'uuid')) is None


@pytest.mark.parametrize('key', sorted(IGNORED_SORT_KEYS))
def test_ignored_sort_keys_need_no_rule(key):
    assert checked(('sort_key', key)) is None


@pytest.mark.parametrize('key', TELLING)
def test_a_rule_that_depends_on_the_server_denies(key):
    assert checked((key, 'x'), verdict=lambda rule: None)


def test_a_caller_who_sees_everything_lists_by_everything():
    pairs = [
        *((key, 'x') for key in ATTRIBUTES_BY_FILTER),
        ('sort_key', 'new'),
        ('new', ''),
    ]

    assert checked(*pairs, verdict=lambda rule: True) is None


def test_every_key_of_a_query_counts_the_second_of_a_name_too():
    pairs = [('sort_key', 'created_at'), ('sort_key', 'host')]

    refusal = checked(*pairs, verdict=all_but('OS-EXT-SRV-ATTR:host'))

    assert "'host'" in refusal.message


@pytest.mark.parametrize('text', [' host', 'host ', '\thost\n'])
def test_a_sort_key_counts_without_the_spaces_around_it(text):
    assert checked(('sort_key', text), verdict=all_but('OS-EXT-SRV-ATTR:host'))


@pytest.mark.parametrize('key', sorted(ATTRIBUTES_BY_FILTER.keys() - {'uuid'}))
def test_keys_of_the_schemas_of_nova_are_refused_at_every_version(key):
    assert checked((key, 'x'), version=FIRST)
    assert checked((key, 'x'), version=LAST)


def test_an_unknown_sort_key_is_unlisted():
    assert checked(('sort_key', 'new')).reason == UNLISTED
    assert checked(('sort_key', 'new'), version=MIN).reason == UNLISTED


@pytest.mark.parametrize('key', ATTRIBUTES_BY_COLUMN)
def test_a_column_is_allowed_where_nova_drops_it_from_the_query(key):
    assert checked((key, 'x'), version=FIRST) is None
    assert checked((key, 'x'), version=LAST) is None


@pytest.mark.parametrize(
    ('version', 'is_refused'),
    [(LEGACY_V2, True), (FIRST, False), (LAST, False), (AFTER, True)],
)
def test_an_unknown_filter_is_unlisted_where_nova_could_take_it(
    version, is_refused
):
    refusal = checked(('new', 'x'), version=version)

    assert (refusal and refusal.reason) == (UNLISTED if is_refused else None)


def test_the_tables_name_a_key_once():
    assert len(
        {*ATTRIBUTES_BY_FILTER, *ATTRIBUTES_BY_COLUMN, *UNRESTRICTED}
    ) == sum(
        map(len, (ATTRIBUTES_BY_FILTER, ATTRIBUTES_BY_COLUMN, UNRESTRICTED))
    )


def test_an_attribute_counts_as_it_does_at_the_newest_version():
    rules = {rule for rules in RULES.values() for rule in rules}

    assert rules <= {
        row.rule for row in SERVER_ATTRIBUTES if not row.until
    } | {UNLISTED}


RULE = st.sampled_from(
    sorted({row.rule for row in SERVER_ATTRIBUTES} | {UNLISTED})
)
KEY = st.sampled_from([*RULES, *UNRESTRICTED, 'new', 'sort_key'])


@given(
    pairs=st.lists(st.tuples(KEY, KEY), max_size=4),
    visible=st.dictionaries(RULE, st.sampled_from([True, None])),
    minor=st.integers(0, MAX.minor),
)
def test_an_allowed_query_reveals_only_visible_attributes(
    pairs, visible, minor
):
    version = Version(2, minor)
    refusal = checked(*pairs, version=version, verdict=visible.get)

    for name, value in pairs:
        key = value if name == 'sort_key' else name
        for attribute in {**ATTRIBUTES_BY_FILTER, **ATTRIBUTES_BY_COLUMN}.get(
            key, ()
        ):
            rule = f'{SHOW}{attribute}' if attribute else UNLISTED
            ignored = (
                key in IGNORED_SORT_KEYS
                if name == 'sort_key'
                else key in ATTRIBUTES_BY_COLUMN and FIRST <= version < AFTER
            )
            assert refusal or ignored or visible.get(rule)
    if not pairs:
        assert refusal is None
