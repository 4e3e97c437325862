import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api import documents
from nova_update_guard.compute_api.documents import Parsed


def read(document):
    return documents.read(json.dumps(document).encode())


def plain(found):
    """Return servers or events, parsed."""
    return (
        None
        if found is None
        else [dict(Parsed(document)) for document in found]
    )


@pytest.mark.parametrize(
    ('document', 'servers'),
    [
        ({'server': {'id': 1}}, [{'id': 1}]),
        ({'servers': [{'id': 1}, {'id': 2}]}, [{'id': 1}, {'id': 2}]),
        ({'servers': []}, []),
        (
            {'server': {'id': 1}, 'servers': [{'id': 2}]},
            [{'id': 1}, {'id': 2}],
        ),
        ({'reservation_id': 'r'}, None),
        ({}, None),
        (None, None),
        ([{'server': {}}], None),
        ({'server': 'x'}, None),
        ({'server': None}, None),
        ({'servers': '1'}, None),
        ({'servers': ['x']}, None),
    ],
)
def test_a_server_document_has_a_server_or_servers_on_top(document, servers):
    assert plain(read(document).servers) == servers


@pytest.mark.parametrize(
    'document',
    [
        {'server': []},
        {'servers': {}},
        {'servers': [{'id': 1}, 'x']},
        {'servers': [[]]},
        {'server': {'id': 1}, 'servers': {'id': 1}},
        {'servers': [{'id': 1}], 'server': [{'id': 1}]},
    ],
)
def test_a_servers_key_without_servers_is_an_error(document):
    with pytest.raises(ValueError, match='JSON'):
        read(document)


@pytest.mark.parametrize(
    'data',
    [
        b'{',
        b'{"server": nothing}',
        b'{"server": {"a": "\xff"}}',
        b'{"server": {"a": nan}}',
        b'{"server": {"a": 1}} x',
        b'{"server": {"a": "\\ud800", "b": "\xff"}}',
        b'{"server": {"a": "\\ud800"}} x',
        b'{"server": {"a": "\xed\xa0\x80"}}',
        b'\xef\xbb\xbf{"server": {}}',
        b'[1,]',
        b'nothing',
        b'{"a": ' + b'[' * 10000 + b']' * 9999 + b'}',
        b'[' * 10000 + b']' * 9999,
    ],
)
def test_a_body_that_is_not_json_in_utf_8_is_an_error(data):
    with pytest.raises(ValueError, match=r'JSON|utf-8'):
        documents.read(data)


def test_a_response_that_only_begins_like_one_of_servers_is_read():
    found = documents.read(b'{"servers": [{"a": 1}], "links": 5}')

    assert plain(found.servers) == [{'a': 1}]


def test_a_response_without_a_body_holds_nothing():
    assert documents.read(b'') == documents.NOTHING


def test_of_two_equal_keys_one_is_left():
    found = documents.read(b'{"server": {"a": 1, "a": 2}, "server": {"b": 3}}')

    assert documents.written(found.whole) == b'{"server":{"b":3}}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(['server', 'servers', 'instanceAction']) | st.text(),
        JSON,
    )
)
def test_a_document_is_written_as_it_was_read(document):
    try:
        found = read(document)
    except ValueError:
        # Something like servers, and none.
        return

    assert json.loads(documents.written(found.whole)) == document


@given(JSON, st.booleans())
def test_opening_a_value_keeps_its_meaning(value, labelled):
    raw = documents.Raw(json.dumps(value))

    opened = documents.opened(raw, labelled)

    assert json.loads(documents.written({'a': opened})) == {'a': value}


@pytest.mark.parametrize(
    ('value', 'labelled', 'inner'),
    [
        ({'a': 1}, False, [{'a': 1}]),
        ([{'a': 1}, 'x', {}], False, [{'a': 1}, {}]),
        (
            {'net': [{'a': 1}], 'b': [{'c': 1}, 'x']},
            True,
            [{'a': 1}, {'c': 1}],
        ),
        ({'net': {'a': 1}, 'b': 5}, True, [{'a': 1}]),
        ('x', False, []),
        ([[{'a': 1}]], False, []),
    ],
)
def test_a_value_holds_one_document_or_a_list_of_them(value, labelled, inner):
    opened = documents.opened(documents.Raw(json.dumps(value)), labelled)

    assert plain(documents.inner(opened, labelled)) == inner


def test_a_parsed_document_is_a_mapping():
    parsed = Parsed({'a': documents.Raw(b'[1]'), 'b': documents.Raw(b'"x"')})

    assert dict(parsed) == {'a': [1], 'b': 'x'}
    assert len(parsed) == 2
    assert parsed.get('c') is None
    with pytest.raises(KeyError):
        parsed['c']
