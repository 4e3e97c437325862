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


def judged(*pairs, version=MAX, verdict=lambda rule: False):
    return list_query.judge(pairs, version, verdict)


def all_but(*names):
    hidden = {f'{SHOW}{name}' for name in names}
    return lambda rule: rule not in hidden


@pytest.mark.parametrize('key', TELLING)
@pytest.mark.parametrize('version', [LEGACY_V2, AFTER, MAX])
def test_a_filter_by_what_is_hidden_is_refused_and_named(key, version):
    refusal = judged((key, 'x'), version=version)

    assert refusal.status == 400
    assert repr(key) in refusal.message
    assert refusal.reason in RULES[key]


@pytest.mark.parametrize('key', sorted({*TELLING} - IGNORED_SORT_KEYS))
@pytest.mark.parametrize('version', [LEGACY_V2, MIN, MAX])
def test_a_sort_key_by_what_is_hidden_is_refused_and_named(key, version):
    refusal = judged(('sort_key', key), version=version)

    assert refusal.status == 400
    assert repr(key) in refusal.message


@pytest.mark.parametrize(
    ('key', 'rule'),
    [(key, rule) for key, rules in RULES.items() for rule in rules],
)
@pytest.mark.parametrize('name', ['{}', 'sort_key'])
def test_one_rule_that_says_no_is_enough(key, rule, name):
    pair = (name.format(key), key)
    refusal = judged(pair, verdict=lambda asked: asked != rule)

    assert bool(refusal) == (name == '{}' or key not in IGNORED_SORT_KEYS)
    assert not judged(pair, verdict=lambda asked: asked in RULES[key])


@pytest.mark.parametrize('key', sorted(UNRESTRICTED))
def test_what_tells_nothing_is_nobodys_business(key):
    assert judged((key, 'x')) is None


@pytest.mark.parametrize('name', ['uuid', 'sort_key'])
def test_the_id_of_a_server_is_nobodys_secret(name):
    assert judged((name, 'uuid')) is None


@pytest.mark.parametrize('key', sorted(IGNORED_SORT_KEYS))
def test_what_nova_does_not_sort_by_tells_nothing(key):
    assert judged(('sort_key', key)) is None


@pytest.mark.parametrize('key', TELLING)
def test_a_rule_that_depends_on_the_server_says_no(key):
    assert judged((key, 'x'), verdict=lambda rule: None)


def test_who_sees_everything_lists_by_everything():
    pairs = [
        *((key, 'x') for key in ATTRIBUTES_BY_FILTER),
        ('sort_key', 'new'),
        ('new', ''),
    ]

    assert judged(*pairs, verdict=lambda rule: True) is None


def test_every_key_of_a_query_counts_the_second_of_a_name_too():
    pairs = [('sort_key', 'created_at'), ('sort_key', 'host')]

    refusal = judged(*pairs, verdict=all_but('OS-EXT-SRV-ATTR:host'))

    assert "'host'" in refusal.message


@pytest.mark.parametrize('text', [' host', 'host ', '\thost\n'])
def test_a_sort_key_counts_without_the_spaces_around_it(text):
    assert judged(('sort_key', text), verdict=all_but('OS-EXT-SRV-ATTR:host'))


@pytest.mark.parametrize('key', sorted(ATTRIBUTES_BY_FILTER.keys() - {'uuid'}))
def test_what_novas_schemas_have_is_refused_at_every_version(key):
    assert judged((key, 'x'), version=FIRST)
    assert judged((key, 'x'), version=LAST)


def test_an_unknown_sort_key_is_unlisted():
    assert judged(('sort_key', 'new')).reason == UNLISTED
    assert judged(('sort_key', 'new'), version=MIN).reason == UNLISTED


@pytest.mark.parametrize('key', ATTRIBUTES_BY_COLUMN)
def test_a_column_is_let_by_where_nova_takes_it_out_of_the_query(key):
    assert judged((key, 'x'), version=FIRST) is None
    assert judged((key, 'x'), version=LAST) is None


@pytest.mark.parametrize(
    ('version', 'is_refused'),
    [(LEGACY_V2, True), (FIRST, False), (LAST, False), (AFTER, True)],
)
def test_an_unknown_filter_is_unlisted_where_nova_could_take_it(
    version, is_refused
):
    refusal = judged(('new', 'x'), version=version)

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
    shown=st.dictionaries(RULE, st.sampled_from([True, None])),
    minor=st.integers(0, MAX.minor),
)
def test_what_is_let_through_tells_only_what_is_shown(pairs, shown, minor):
    version = Version(2, minor)
    refusal = judged(*pairs, version=version, verdict=shown.get)

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
            assert refusal or ignored or shown.get(rule)
    if not pairs:
        assert refusal is None
