"""Whatever nova does, the client gets an answer, and nothing hidden in it."""

import time

import pytest

from tests.proxy import client, faults, rules
from tests.proxy.client import ask, request, update
from tests.proxy.keystone import ADMIN, MEMBER
from tests.proxy.nova import DOCUMENT, SECRET, answer, head
from tests.proxy.serving import READ_TIMEOUT

SHOW = request()
UPDATE = update()
FLAVORS = request('GET /v2.1/flavors')
ACTION = request('POST /v2.1/servers/s1/action', body=b'{"reboot": {}}')
BROKEN = {**faults.BREAKS_OFF, **faults.IS_NO_HTTP}
# What the proxy may take longer than nova has, on a busy machine.
_PATIENCE = 5.0


def named(scripts):
    return pytest.mark.parametrize('script', scripts.values(), ids=[*scripts])


def is_fault(answer, status):
    """Tell whether *answer* is one of nova's own faults, as clients know."""
    return (
        answer.status == status
        and answer.json['computeFault']['code'] == status
        and answer.headers['openstack-api-version'] == 'compute 2.1'
        and answer.headers['x-openstack-nova-api-version'] == '2.1'
        and 'x-openstack-request-id' in answer.headers
    )


@named(BROKEN)
@pytest.mark.parametrize(
    'data',
    [SHOW, UPDATE, FLAVORS, ACTION, request(token=ADMIN)],
    ids=['show', 'update', 'flavors', 'action', 'admin'],
)
def test_broken_answer_is_502_and_the_next_request_works(
    address, nova, script, data
):
    nova.script(script)

    assert is_fault(ask(address, data), 502)
    nova.answers()
    assert rules.serves(address)


@named(faults.IS_NO_SERVER)
@pytest.mark.parametrize('data', [SHOW, UPDATE], ids=['show', 'update'])
def test_answer_without_the_server_that_is_due_is_502(
    address, nova, script, data
):
    nova.script(script)

    assert is_fault(ask(address, data), 502)
    nova.answers()
    assert rules.serves(address)


@pytest.mark.parametrize(
    ('server', 'slow'),
    [*(('uwsgi', slow) for slow in faults.IS_SLOW), ('gunicorn', 'silent')],
)
def test_answer_that_takes_too_long_is_504(proxies, nova, server, slow):
    address = proxies[server].address
    nova.script(faults.IS_SLOW[slow])

    before = time.monotonic()
    with client.connected(address) as one, client.connected(address) as other:
        one.send(SHOW)
        other.send(FLAVORS)
        answers = one.answer(), other.answer()
    taken = time.monotonic() - before

    assert [is_fault(answer, 504) for answer in answers] == [True, True]
    assert taken < READ_TIMEOUT + _PATIENCE
    nova.answers()
    assert rules.serves(address)


@named(faults.IS_WHOLE)
def test_unusual_but_whole_answer_is_redacted(address, nova, script):
    nova.script(script)

    shown = ask(address)

    assert shown.status == 200
    assert shown.json['server']['name'] == 'vm1'
    assert SECRET not in str(shown)
    assert 'x-early' not in shown.headers
    assert shown.headers['content-length'] == str(len(shown.body))


@named(faults.IS_WHOLE)
def test_who_may_see_all_gets_the_bytes_of_nova(address, nova, script):
    nova.script(script)

    with client.connected(address) as one:
        for _ in range(2):
            one.send(request(token=ADMIN))
            shown = one.answer()
            assert (shown.status, shown.body) == (200, DOCUMENT)


def test_refused_connection_is_502_and_the_next_works(address, nova):
    nova.close()
    nova.script(faults.says(b''))
    try:
        assert is_fault(ask(address), 502)
    finally:
        nova.open()
    nova.answers()

    assert rules.serves(address)


@pytest.mark.parametrize('token', [ADMIN, MEMBER])
@pytest.mark.parametrize(
    'status', ['500 Internal', '503 Busy', '409 Conflict', '404 Not Found']
)
def test_fault_of_nova_reaches_the_client_whole(address, nova, token, status):
    body = b'{"computeFault": {"code": 1, "message": "nova"}}'
    nova.answers(answer(body, 'Retry-After: 5', status=status))

    shown = ask(address, request(token=token))

    assert (shown.status, shown.body) == (int(status[:3]), body)
    assert shown.headers['retry-after'] == '5'


@pytest.mark.parametrize('status', [301, 302, 303, 307, 308])
def test_redirect_is_the_client_s_to_follow(address, nova, status):
    there = f'{nova.url}/elsewhere'
    nova.answers(answer(b'', f'Location: {there}', status=f'{status} There'))

    shown = ask(address, request('GET /v2.1/flavors'))

    assert (shown.status, shown.headers['location']) == (status, there)
    assert len(nova.requests()) == 1


@pytest.mark.parametrize('status', ['204 No Content', '304 Not Modified'])
def test_answer_that_has_no_body_keeps_its_headers(address, nova, status):
    nova.answers(head('X-Mark: y', 'ETag: "e"', status=status))

    with client.connected(address) as one:
        for _ in range(2):
            one.send(FLAVORS)
            shown = one.answer()
            assert shown.status in (int(status[:3]), 200)
            assert shown.headers.get('x-mark', 'y') == 'y'


def test_no_content_has_no_length(address, nova):
    """Or a client would wait for it, or take the next answer for it."""
    nova.answers(answer(status='204 No Content'))

    shown = ask(address, FLAVORS)

    assert shown.status == 204
    assert 'content-length' not in shown.headers


@pytest.mark.parametrize('path', ['/v2.1/flavors', '/v2.1/servers/s1'])
def test_answer_to_head_has_the_length_and_no_body(address, nova, path):
    nova.answers(head('Content-Length: 12345', 'X-Mark: y'))

    with client.connected(address) as one:
        one.send(request(f'HEAD {path}'))
        shown = one.answer(is_head=True)
        one.send(FLAVORS)
        assert one.answer().body == DOCUMENT

    assert shown.headers['content-length'] == '12345'
    assert shown.headers['x-mark'] == 'y'


@named(BROKEN)
def test_failed_answer_to_head_has_no_body(address, nova, script):
    nova.script(script)

    with client.connected(address) as one:
        one.send(request('HEAD /v2.1/servers/s1'))
        shown = one.answer(is_head=True)
        nova.answers()
        one.send(FLAVORS)
        assert one.answer().status == 200

    assert shown.status in (200, 502)
