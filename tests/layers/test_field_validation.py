import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.compute_api.microversions import (
    LEGACY_V2,
    MAX,
    MIN,
    Version,
)
from nova_update_guard.compute_api.update_fields import (
    FIELDS,
    UPDATE_FIELDS,
    fields_at,
)
from nova_update_guard.layers import field_validation


def judge(document, version=MAX):
    refusal = field_validation.judge(document, version)
    return refusal and refusal.message


@pytest.mark.parametrize(
    'update',
    [
        {'name': 'a'},
        {'name': 'ä' * 255},
        {'accessIPv4': '192.0.2.1'},
        {'accessIPv6': '2001:db8::1'},
        {'OS-DCF:diskConfig': 'AUTO'},
        {'description': None},
        {'description': ''},
        {'hostname': 'a.example'},
        {'pinned_availability_zone': None},
        {'pinned_availability_zone': 'az:1'},
        {},
    ],
)
def test_what_nova_takes_passes(update):
    assert judge({'server': update}) is None


@pytest.mark.parametrize(
    'update',
    [
        {'name': ''},
        {'name': ' a'},
        {'name': 'a\t'},
        {'name': 'a' * 256},
        {'name': '\U0001f600'},
        {'name': None},
        {'accessIPv4': ''},
        {'accessIPv4': '::1'},
        {'accessIPv6': '192.0.2.1'},
        {'OS-DCF:diskConfig': 'auto'},
        {'description': 'a\x00'},
        {'hostname': 'a b'},
        {'pinned_availability_zone': ''},
        {'NAME': 'a'},
    ],
)
def test_what_nova_refuses_is_refused(update):
    assert judge({'server': update})


@pytest.mark.parametrize('name', ['name', 'description', 'hostname'])
def test_a_trailing_newline_is_refused_though_nova_takes_it(name):
    assert judge({'server': {name: 'ab\n'}})


@pytest.mark.parametrize(
    'document', [None, [], 'server', {}, {'server': []}, {'server': None}]
)
def test_what_holds_no_update_is_refused_also_without_validation(document):
    assert judge(document)
    assert field_validation.judge_shape(document, MAX)


def test_without_validation_any_parameter_passes():
    document = {'server': {'anything': 1}}

    assert field_validation.judge_shape(document, MAX) is None


def test_a_long_value_takes_no_longer_than_it_has_letters():
    # In a process of its own: a pattern that goes back over what it has
    # matched would not end in a lifetime.
    code = """if True:
        from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
        from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
        from nova_update_guard.layers import field_validation

        def values(longs):
            for long in longs:
                yield from (long, long + '!', f' {long}\\n', [long])

        units = 'a', '1.', 'a:', '-', '\\u3000', '\\ud800'
        longs = [unit * (102400 // len(unit)) for unit in units]
        for value in values(longs):
            for row in UPDATE_FIELDS:
                update = {'server': {row.name: value}}
                assert field_validation.judge(update, row.since)
            for row in ACTION_FIELDS:
                action = {row.action: {row.parameter: value}}
                assert field_validation.judge_action(action, row.since)
    """

    subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], check=True, timeout=120
    )


@given(
    st.recursive(
        st.integers() | st.floats() | st.booleans(),
        lambda inner: (
            st.lists(inner | st.text(), max_size=3)
            | st.dictionaries(st.text(), inner | st.none(), max_size=3)
        ),
        max_leaves=3,
    )
)
def test_a_field_is_a_text_or_null(value):
    for row in (*UPDATE_FIELDS, *ACTION_FIELDS):
        assert not schemas.validator(row.schema).is_valid(value)


DOOR_IDS = [
    f'{door.action}-{door.parameter}@{door.since}' for door in ACTION_FIELDS
]


@pytest.mark.parametrize('door', ACTION_FIELDS, ids=DOOR_IDS)
def test_a_field_of_an_action_is_judged_in_the_words_of_an_update(door):
    for value in ('\t', 'a' * 256, 5, [], None, 'a b', '', '::1', 'AUTO'):
        refusal = field_validation.judge_action(
            {door.action: {door.parameter: value}}, door.since
        )
        row = fields_at(door.since).get(door.field)
        if row is not None and row.schema == door.schema:
            update = {'server': {door.field: value}}
            expected = field_validation.judge(update, door.since)
            assert refusal == expected
        elif refusal:
            assert refusal.fields == (door.field,)
            assert 'availability_zone' in refusal.message or "'name'" in (
                refusal.message
            )


