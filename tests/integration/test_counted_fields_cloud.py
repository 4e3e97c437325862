"""Only changes count, also of concurrent updates, on the real cloud."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cloud.people import ADMIN, MEMBER, STRANGER
from tests.cloud.servers import RENAMED
from tests.integration.cloud_requests import (
    NAME,
    NEWEST,
    message,
    name_of,
    put,
    visible,
)
from tests.integration.cloud_settings import AT_DEBUG, put_back
from tests.integration.received import received
from tests.integration.trials import document, fresh

ROUNDS = 8


# Two workers, so that two updates can meet.
COMPARING = dataclasses.replace(
    AT_DEBUG, guard_conf='counted_fields = changed\n', workers=2
)


@pytest.fixture
def comparing(running_cloud):
    """The cloud with ``counted_fields = changed`` and the default policy."""
    put_back(running_cloud, COMPARING)
    return running_cloud


@pytest.mark.parametrize(
    ('field', 'value', 'other'),
    [
        ('accessIPv6', '2001:db8::7', '2001:0DB8:0:0::0007'),
        ('accessIPv4', '192.0.2.7', '192.0.2.7'),
        ('description', None, ''),
        ('description', '', None),
        ('OS-DCF:diskConfig', 'MANUAL', 'MANUAL'),
        ('hostname', 'as-it-was', 'as-it-was'),
    ],
)
def test_the_same_value_in_another_spelling_is_no_change(
    comparing, field, value, other
):
    first = put(comparing, {field: value})
    assert first.status == 200, first.body
    name = fresh('name')

    with received(comparing) as calls:
        response = put(comparing, {field: other, 'name': name})

    assert response.status == 200, response.body
    assert calls.methods == ['show', 'update']
    assert calls.update == {'name': name}
    assert response.json['server']['name'] == name


def test_two_that_change_are_refused_by_name_and_change_nothing(comparing):
    before = document(comparing)
    update = {
        'OS-DCF:diskConfig': before['OS-DCF:diskConfig'],
        'accessIPv6': fresh('accessIPv6'),
        'name': fresh('name'),
    }

    with received(comparing) as calls:
        response = put(comparing, update)

    assert response.status == 400
    assert '2 were given: accessIPv6, name.' in message(response)
    assert calls.methods == ['show']
    assert document(comparing) == before


def test_the_response_to_an_unchanged_update_is_the_server(
    comparing,
):
    (before,) = visible(comparing, MEMBER, f'/servers/{RENAMED.id}')
    update = {name: before[name] for name in ('name', 'description')}

    with received(comparing) as calls:
        response = put(comparing, update, version=NEWEST)

    assert response.status == 200
    assert response.json['server'].items() >= unstamped(before).items()
    assert calls.methods == ['show', 'update']
    assert calls.update == {}


def unstamped(server):
    """Return the common part of nova's responses to GET and PUT."""
    return {name: value for name, value in server.items() if name != 'updated'}


def test_an_empty_update_is_refused_without_a_lookup(comparing):
    with received(comparing) as calls:
        assert put(comparing, {}).status == 400

    assert calls == []


@pytest.mark.parametrize('guess', ['as it is', 'something else'])
def test_a_hidden_field_counts_with_any_value(comparing, guess):
    put(comparing, {'description': 'as it is'})
    comparing.write_policy('update_guard:server:show:description: role:admin')
    name = fresh('name')

    response = put(comparing, {'name': name, 'description': guess})

    assert response.status == 400
    assert '2 were given: name, description.' in message(response)


def test_a_caller_who_sees_a_field_may_send_it_unchanged(comparing):
    put(comparing, {'description': 'as it is'})
    comparing.write_policy('update_guard:server:show:description: role:admin')

    response = put(
        comparing, {'name': fresh('name'), 'description': 'as it is'}, ADMIN
    )

    assert response.status == 200


def test_policy_is_asked_about_changed_fields_only(comparing):
    comparing.write_policy(f'{NAME}: "!"')
    same = {'name': name_of(comparing), 'description': fresh('description')}

    assert put(comparing, same).status == 200
    assert put(comparing, {'name': fresh('name')}).status == 403


def test_another_project_gets_the_404_of_the_lookup(comparing):
    with received(comparing) as calls:
        response = put(comparing, {'name': name_of(comparing)}, STRANGER)

    assert response.status == 404
    assert RENAMED.id in message(response)
    assert calls.methods == ['show', 'show']


def test_concurrent_updates_do_not_undo_each_other(comparing):
    """Each sends the other's field as it was, as Horizon does."""
    comparing.token(MEMBER)
    for _ in range(ROUNDS):
        before = document(comparing)
        own = {name: fresh(name) for name in ('name', 'description')}
        sent = [
            {name: new if name == mine else before[name] for name in own}
            for mine, new in own.items()
        ]

        with received(comparing) as calls, ThreadPoolExecutor(2) as pool:
            responses = list(pool.map(lambda one: put(comparing, one), sent))

        after = document(comparing)
        for (field, new), response in zip(own.items(), responses, strict=True):
            outcome(response, after[field], before[field], new)
        checked_once_each_on_novas_document(calls)


def outcome(response, value, old, new):
    """Check that the field is as the answer says, and nothing else."""
    if response.status == 200:
        assert value == new
    elif response.status == 400:
        # The other was first, so what it changed is sent as it was.
        assert '2 were given: ' in message(response)
        assert value == old
    else:
        # With SQLite nova can fail to write while the other one does.
        assert response.status == 500, response.body
        assert value in (old, new)


def checked_once_each_on_novas_document(calls):
    """Check that nova showed the server once in each request, and first."""
    requests = {call.request for call in calls}
    for request in requests:
        methods = [call.method for call in calls if call.request == request]
        assert methods in (['show'], ['show', 'update'])
    for call in calls:
        if call.method == 'update':
            assert len(call.body['server']) == 1
