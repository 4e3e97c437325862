"""JSON is read as Python's json reads it, and nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api import python_json
from nova_update_guard.compute_api.python_json import Raw
from tests.python_json import KEYS, SPACES, VALUES, same

# Pieces of JSON and of what is nearly JSON.
PIECES = st.sampled_from(
    [
        *('{', '}', '[', ']', ',', ':', '"', '\\', '""', '"a"', '"a":'),
        *('[]', '{}', '{ }', '[\n]', 'true', 'false', 'null', 'nul', 'True'),
        *('NaN', '-NaN', 'nan', 'Infinity', '-Infinity', '+Infinity', 'inf'),
        *('0', '00', '-0', '1', '-', '.', '.5', '1.', '1.5', 'e', 'E5', '+1'),
        *('"\\ud800"', '"\\udc00\\ud800"', '"\\u12"', '"\\x41"', '"\\/"'),
        *('"\x00"', '"\x7f"', '"\xe9"', '"\U0001f600"', '/**/', '\ufeff'),
        *(' ', '\t', '\r\n', '\x0b', '\x0c', '\xa0', '\u0661'),
    ]
)


def accepted(read, text):
    try:
        read(text)
    except ValueError:
        return False
    return True


@st.composite
def damaged(draw):
    """Return JSON in which a place or two has been changed."""
    text = json.dumps(draw(VALUES), indent=draw(SPACES))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(text)))
        end = place + draw(st.integers(0, 2))
        text = text[:place] + draw(PIECES | st.just('')) + text[end:]
    return text


@given(damaged() | st.lists(PIECES, max_size=6).map(''.join))
def test_the_accepted_language_is_that_of_python(text):
    as_bytes = text.encode()

    assert accepted(python_json.members, as_bytes) == accepted(
        json.loads, text
    )


@given(st.dictionaries(KEYS, VALUES, max_size=4), SPACES)
def test_members_of_an_object_are_those_that_python_reads(document, spaces):
    text = json.dumps(document, indent=spaces)

    members = python_json.members(text.encode())

    read = {key: python_json.value(raw) for key, raw in members.items()}
    assert same(read, json.loads(text))
    assert all(bytes(raw).decode() in text for raw in members.values())


@given(st.lists(VALUES, max_size=4), SPACES)
def test_items_of_a_list_are_those_that_python_reads(found, spaces):
    text = json.dumps(found, indent=spaces)

    items = python_json.items(text.encode())

    assert same([*map(python_json.value, items)], json.loads(text))


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_parsed_documents_are_written_unchanged(document):
    text = json.dumps(document, separators=(',', ':'))
    members = python_json.members(text.encode())

    written = python_json.written({'a': members, 'b': [Raw(b'1e999'), None]})

    assert json.loads(written)['b'] == [float('inf'), None]
    assert b'[1e999,null]' in written
    assert same(json.loads(written)['a'], json.loads(text))
    assert written.isascii()


@pytest.mark.parametrize('text', [b'1', b'"a"', b'[]', b'[NaN]', b' null\n'])
def test_only_objects_have_members(text):
    assert python_json.members(text) is None


@pytest.mark.parametrize(
    ('opens', 'closes'), [(b'[', b']'), (b'{"a": ', b'}'), (b'[{"":', b'}]')]
)
def test_no_depth_is_too_deep(opens, closes):
    deep = opens * 100000 + b'1' + closes * 100000

    members = python_json.members(b'{"a": ' + deep + b', "b": 1}')

    assert bytes(members['a']) == deep
    assert bytes(members['b']) == b'1'
    with pytest.raises(ValueError, match='JSON'):
        python_json.members(b'{"a": ' + deep + closes[:1] + b', "b": 1}')


@pytest.mark.parametrize(
    'text', [b'[' * 10000 + b']' * 10000, b'1' * 10000, b'-' + b'1' * 4301]
)
def test_a_text_that_python_cannot_read_is_an_error(text):
    with pytest.raises(ValueError, match=r'too deeply|limit'):
        python_json.value(Raw(text))


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        (b'1e999', float('inf')),
        (b'-Infinity', float('-inf')),
        (b'"\\ud800"', '\ud800'),
        (b'{"a": 1}', {'a': 1}),
        (b'123456789012345678901234567890', 123456789012345678901234567890),
        (b'1' * 4300, int('1' * 4300)),
    ],
)
def test_values_are_pythons(text, value):
    assert python_json.value(Raw(text)) == value