@pytest.mark.parametrize(
    ('minor', 'zone', 'valid'),
    [
        *((76, zone, True) for zone in (None, ' a', 5)),
        *((90, zone, False) for zone in (None, ' a', 5, '', 'a' * 256)),
        *((91, zone, False) for zone in (5, [], 'a' * 256)),
        *((91, zone, True) for zone in (None, '', ' a', 'a\n', 'a' * 255)),
    ],
)
def test_the_zone_of_an_unshelve_is_judged_as_nova_does_at_its_version(
    minor, zone, valid
):
    document = {'unshelve': {'availability_zone': zone}}

    refusal = field_validation.judge_action(document, Version(2, minor))

    assert (refusal is None) == valid


@pytest.mark.parametrize(
    'document',
    [
        *(None, [], 'rebuild', 5, {}, {'rebuild': None}, {'rebuild': 'name'}),
        {'rebuild': {'imageRef': 5, 'x': 1}},
        {'rebuild': {'name': 'a'}, 'resize': {'flavorRef': []}},
        {'os-start': {'name': ''}},
    ],
    ids=str,
)
def test_what_else_an_action_holds_is_novas_to_judge(document):
    assert field_validation.judge_action(document, MAX) is None


def test_of_two_values_of_an_action_the_first_in_novas_order_is_told():
    document = {'rebuild': {'hostname': '', 'accessIPv6': 'a', 'name': ''}}

    refusal = field_validation.judge_action(document, MAX)

    assert refusal.fields == ('name',)


@pytest.mark.parametrize(
    ('name', 'valid'),
    [('a', False), ('ab', True), ('a-b', True), ('a-', False), ('-a', False)],
)
def test_a_host_name_is_what_novas_pattern_says(name, valid):
    verdict = judge({'server': {'hostname': name}}, Version(2, 90))

    assert (verdict is None) == valid


def test_what_is_kept_does_not_grow_with_the_versions_asked_for():
    for minor in range(1, 3000):
        judge({'server': {'name': 'a'}}, Version(2, minor))

    edges = {row.since for row in FIELDS}
    assert field_validation._validator_at.cache_info().currsize <= len(edges)


def test_something_beside_the_server_is_refused():
    assert "('x' was unexpected)" in judge({'server': {}, 'x': 1})


def test_a_parameter_is_unknown_before_its_version():
    update = {'server': {'description': 'a'}}

    assert judge(update, Version(2, 19)) is None
    assert "('description' was unexpected)" in judge(update, Version(2, 18))


def test_v2_takes_spaces_around_a_name_that_is_not_all_spaces():
    assert judge({'server': {'name': ' a '}}, LEGACY_V2) is None
    assert judge({'server': {'name': '  '}}, LEGACY_V2)
    assert judge({'server': {'name': 5}}, LEGACY_V2)
    assert judge({'server': {'name': ' a '}}, MIN)


def test_v2_drops_what_it_does_not_know():
    update = {'name': 'a', 'description': 'b'}

    assert judge({'server': update, 'x': 1}, LEGACY_V2) is None
    assert field_validation.known(update, LEGACY_V2) == {'name': 'a'}


def test_v2_1_drops_nothing():
    update = {'name': 'a', 'x': 'b'}

    assert field_validation.known(update, MIN) == update


def test_the_message_is_for_the_client_and_the_log_never_quotes_it():
    refusal = field_validation.judge({'server': {'secret': 1}}, MAX)

    assert refusal.status == 400
    assert 'secret' not in refusal.reason


@pytest.mark.parametrize('row', FIELDS, ids=lambda r: f'{r.name}@{r.since}')
def test_no_field_takes_more_than_255_characters(row):
    # Records and constraints count on that.
    assert not schemas.validator(row.schema).is_valid('a' * 256)
