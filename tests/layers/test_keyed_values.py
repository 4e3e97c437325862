import pytest

from nova_update_guard.layers import keyed_hash

KEY = 'a key of the operator'


def test_equal_values_have_equal_hashes_and_others_have_others():
    hash_value = keyed_hash.value_hasher(KEY, 'name')
    values = ['a', 'b', '', None, 1, ['a'], {'a': 1}]

    made = [hash_value(value) for value in values]

    assert made == [hash_value(value) for value in values]
    assert len(set(made)) == len(values)
    assert hash_value({'a': 1, 'b': 2}) == hash_value({'b': 2, 'a': 1})


def test_another_key_or_field_makes_other_hashes():
    made = {
        keyed_hash.value_hasher(key, field)('a')
        for key in (KEY, KEY + '.')
        for field in ('name', 'hostname')
    }

    assert len(made) == 4


def test_a_hash_reveals_neither_key_nor_value():
    hash_value = keyed_hash.value_hasher(KEY, 'name')

    assert hash_value('a value').startswith('hmac:')
    assert len(hash_value('a value')) == len('hmac:') + 32
    assert KEY not in repr(hash_value)


@pytest.mark.parametrize('key', ['', 'x' * 15, ' ' * 20])
def test_a_key_that_could_be_guessed_is_refused(key):
    with pytest.raises(ValueError, match='16 characters'):
        keyed_hash.key_bytes(key)
