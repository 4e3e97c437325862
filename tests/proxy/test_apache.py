"""Under Apache and mod_wsgi, as the file that ships has it."""

import contextlib
import time

import pytest

from tests.proxy import client, rules
from tests.proxy.client import attack, request, send, update
from tests.proxy.nova import SECRET
from tests.proxy.unreadable import CANARY, too_large, unreadable

TWO = {'name': 'a', 'accessIPv4': '192.0.2.1'}
# What Debian's Apache serves, or has served by what may be installed there.
ITS_OWN = (
    *('/server-status', '/server-status?auto', '/server-info', '/icons/'),
    *('/icons/README', '/manual/', '/cgi-bin/', '/javascript/', '/horizon'),
    *('/.htaccess', '/index.html', '/~root/', '/phpmyadmin/', '/doc/'),
)


def test_updates_are_checked_and_responses_redacted(under_apache, nova):
    address = under_apache.address

    assert send(address, update(**TWO)).status == 400
    assert send(address, update()).status == 200
    visible = send(address)

    assert visible.status == 200
    assert SECRET.encode() not in visible.body
    assert [seen.method for seen in rules.reached(nova)] == ['PUT', 'GET']


@pytest.mark.parametrize('target', ITS_OWN)
def test_apache_serves_no_path_itself(under_apache, nova, target):
    send(under_apache.address, request(f'GET {target}'))

    assert [seen.target for seen in rules.reached(nova)] == [target]


@pytest.mark.parametrize('method', ['FOO', 'PROPFIND', 'OPTIONS', 'DELETE'])
def test_apache_serves_no_method_itself(under_apache, nova, method):
    send(under_apache.address, request(f'{method} /v2.1/flavors'))

    assert [seen.method for seen in rules.reached(nova)] == [method]


@pytest.mark.parametrize(
    ('data', 'status'),
    [
        (b'nonsense\r\n\r\n', 400),
        (request('TRACE /v2.1/flavors'), 405),
        (request(f'GET /v2.1/{"x" * 9_000}'), 404),
        (request(f'GET /v2.1/{"x" * 20_000}'), 414),
        (request('GET /', f'X: {"y" * 20_000}'), 400),
        (request('GET /v2.1/flavors', 'Expect: nothing'), 417),
        (request('GET /../..'), 400),
    ],
)
def test_refusals_of_apache_have_the_fault_shape_of_nova(
    under_apache, nova, data, status
):
    response, *_ = attack(under_apache.address, data)

    assert response.status == status
    assert response.headers['content-type'].startswith('application/json')
    (fault,) = response.json.values()
    assert fault['code'] == status
    assert rules.reached(nova) == []


def test_page_of_nova_s_stays_one(under_apache, nova):
    nova.respond_with(
        b'HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n'
        b'Content-Length: 4\r\n\r\npage'
    )

    response = send(under_apache.address, request('GET /v2.1/flavors'))

    assert (response.status, response.body) == (404, b'page')
    assert response.headers['content-type'].startswith('text/html')


@pytest.mark.parametrize(
    'line', ['PUT /v2.1/servers/s1', 'POST /v2.1/flavors']
)
def test_body_in_drips_ends_in_time(under_apache, nova, line):
    """The file that ships says 30 seconds, here it is two."""
    before = time.monotonic()
    with client.connected(under_apache.address) as one:
        one.send(request(line, 'Content-Length: 90000'))
        with contextlib.suppress(OSError):
            while time.monotonic() - before < 15:
                one.send(b' ')
                time.sleep(0.1)
        taken = time.monotonic() - before
        responses = one.responses()

    assert taken < 10
    assert {response.status for response in responses} <= {400, 408}
    assert rules.reached(nova) == []


def test_its_own_log_has_nothing_of_a_client(under_apache, nova):
    for data in (*too_large(), *unreadable()):
        attack(under_apache.address, data)
    attack(under_apache.address, request(f'GET /{CANARY}/{"x" * 9_000}'))
    assert rules.serves(under_apache.address)

    written = (under_apache.folder / 'server.log').read_text(errors='replace')
    assert [line for line in written.splitlines() if CANARY in line] == []
