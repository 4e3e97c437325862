import pytest

from nova_update_guard.layers import one_parameter

UPDATE_FIELDS = ('name', 'description')


@pytest.mark.parametrize('value', ['new', '', None, 0, False])
def test_one_parameter_passes_whatever_its_value(value):
    update = {'description': value}

    assert (
        one_parameter.judge(update, UPDATE_FIELDS, allow_empty=False) is None
    )


@pytest.mark.parametrize('value', ['', None, False])
def test_a_parameter_with_an_empty_value_counts(value):
    update = {'name': 'a', 'description': value}

    assert one_parameter.judge(update, UPDATE_FIELDS, allow_empty=False)


def test_several_are_refused_by_a_message_that_names_each():
    update = {'name': 'a', 'description': 'b'}

    refusal = one_parameter.judge(update, UPDATE_FIELDS, allow_empty=True)

    assert refusal.status == 400
    assert '2 were given: name, description.' in refusal.message


def test_none_is_refused_by_a_message_that_says_what_there_is():
    refusal = one_parameter.judge({}, UPDATE_FIELDS, allow_empty=False)

    assert refusal.status == 400
    assert 'one of: name, description.' in refusal.message


def test_an_empty_update_passes_where_the_operator_allows_it():
    assert one_parameter.judge({}, UPDATE_FIELDS, allow_empty=True) is None


def test_names_of_the_clients_own_stay_out_of_the_log():
    refusal = one_parameter.judge({'secret': 1, 'b': 2}, (), allow_empty=False)

    assert 'secret' not in refusal.reason
