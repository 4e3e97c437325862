"""What clients are told where nova does not show the server first."""

import pytest

from tests.proxy import faults, serving
from tests.proxy.client import ask, connected, request, update
from tests.proxy.nova import answer, head

# The server has no user_id: the rule says no, once it is shown.
POLICY = 'update_guard:server:update:name: user_id:%(user_id)s'
REBUILD = request(
    'POST /v2.1/servers/s1/action',
    body=b'{"rebuild": {"imageRef": "i", "name": "new"}}',
)
VERSION = 'OpenStack-API-Version: compute 2.19'


@pytest.fixture(scope='module')
def judging(running_nova, keystone, tmp_path_factory):
    """Proxies, one for each server, whose policy needs a lookup."""
    with (
        _running('gunicorn', running_nova, keystone, tmp_path_factory) as one,
        _running('uwsgi', running_nova, keystone, tmp_path_factory) as other,
    ):
        yield {'gunicorn': one, 'uwsgi': other}


def _running(name, nova, keystone, folders):
    folder = folders.mktemp(name)
    serving.write_config(folder, nova.url, keystone.url)
    (folder / 'update-guard-policy.yaml').write_text(POLICY)
    return serving.running(name, folder)


@pytest.fixture(params=serving.SERVERS)
def address(request, judging, nova):
    return judging[request.param]


@pytest.mark.parametrize(
    ('status', 'field'),
    [
        ('300 Multiple Choices', 'X-Other: nova'),
        ('307 Temporary Redirect', 'Location: http://h/elsewhere'),
        ('400 Bad Request', 'X-Other: nova'),
        ('401 Unauthorized', 'WWW-Authenticate: Keystone uri="novas"'),
        ('403 Forbidden', 'X-Other: nova'),
        ('404 Not Found', 'X-Other: nova'),
        ('418 Teapot', 'X-Other: nova'),
        ('429 Too Many Requests', 'Retry-After: 7'),
        ('500 Internal Server Error', 'X-Other: nova'),
        ('503 Service Unavailable', 'Retry-After: 7'),
        ('504 Gateway Timeout', 'X-Other: nova'),
        ('599 Whatever', 'X-Other: nova'),
    ],
)
@pytest.mark.parametrize('data', [update(VERSION), REBUILD])
def test_refusal_of_the_lookup_reaches_the_client_as_nova_sent_it(
    address, nova, status, field, data
):
    body = b'<p>of nova, or of what stands before it \xff</p>'
    nova.answers(answer(body, field, status=status))

    # One connection, so that the next answer on it is the next one's.
    with connected(address) as client:
        client.send(data)
        shown = client.answer()
        client.send(request('GET /v2.1/flavors'))
        assert client.answer().status == 200

    assert (shown.status, shown.body) == (int(status[:3]), body)
    name, _, text = field.partition(': ')
    assert name.lower() in shown.headers
    assert shown.headers[name.lower()] == text or status.startswith('401')
    told = 'compute 2.19' if data is not REBUILD else 'compute 2.1'
    assert shown.headers['openstack-api-version'] == told
    assert [seen.method for seen in nova.requests()] == ['GET', 'GET']


@pytest.mark.parametrize(
    'data',
    [
        answer(b'{"servers": []}'),
        answer(b'<html>a secret</html>'),
        answer(status='202 Accepted'),
        answer(b'{"server', 'Content-Range: 0-8/99', status='206 Partial'),
        head(status='204 No Content'),
        head('ETag: "e"', status='304 Not Modified'),
    ],
)
def test_success_that_is_no_server_is_502(address, nova, data):
    nova.answers(data)

    shown = ask(address, update(VERSION))

    assert shown.status == 502
    assert shown.json['computeFault']['code'] == 502
    assert shown.headers['openstack-api-version'] == 'compute 2.19'
    assert b'secret' not in shown.body
    assert len(nova.requests()) == 1


@pytest.mark.parametrize(
    ('scripts', 'status'),
    [
        (faults.BREAKS_OFF, 502),
        (faults.IS_NO_HTTP, 502),
        # The others are in test_nova_faults.py.
        ({'silent': faults.IS_SLOW['silent']}, 504),
    ],
)
def test_lookup_that_gets_no_whole_answer_is_told_as_such(
    address, nova, scripts, status
):
    """A silence is 504 here as it is for any other request."""
    for script in scripts.values():
        nova.script(script)
        shown = ask(address, update(VERSION))

        assert shown.status == status
        assert shown.json['computeFault']['code'] == status
        assert shown.headers['openstack-api-version'] == 'compute 2.19'
    nova.answers()
    assert ask(address, update()).status == 403


def test_lookup_at_a_nova_that_is_down_is_502(address, nova):
    nova.close()
    try:
        shown = ask(address, update(VERSION))
    finally:
        nova.open()

    assert shown.status == 502
    assert shown.headers['openstack-api-version'] == 'compute 2.19'


def test_a_head_of_novas_that_is_too_long_is_502(address, nova):
    nova.answers(answer(b'{}', f'X-A: {"b" * 100_000}', status='503 Service'))

    assert ask(address, update()).status == 502
    assert ask(address, update()).status == 403


def test_a_large_refusal_reaches_the_client_whole(address, nova):
    body = b'x' * 3_000_000
    nova.answers(answer(body, status='503 Service Unavailable'))

    shown = ask(address, update())

    assert (shown.status, shown.body) == (503, body)
