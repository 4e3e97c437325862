import pytest

from nova_update_guard.layers import one_parameter

UPDATE_FIELDS = ('name', 'description')


@pytest.mark.parametrize('value', ['new', '', None, 0, False])
def test_one_parameter_passes_with_any_value(value):
    update = {'description': value}

    assert (
        one_parameter.check(update, UPDATE_FIELDS, allow_empty=False) is None
    )


@pytest.mark.parametrize('value', ['', None, False])
def test_a_parameter_with_an_empty_value_counts(value):
    update = {'name': 'a', 'description': value}

    assert one_parameter.check(update, UPDATE_FIELDS, allow_empty=False)


def test_several_are_refused_by_a_message_that_names_each():
    update = {'name': 'a', 'description': 'b'}

    refusal = one_parameter.check(update, UPDATE_FIELDS, allow_empty=True)

    assert refusal.status == 400
    assert refusal.message == (
        'An update takes one parameter at a time and 2 were given: '
        'name, description.'
    )
    assert refusal.fields == ('name', 'description')


@pytest.mark.parametrize(
    ('names', 'passes'),
    [
        (('name', 'description'), True),
        (('name',), True),
        (('name', 'hostname'), False),
        (('name', 'description', 'hostname'), False),
        ((), False),
    ],
)
def test_fields_of_one_allowed_set_count_as_one(names, passes):
    sets = [frozenset({'a', 'b'}), frozenset({'name', 'description'})]

    refusal = one_parameter.check(dict.fromkeys(names), (), False, sets)

    assert (refusal is None) == passes


def test_none_is_refused_by_a_message_that_lists_the_fields():
    refusal = one_parameter.check({}, UPDATE_FIELDS, allow_empty=False)

    assert refusal.status == 400
    assert refusal.reason == 'no parameter'
    assert refusal.message == (
        'An update takes one parameter and none was given. It may be one of: '
        'name, description.'
    )


def test_an_empty_update_passes_where_the_operator_allows_it():
    assert one_parameter.check({}, UPDATE_FIELDS, allow_empty=True) is None


def test_names_of_the_clients_own_stay_out_of_the_log():
    refusal = one_parameter.check({'secret': 1, 'b': 2}, (), allow_empty=False)

    assert refusal.reason == '2 parameters'
