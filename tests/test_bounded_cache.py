import sys
from concurrent import futures

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.bounded_cache import (
    MAX_KEY,
    BoundedCache,
    Memo,
    size_of,
)
from nova_update_guard.compute_api import microversions
from nova_update_guard.proxy import headers
from tests.memory import held_by

LIMIT = 100
STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 2 * LIMIT), st.booleans())
)


@given(STEPS)
def test_the_cache_is_never_larger_than_its_limit(steps):
    cache = BoundedCache(LIMIT)
    sizes = {}

    for key, size, puts in steps:
        if puts:
            cache.put(key, key, size)
            sizes[key] = size
        else:
            assert cache.get(key) in (None, key)
        kept = [key for key in sizes if cache.get(key) is not None]
        assert sum(sizes[key] for key in kept) <= LIMIT


def test_the_last_used_values_stay():
    cache = BoundedCache(2)
    cache.put('a', 1, 1)
    cache.put('b', 2, 1)
    cache.get('a')

    cache.put('c', 3, 1)

    assert [cache.get(key) for key in 'abc'] == [1, None, 3]


def test_the_newer_value_of_a_key_takes_the_place_of_the_older():
    cache = BoundedCache(2)
    cache.put('a', 1, 2)

    cache.put('a', 2, 1)
    cache.put('b', 3, 1)

    assert [cache.get(key) for key in 'ab'] == [2, 3]


def test_a_value_beyond_the_limit_is_not_cached_and_evicts_nothing():
    cache = BoundedCache(2)
    cache.put('a', 1, 1)

    cache.put('b', 2, 3)

    assert [cache.get(key) for key in 'ab'] == [1, None]


def test_many_threads_may_use_it():
    cache = BoundedCache(5)

    def use(number):
        for step in range(2000):
            key = (number * step) % 13
            cache.put(key, key, 1)
            assert cache.get(key) in (None, key)

    with futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(1, 9)))

    assert sum(cache.get(key) is not None for key in range(13)) == 5


def test_a_long_key_is_not_cached():
    called = []
    memo = Memo(lambda key: called.append(key) or len(key), 10)
    short, long = 'a' * MAX_KEY, 'a' * (MAX_KEY + 1)

    assert [memo[short], memo[short], memo[long], memo[long]] == [
        *[MAX_KEY] * 2,
        *[MAX_KEY + 1] * 2,
    ]
    assert called == [short, long, long]


def test_a_memo_has_no_more_entries_than_its_limit():
    memo = Memo(str.upper, 10)

    for number in range(25):
        text = f'a{number}'
        assert [memo[text], memo[text]] == [f'A{number}'] * 2
        assert len(memo) <= 10


@pytest.mark.parametrize(
    'value', [{'a' * 5000: ['b' * 5000, ('c' * 5000, 1)]}, 'a' * 20_000]
)
def test_the_size_of_a_value_includes_its_contents(value):
    assert size_of(value) > 15_000


@pytest.mark.parametrize(
    'make',
    [
        lambda n: f'{n}' * 5000,
        lambda n: [f'role-{n}-{m}' for m in range(100)],
        lambda n: {f'key-{n}-{m}': f'value-{n}-{m}' for m in range(50)},
        lambda n: ({'roles': [f'{n}', f'{n}' * 9]}, f'{n}' * 100),
    ],
)
def test_a_size_is_the_memory_that_python_uses(make):
    said = 0

    # So many that those which Python takes from its free lists, 80 of a
    # type, count for little.
    def values():
        nonlocal said
        made = [make(n) for n in range(100, 600)]
        said = sum(map(size_of, made))
        return made

    assert held_by(__file__, values) == pytest.approx(said, rel=0.15)


def _read_version(text):
    try:
        microversions.read([('OpenStack-API-Version', text)])
    except microversions.BadVersionError:
        return


# What is asked with a text that a client chose.
BY_A_CLIENTS_TEXT = [
    lambda text: headers.FIELDS[f'HTTP_{text}'],
    _read_version,
]


@pytest.mark.parametrize('send', BY_A_CLIENTS_TEXT)
def test_sixty_kilobytes_of_a_client_are_not_held(send):
    """A thousand names of that size would be 60 MB in each process."""
    text = 'X' * 60_000
    before = sys.getrefcount(text)

    send(text)

    assert sys.getrefcount(text) == before
