import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api import schemas
from nova_update_guard.compute_api.action_fields import ACTION_FIELDS
from nova_update_guard.compute_api.create_fields import CREATE_FIELDS
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


def check(document, version=MAX):
    refusal = field_validation.check(document, version)
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
def test_an_update_that_nova_takes_passes(update):
    assert check({'server': update}) is None


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
def test_an_update_that_nova_refuses_is_refused(update):
    assert check({'server': update})


@pytest.mark.parametrize('name', ['name', 'description', 'hostname'])
def test_a_trailing_newline_is_refused_though_nova_takes_it(name):
    assert check({'server': {name: 'ab\n'}})


@pytest.mark.parametrize(
    'document', [None, [], 'server', {}, {'server': []}, {'server': None}]
)
def test_a_malformed_update_is_refused_without_validation_too(document):
    refusal = field_validation.check_shape(document, MAX)

    assert check(document)
    assert (refusal.status, refusal.reason) == (400, 'not an update')
    assert refusal.message


def test_unknown_fields_are_those_of_the_refusal():
    refusal = field_validation.check(
        {'server': {'x': 1, 'name': 'a', 'y': 2}}, MAX
    )

    assert refusal.fields == ('x', 'y')
    assert refusal.reason == 'field validation'


def test_a_refused_list_names_no_field():
    assert field_validation.check([], MAX).fields == ()


def test_without_validation_any_parameter_passes():
    document = {'server': {'anything': 1}}

    assert field_validation.check_shape(document, MAX) is None


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
                assert field_validation.check(update, row.since)
            for row in ACTION_FIELDS:
                action = {row.action: {row.parameter: value}}
                assert field_validation.check_action(action, row.since)
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


ACTION_FIELD_IDS = [
    f'{action_field.action}-{action_field.parameter}@{action_field.since}'
    for action_field in ACTION_FIELDS
]


@pytest.mark.parametrize('action_field', ACTION_FIELDS, ids=ACTION_FIELD_IDS)
def test_a_field_of_an_action_gets_the_messages_of_an_update(action_field):
    for value in ('\t', 'a' * 256, 5, [], None, 'a b', '', '::1', 'AUTO'):
        refusal = field_validation.check_action(
            {action_field.action: {action_field.parameter: value}},
            action_field.since,
        )
        row = fields_at(action_field.since).get(action_field.field)
        if row is not None and row.schema == action_field.schema:
            update = {'server': {action_field.field: value}}
            expected = field_validation.check(update, action_field.since)
            assert refusal == expected
        elif refusal:
            assert refusal.fields == (action_field.field,)
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
def test_the_zone_of_an_unshelve_is_validated_as_nova_does_at_its_version(
    minor, zone, valid
):
    document = {'unshelve': {'availability_zone': zone}}

    refusal = field_validation.check_action(document, Version(2, minor))

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
def test_other_members_of_an_action_are_not_validated(document):
    assert field_validation.check_action(document, MAX) is None


def test_the_first_invalid_value_in_the_order_of_nova_is_reported():
    document = {'rebuild': {'hostname': '', 'accessIPv6': 'a', 'name': ''}}

    refusal = field_validation.check_action(document, MAX)

    assert refusal.fields == ('name',)


@pytest.mark.parametrize(
    ('name', 'valid'),
    [('a', False), ('ab', True), ('a-b', True), ('a-', False), ('-a', False)],
)
def test_a_host_name_matches_the_pattern_of_nova(name, valid):
    verdict = check({'server': {'hostname': name}}, Version(2, 90))

    assert (verdict is None) == valid


def test_the_cache_does_not_grow_with_the_requested_versions():
    for minor in range(1, 3000):
        check({'server': {'name': 'a'}}, Version(2, minor))

    edges = {row.since for row in FIELDS}
    assert field_validation._validator_at.cache_info().currsize <= len(edges)


def test_something_beside_the_server_is_refused():
    assert "('x' was unexpected)" in check({'server': {}, 'x': 1})


def test_without_validation_v2_alone_takes_something_beside_the_server():
    document = {'server': {'name': 'a'}, 'x': 1}

    assert field_validation.check_shape(document, LEGACY_V2) is None
    assert field_validation.check_shape(document, MIN)


def test_a_parameter_is_unknown_before_its_version():
    update = {'server': {'description': 'a'}}

    assert check(update, Version(2, 19)) is None
    assert "('description' was unexpected)" in check(update, Version(2, 18))


def test_v2_takes_spaces_around_a_name_that_is_not_all_spaces():
    assert check({'server': {'name': ' a '}}, LEGACY_V2) is None
    assert check({'server': {'name': '  '}}, LEGACY_V2)
    assert check({'server': {'name': 5}}, LEGACY_V2)
    assert check({'server': {'name': ' a '}}, MIN)


def test_v2_drops_unknown_fields():
    update = {'name': 'a', 'description': 'b'}

    assert check({'server': update, 'x': 1}, LEGACY_V2) is None
    assert field_validation.known(update, LEGACY_V2) == {'name': 'a'}


def test_v2_1_drops_nothing():
    update = {'name': 'a', 'x': 'b'}

    assert field_validation.known(update, MIN) == update


def test_the_log_does_not_quote_the_message_for_the_client():
    refusal = field_validation.check({'server': {'secret': 1}}, MAX)

    assert refusal.status == 400
    assert 'secret' not in refusal.reason


@pytest.mark.parametrize('row', FIELDS, ids=lambda r: f'{r.name}@{r.since}')
def test_no_field_takes_more_than_255_characters(row):
    # Records and constraints count on that.
    assert not schemas.validator(row.schema).is_valid('a' * 256)


@given(
    st.text(st.characters(max_codepoint=0x2FF), max_size=300)
    | st.text(' ab\t\n\x7f', max_size=4)
    | st.sampled_from([None, 1, [], {}, 'a' * 255, 'a' * 256])
    | st.sampled_from(['AUTO', 'MANUAL', 'auto', ['AUTO'], {'AUTO': 1}])
)
def test_the_short_way_to_a_valid_text_agrees_with_the_schema(value):
    for row in (*UPDATE_FIELDS, *ACTION_FIELDS, *CREATE_FIELDS):
        is_valid = schemas.is_valid_under(row.schema)
        assert is_valid(value) == schemas.validator(row.schema).is_valid(value)
