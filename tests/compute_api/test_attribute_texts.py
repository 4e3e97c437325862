"""A text that a value of a server can have is one, and no other is."""

import pytest

from nova_update_guard.compute_api.attribute_texts import (
    BOOLEAN,
    LIST,
    LIST_OR_NULL,
    MAPPING,
    MAPPING_OR_EMPTY,
    NUMBER,
    NUMBER_OR_NULL,
    TEXTS_BY_ATTRIBUTE,
)
from nova_update_guard.compute_api.server_attributes import (
    NESTED_KEYS,
    SERVER_ATTRIBUTES,
    UNRULED,
)

KNOWN = {
    *(row.name for row in SERVER_ATTRIBUTES),
    *UNRULED,
    *(
        f'{parent}.{key}'
        for parent, keys in NESTED_KEYS.items()
        for key in keys
    ),
}


def test_each_is_of_an_attribute():
    assert TEXTS_BY_ATTRIBUTE.keys() <= KNOWN


@pytest.mark.parametrize(
    ('texts', 'values', 'others'),
    [
        (BOOLEAN, [True, False], ['true', 'false', 'yes', 1, None, '']),
        (NUMBER, [0, 42, -1, 2.5], ['', 'x', '1x', 'x1', '1.', None, True]),
        (NUMBER_OR_NULL, [0, 42, None], ['', 'x', 'none', True]),
        (MAPPING, [{}, {'a': 'b\nc'}], ['', 'a', 'a{}', '{}a', [], None]),
        (MAPPING_OR_EMPTY, [{}, {'a': 'b'}, ''], ['a', [], None]),
        (LIST, [[], ['a', 'b\nc']], ['', 'a', 'a[]', '[]a', {}, None]),
        (LIST_OR_NULL, [[], ['a'], None], ['', 'a', {}]),
    ],
)
def test_only_the_texts_of_values_can_be_equal(texts, values, others):
    assert all(texts.has(str(value)) for value in values)
    assert not any(texts.has(str(value)) for value in others)


def test_few_texts_are_listed_in_words():
    assert BOOLEAN.listed == ('True', 'False')
    assert BOOLEAN.words == 'it is True or False'
    assert TEXTS_BY_ATTRIBUTE['host_status'].words == (
        'it is UP, DOWN, MAINTENANCE, UNKNOWN or empty'
    )


def test_a_task_is_in_small_letters_or_none():
    texts = TEXTS_BY_ATTRIBUTE['OS-EXT-STS:task_state']

    assert texts.has('powering-off')
    assert texts.has('resize_prep')
    assert texts.has('None')
    assert not texts.has('REBOOTING')
    assert not texts.has('')
