import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    Version,
)
from nova_update_guard.compute_api.server_attributes import UNLISTED, VISIBLE
from nova_update_guard.layers import list_query
from nova_update_guard.layers.list_query import (
    COLUMNS,
    PLAIN,
    RULES,
    TELLS,
    UNSORTED,
)

SHOW = 'update_guard:server:show:'
FIRST, AFTER = list_query.STRIPPED
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
    refuse = judged((key, 'x'), version=version)

    assert refuse.status == 400
    assert repr(key) in refuse.message
    assert refuse.reason in RULES[key]


@pytest.mark.parametrize('key', sorted({*TELLING} - UNSORTED))
@pytest.mark.parametrize('version', [LEGACY_V2, MIN, MAX])
def test_a_sort_key_by_what_is_hidden_is_refused_and_named(key, version):
    refuse = judged(('sort_key', key), version=version)

    assert refuse.status == 400
    assert repr(key) in refuse.message


@pytest.mark.parametrize(
    ('key', 'rule'),
    [(key, rule) for key, rules in RULES.items() for rule in rules],
)
@pytest.mark.parametrize('name', ['{}', 'sort_key'])
def test_one_rule_that_says_no_is_enough(key, rule, name):
    pair = (name.format(key), key)
    refuse = judged(pair, verdict=lambda asked: asked != rule)

    assert bool(refuse) == (name == '{}' or key not in UNSORTED)
    assert not judged(pair, verdict=lambda asked: asked in RULES[key])


@pytest.mark.parametrize('key', sorted(PLAIN))
def test_what_tells_nothing_is_nobodys_business(key):
    assert judged((key, 'x')) is None


@pytest.mark.parametrize('name', ['uuid', 'sort_key'])
def test_the_id_of_a_server_is_nobodys_secret(name):
    assert judged((name, 'uuid')) is None


@pytest.mark.parametrize('key', sorted(UNSORTED))
def test_what_nova_does_not_sort_by_tells_nothing(key):
    assert judged(('sort_key', key)) is None


@pytest.mark.parametrize('key', TELLING)
def test_a_rule_that_depends_on_the_server_says_no(key):
    assert judged((key, 'x'), verdict=lambda rule: None)


def test_who_sees_everything_lists_by_everything():
    pairs = [*((key, 'x') for key in TELLS), ('sort_key', 'new'), ('new', '')]

    assert judged(*pairs, verdict=lambda rule: True) is None


def test_every_key_of_a_query_counts_the_second_of_a_name_too():
    pairs = [('sort_key', 'created_at'), ('sort_key', 'host')]

    refuse = judged(*pairs, verdict=all_but('OS-EXT-SRV-ATTR:host'))

    assert "'host'" in refuse.message


@pytest.mark.parametrize('text', [' host', 'host ', '\thost\n'])
def test_a_sort_key_counts_without_the_spaces_around_it(text):
    assert judged(('sort_key', text), verdict=all_but('OS-EXT-SRV-ATTR:host'))


@pytest.mark.parametrize('key', sorted(TELLS.keys() - {'uuid'}))
def test_what_novas_schemas_have_is_refused_at_every_version(key):
    assert judged((key, 'x'), version=FIRST)
    assert judged((key, 'x'), version=LAST)


def test_an_unknown_sort_key_is_unlisted():
    assert judged(('sort_key', 'new')).reason == UNLISTED
    assert judged(('sort_key', 'new'), version=MIN).reason == UNLISTED


@pytest.mark.parametrize('key', COLUMNS)
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
    refuse = judged(('new', 'x'), version=version)

    assert (refuse and refuse.reason) == (UNLISTED if is_refused else None)


def test_the_tables_name_a_key_once():
    assert len({*TELLS, *COLUMNS, *PLAIN}) == sum(
        map(len, (TELLS, COLUMNS, PLAIN))
    )


def test_an_attribute_counts_as_it_does_at_the_newest_version():
    rules = {rule for rules in RULES.values() for rule in rules}

    assert rules <= {row.rule for row in VISIBLE if not row.until} | {UNLISTED}


RULE = st.sampled_from(sorted({row.rule for row in VISIBLE} | {UNLISTED}))
KEY = st.sampled_from([*RULES, *PLAIN, 'new', 'sort_key'])


@given(
    pairs=st.lists(st.tuples(KEY, KEY), max_size=4),
    shown=st.dictionaries(RULE, st.sampled_from([True, None])),
    minor=st.integers(0, MAX.minor),
)
def test_what_is_let_through_tells_only_what_is_shown(pairs, shown, minor):
    version = Version(2, minor)
    refuse = judged(*pairs, version=version, verdict=shown.get)

    for name, value in pairs:
        key = value if name == 'sort_key' else name
        for attribute in {**TELLS, **COLUMNS}.get(key, ()):
            rule = f'{SHOW}{attribute}' if attribute else UNLISTED
            ignored = (
                key in UNSORTED
                if name == 'sort_key'
                else key in COLUMNS and FIRST <= version < AFTER
            )
            assert refuse or ignored or shown.get(rule)
    if not pairs:
        assert refuse is None
