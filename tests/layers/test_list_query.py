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
    RULES,
    UNRESTRICTED,
)

SHOW = 'update_guard:server:show:'
FIRST = list_query.SCHEMAS_SINCE
NEWER = MAX._replace(minor=MAX.minor + 1)
TELLING = [key for key, rules in RULES.items() if rules]
FILTERS = [key for key in TELLING if key in ATTRIBUTES_BY_FILTER]
# At these, nova may act on any key: under /v2, a newer one, and a version
# that is not known.
ANY_KEY = [LEGACY_V2, NEWER, None]
V275 = Version(2, 75)
OWN = {'project_id': 'p1', 'tenant_id': 'p1', 'user_id': 'u1'}


def checked(*pairs, version=MAX, verdict=lambda rule: False, **own):
    return list_query.check(pairs, version, verdict, **own)


def all_but(*names):
    hidden = {f'{SHOW}{name}' for name in names}
    return lambda rule: rule not in hidden


@pytest.mark.parametrize(
    ('key', 'version'),
    [
        *((key, version) for key in TELLING for version in ANY_KEY),
        *((key, version) for key in FILTERS for version in (FIRST, MIN, MAX)),
    ],
)
def test_a_filter_by_a_hidden_attribute_is_refused_and_named(key, version):
    refusal = checked((key, 'x'), version=version)

    assert refusal.status == 400
    assert repr(key) in refusal.message
    assert refusal.reason in RULES[key]
    assert refusal.fields == (key,)


@pytest.mark.parametrize(
    ('key', 'rule'),
    [(key, rule) for key, rules in RULES.items() for rule in rules],
)
def test_one_denying_rule_is_enough(key, rule):
    pair = (key, key)
    given = {'version': LEGACY_V2}

    assert checked(pair, verdict=lambda asked: asked != rule, **given)
    assert not checked(pair, verdict=RULES[key].__contains__, **given)


@pytest.mark.parametrize('version', [*ANY_KEY, FIRST, MAX])
@pytest.mark.parametrize('key', OWN)
def test_the_callers_own_ids_reveal_nothing(key, version):
    own = {'version': version, 'own': OWN}

    assert checked((key, OWN[key]), **own) is None
    assert checked((key, OWN[key]), (key, OWN[key]), **own) is None
    for other in ('', 'x', 'P1', ' p1', 'p1 ', '^p1', 'p1,x', 'p'):
        assert checked((key, other), **own)
        # nova takes the last of several values.
        assert checked((key, OWN[key]), (key, other), **own)
        assert checked((key, other), (key, OWN[key]), **own)


def test_an_id_is_the_callers_own_under_its_own_key_only():
    assert checked(('project_id', 'u1'), own=OWN)
    assert checked(('user_id', 'p1'), own=OWN)
    assert checked(('name', 'p1'), own=OWN)
    assert checked(('project_id', 'p1'), ('tenant_id', 'p2'), own=OWN)
    assert checked(('all_tenants', '1'), ('tenant_id', 'p2'), own=OWN)


@pytest.mark.parametrize('own', [None, ''])
def test_a_caller_without_a_project_has_no_id_of_its_own(own):
    for value in ('', 'None', 'none', 'null'):
        pair = ('project_id', value)
        assert checked(pair, own=dict.fromkeys(OWN, own))


@pytest.mark.parametrize('key', sorted(UNRESTRICTED))
def test_keys_that_reveal_nothing_need_no_rule(key):
    assert checked((key, 'x')) is None


@pytest.mark.parametrize('version', [*ANY_KEY, FIRST, MAX])
def test_the_id_of_a_server_and_sort_keys_are_no_filters(version):
    assert checked(('uuid', 'x'), version=version) is None
    assert checked(('sort_key', 'host'), version=version) is None


@pytest.mark.parametrize('key', FILTERS)
def test_a_rule_that_depends_on_the_server_denies(key):
    assert checked((key, 'x'), verdict=lambda rule: None)


def test_a_caller_who_sees_everything_lists_by_everything():
    pairs = [*((key, 'x') for key in ATTRIBUTES_BY_FILTER), ('new', '')]

    for version in (*ANY_KEY, MAX):
        given = {'version': version, 'verdict': lambda rule: True}
        assert checked(*pairs, **given) is None


def test_every_key_of_a_query_counts():
    pairs = [('name', 'a'), ('host', 'b'), ('name', 'c')]

    refusal = checked(*pairs, verdict=all_but('OS-EXT-SRV-ATTR:host'))

    assert "'host'" in refusal.message


@pytest.mark.parametrize('version', [FIRST, V275, MAX])
@pytest.mark.parametrize('key', ['new', *ATTRIBUTES_BY_COLUMN])
def test_a_key_that_nova_drops_or_refuses_goes_on(key, version):
    assert checked((key, 'x'), version=version) is None


@pytest.mark.parametrize('version', ANY_KEY)
def test_an_unknown_filter_is_unlisted_where_nova_could_take_it(version):
    assert checked(('new', 'x'), version=version).reason == UNLISTED


@pytest.mark.parametrize('version', [*ANY_KEY, FIRST, MAX])
@pytest.mark.parametrize('name', ['vendors', 'architecture'])
def test_a_declared_attribute_has_its_rule_at_every_version(name, version):
    key_rules = list_query.rules([name])

    def refusal(verdict):
        pair = (name, 'x')
        return list_query.check([pair], version, verdict, key_rules)

    assert refusal(lambda rule: False).reason == f'{SHOW}{name}'
    assert refusal(lambda rule: rule == f'{SHOW}{name}') is None


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
VALUE = st.sampled_from(['', 'x', 'p1', 'u1'])


@given(
    pairs=st.lists(st.tuples(KEY, VALUE), max_size=4),
    visible=st.dictionaries(RULE, st.sampled_from([True, None])),
    minor=st.integers(0, NEWER.minor),
)
def test_an_allowed_query_reveals_only_visible_attributes(
    pairs, visible, minor
):
    version = Version(2, minor)
    refusal = checked(
        *pairs, version=version, verdict=visible.get, own={'user_id': 'u1'}
    )

    for key, value in pairs:
        for attribute in {**ATTRIBUTES_BY_FILTER, **ATTRIBUTES_BY_COLUMN}.get(
            key, ()
        ):
            rule = f'{SHOW}{attribute}' if attribute else UNLISTED
            ignored = (
                key in ATTRIBUTES_BY_COLUMN and FIRST <= version <= MAX
            ) or (key, value) == ('user_id', 'u1')
            assert refusal or ignored or visible.get(rule)
    if not pairs:
        assert refusal is None
