import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from nova_update_guard.layers import keyed_hash

KEY = 'sixteen letters!'
NOVAS = hashlib.sha224(b'project' + b'host').hexdigest()


def test_a_keyed_host_id_is_the_hmac_of_the_host_id_of_nova():
    expected = hmac.new(KEY.encode(), NOVAS.encode(), hashlib.sha224)

    assert keyed_hash.host_id_hasher(KEY)(NOVAS) == expected.hexdigest()


@given(st.text(min_size=1), st.text(min_size=1))
def test_equal_host_ids_stay_equal_and_others_differ(one, other):
    made = keyed_hash.host_id_hasher(KEY)

    assert (made(one) == made(other)) == (one == other)
    assert len(made(one)) == len(NOVAS)
    assert set(made(one)) <= set('0123456789abcdef')


def test_another_key_makes_other_host_ids():
    assert keyed_hash.host_id_hasher(KEY)(NOVAS) != keyed_hash.host_id_hasher(
        KEY + '2'
    )(NOVAS)


@pytest.mark.parametrize('key', ['', ' ' * 20, KEY[1:], KEY[1:] + ' ' * 9])
def test_a_short_key_is_refused_and_not_in_the_error(key):
    with pytest.raises(ValueError, match='at least 16 characters') as error:
        keyed_hash.host_id_hasher(key)

    assert not key.strip() or key.strip() not in str(error.value)


def test_the_key_is_in_no_text_made_of_the_function():
    assert KEY not in repr(keyed_hash.host_id_hasher(KEY))


def test_a_key_of_any_letters_will_do():
    assert keyed_hash.host_id_hasher('\xe9\u20ac' * 8 + '\udcff')('\ud800')


@pytest.mark.parametrize(
    ('raw', 'text'),
    [(b'"a"', 'a'), (b'null', ''), (b'1', '1'), (b'{"a"', '{"a"')],
)
def test_what_is_no_string_is_hashed_as_its_json_even_if_it_is_none(raw, text):
    assert keyed_hash.text(Raw(raw)) == text
