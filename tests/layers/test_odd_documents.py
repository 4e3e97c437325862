"""All output of ``json.dumps`` is redacted, and nothing else changes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api import documents, server_attributes
from nova_update_guard.compute_api.microversions import MAX
from nova_update_guard.compute_api.server_attributes import (
    DROP,
    SERVER_ATTRIBUTES,
    UNLISTED,
    UNRULED,
)
from nova_update_guard.layers import redaction
from tests.python_json import KEYS, ODD_TEXTS, SPACES, VALUES, same

ROWS = server_attributes.attributes_at(MAX)
RULES = sorted({row.rule for row in SERVER_ATTRIBUTES} | {UNLISTED})
NAMES = sorted({name.partition('.')[0] for name in ROWS} | {'id', 'links'})
NESTED = sorted(name.partition('.')[2] for name in ROWS if '.' in name)
NESTED_KEYS = st.dictionaries(
    st.sampled_from([*NESTED, 'id', 'name', 'code']) | KEYS | ODD_TEXTS,
    VALUES,
    max_size=4,
)
INNERS = NESTED_KEYS | st.lists(NESTED_KEYS | VALUES, max_size=2)
KEYED_BY_NETWORK = st.dictionaries(
    KEYS | ODD_TEXTS, INNERS | VALUES, max_size=2
)
SERVERS = st.dictionaries(
    st.sampled_from(NAMES)
    | st.sampled_from(sorted(server_attributes.NESTED_KEYS))
    | KEYS
    | ODD_TEXTS,
    VALUES | INNERS | KEYED_BY_NETWORK,
    max_size=6,
)
# By rule: no to all servers, or whatever it says when it is asked about one.
NO, NOT_THIS_ONE, THIS_ONE = (False, None), (None, False), (None, True)
VERDICTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(RULES, st.sampled_from([NO, NOT_THIS_ONE]))
) | st.just(dict.fromkeys(RULES, THIS_ONE))


def seen(document, verdicts, parent=''):
    """Return the visible part of *document*, by a plain second model."""
    found = {}
    for key, value in document.items():
        name = f'{parent}.{key}' if parent else key
        row = ROWS.get(name) if parent or '.' not in name else None
        rule = row.rule if row else UNLISTED
        is_unruled = key in (
            server_attributes.NESTED_KEYS[parent] if parent else UNRULED
        )
        if is_unruled or True in verdicts.get(rule, (True,)):
            found[key] = value
        elif row and row.hidden is not DROP:
            found[key] = row.hidden
    return found


def seen_inside(parent, value, verdicts, is_labelled):
    if isinstance(value, list):
        return [
            seen(each, verdicts, parent) if isinstance(each, dict) else each
            for each in value
        ]
    if not isinstance(value, dict):
        return value
    if not is_labelled:
        return seen(value, verdicts, parent)
    return {
        label: seen_inside(parent, each, verdicts, False)
        for label, each in value.items()
    }


def seen_server(server, verdicts):
    return {
        key: seen_inside(
            key, value, verdicts, key in server_attributes.KEYED_BY_NETWORK
        )
        if key in server_attributes.NESTED_KEYS
        else value
        for key, value in seen(server, verdicts).items()
    }


def redacted(data, verdicts):
    """Return the response *data*, redacted by these *verdicts*."""
    view = redaction.view_at(MAX, lambda rule: verdicts.get(rule, (True,))[0])
    found = documents.read(data)
    view.redact(found.servers, lambda rule, server: verdicts[rule][1])
    return documents.written(found.whole)


@given(st.lists(SERVERS, max_size=3), VERDICTS, SPACES)
def test_of_any_list_that_python_writes_only_hidden_attributes_are_taken(
    servers, verdicts, spaces
):
    data = json.dumps({'servers': servers, '\ud800': 1}, indent=spaces)
    before = json.loads(data)

    after = json.loads(redacted(data.encode(), verdicts))

    before['servers'] = [seen_server(s, verdicts) for s in before['servers']]
    assert same(after, before)


@given(SERVERS, VERDICTS, SPACES)
def test_of_any_server_that_python_writes_only_hidden_attributes_are_taken(
    server, verdicts, spaces
):
    data = json.dumps({'server': server}, indent=spaces)
    before = json.loads(data)['server']

    after = json.loads(redacted(data.encode(), verdicts))

    assert same(after, {'server': seen_server(before, verdicts)})


NAME = 'update_guard:server:show:name'
MAC = 'OS-EXT-IPS-MAC:mac_addr'


@pytest.mark.parametrize('verdict', [NO, NOT_THIS_ONE])
@pytest.mark.parametrize(
    'odd',
    [
        *('"\\ud800"', '"a\\udfff"', '"\\udc00\\ud800"', '{"\\ud800": 1}'),
        *('NaN', '-Infinity', '[Infinity]', '1e999', '1' * 10000),
        *('{"a": {"b": ["\\ud83d"]}}', '{"\\ud800": {}, "\\ud800": []}'),
        pytest.param('[' * 20000 + ']' * 20000, id='a deep list'),
        pytest.param('{"a":' * 20000 + '1' + '}' * 20000, id='deep objects'),
    ],
)
@pytest.mark.parametrize('where', ['scheduler_hints', 'metadata', '\\udead'])
def test_one_odd_value_hides_no_list_and_stays_as_it_was(odd, where, verdict):
    server = '{"id": "s2", "%s": %s, "name": "secret", "user_id": "u"}'
    servers = f'{{"id": "s1", "name": "secret"}}, {server % (where, odd)}'
    data = f'{{"servers": [{servers}], "servers_links": []}}'

    visible = redacted(data.encode(), {NAME: verdict}).decode()

    first = '{"id":"s1","name":""}'
    second = server.replace('secret', '') % (where, odd)
    left = f'{{"servers":[{first},{second}],"servers_links":[]}}'
    assert visible.replace(' ', '') == left.replace(' ', '')


@pytest.mark.parametrize(
    ('value', 'left'),
    [
        (
            '{"net": [{"addr": "\\ud800", "%s": "secret"}]}',
            '{"net":[{"addr":"\\ud800","%s":""}]}',
        ),
        (
            '{"\\ud800": [{"%s": "secret"}, "\\udfff"], "b": 1e999}',
            '{"\\ud800":[{"%s":""},"\\udfff"],"b":1e999}',
        ),
        ('{"a": {"%s": "\\ud800"}}', '{"a":{"%s":""}}'),
        ('[{"%s": 1, "\\ud800": 2}]', '[{"%s":"","\\ud800":2}]'),
        ('"\\ud800"', '"\\ud800"'),
    ],
)
def test_odd_values_inside_of_addresses_hide_nothing_else(value, left):
    value, left = (
        text % MAC if '%' in text else text for text in (value, left)
    )
    data = f'{{"server": {{"addresses": {value}}}}}'

    for _ in range(2):
        visible = redacted(
            data.encode(), {f'update_guard:server:show:addresses.{MAC}': NO}
        )

        assert visible.decode().replace(' ', '') == (
            f'{{"server":{{"addresses":{left}}}}}'
        )


@pytest.mark.parametrize('text', ['"\\ud800"', '[' * 5000 + ']' * 5000])
def test_an_odd_host_id_is_keyed_too(text):
    view = redaction.view_at(
        MAX, lambda rule: rule != server_attributes.HOST, ascii
    )
    found = documents.read(f'{{"server": {{"hostId": {text}}}}}'.encode())

    taken = view.redact(found.servers, lambda rule, server: False)

    assert taken == {'hostId': 1}
    hashed = ascii(text.replace('"\\ud800"', '\ud800'))
    after = json.loads(documents.written(found.whole))
    assert after == {'server': {'hostId': hashed}}
