from datetime import datetime, timezone

import pytest

from nova_update_guard.report import findings
from nova_update_guard.report.selection import Selection, moment
from tests.decisions import line, record

TIME = datetime(2026, 11, 24, 19, tzinfo=timezone.utc)


def takes(selection, **changed):
    changed = {'time': TIME.isoformat(), **changed}
    return selection.takes(findings.read(line(record(**changed))))


def test_without_options_all_records_are_selected():
    assert takes(Selection())
    assert takes(Selection(), client=None, user_id=None, project_id=None)


def test_since_is_from_then_on():
    since = Selection(since=TIME)

    assert takes(since)
    assert not takes(since, time='2026-11-24T18:59:59.999999Z')


def test_until_is_before_then():
    until = Selection(until=TIME)

    assert takes(until, time='2026-11-24T18:59:59.999999Z')
    assert not takes(until)


@pytest.mark.parametrize('name', ['project', 'user'])
def test_an_id_is_compared_whole(name):
    selection = Selection(**{name: 'one'})

    assert takes(selection, **{f'{name}_id': 'one'})
    assert not takes(selection, **{f'{name}_id': 'one2'})
    assert not takes(selection, **{f'{name}_id': None})


def test_a_client_is_known_by_a_part_of_its_name():
    selection = Selection(client='sdk/4')

    assert takes(selection, client='openstacksdk/4.22.0')
    assert not takes(selection, client='openstacksdk/3')
    assert not takes(selection, client=None)


def test_horizon_is_found_by_the_name_that_the_report_gives_it():
    both = {'client': 'python-novaclient', 'fields': ['name', 'description']}

    assert takes(Selection(client='Horizon'), **both)
    assert takes(Selection(client='python-novaclient'), **both)
    assert not takes(Selection(client='Horizon'), **both | {'fields': []})


@pytest.mark.parametrize(
    'text',
    [
        '2026-11-24T19:00Z',
        '2026-11-24T19:00',
        '2026-11-24 19:00:00',
        '2026-11-24T21:00:00+02:00',
        '20261124T190000Z',
    ],
)
def test_a_time_is_iso_8601_and_utc_by_default(text):
    assert moment(text) == TIME


def test_a_day_begins_at_midnight():
    assert moment('2026-11-24') == TIME.replace(hour=0)


@pytest.mark.parametrize(
    'text',
    [
        *('', 'yesterday', '24.11.2026', '0001-01-01T00:00+12:00'),
        # The 328th day of the year, and a letter too many or too few.
        *('2026-328', '2026-11-024', '2026-1-24', '2026-11', '2026'),
        *('2026-11-24T', '2026-11-24T19:00ZZ', ' 2026-11-24'),
    ],
)
def test_an_invalid_time_is_refused_and_quoted(text):
    with pytest.raises(ValueError, match='2026-11-24') as caught:
        moment(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize('name', ['request_id', 'server'])
def test_the_id_of_a_request_or_a_server_is_compared_whole(name):
    selection = Selection(**{name: 'one'})
    key = {'server': 'server_id'}.get(name, name)

    assert takes(selection, **{key: 'one'})
    assert not takes(selection, **{key: 'one2'})
    assert not takes(selection, **{key: None})


@pytest.mark.parametrize('name', ['user', 'project'])
def test_nothing_found_by_a_name_is_told_to_ask_by_an_id(name):
    assert 'take an id' in Selection(**{name: 'garden'}).hint()


def test_nothing_found_by_all_else_needs_no_hint():
    assert Selection().hint() == Selection(client='a', server='s').hint() == ''
