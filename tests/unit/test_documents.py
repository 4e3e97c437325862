import pytest

from nova_update_guard import documents


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
    assert documents.servers_in(document) == servers


@pytest.mark.parametrize(
    'document',
    [{'server': []}, {'servers': {}}, {'servers': [{'id': 1}, 'x']}],
)
def test_what_says_it_holds_servers_and_does_not_is_an_error(document):
    with pytest.raises(ValueError, match='JSON'):
        documents.servers_in(document)


EVENTS = [{'hostId': 'a'}, {'hostId': 'b'}]


@pytest.mark.parametrize(
    ('document', 'events'),
    [
        ({'instanceAction': {'events': EVENTS}}, EVENTS),
        ({'instanceAction': {'events': [*EVENTS, 'x']}}, EVENTS),
        ({'instanceAction': {'events': EVENTS[0]}}, EVENTS[:1]),
        ({'instanceAction': {'events': None}}, []),
        ({'instanceAction': {}}, []),
        ({'instanceAction': EVENTS}, []),
        ({'events': EVENTS}, []),
        (EVENTS, []),
        (None, []),
    ],
)
def test_an_instance_action_has_its_events(document, events):
    assert documents.events_in(document) == events
