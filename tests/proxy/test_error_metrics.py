"""What fails is counted by its cause, and alerts can see the first time."""

from contextlib import closing

import pytest

from nova_update_guard.layers.modes import LAYERS
from tests.proxy import serving
from tests.proxy.client import attack, request, send, update
from tests.proxy.faults import says
from tests.proxy.keystone import ADMIN, Keystone
from tests.proxy.nova import Nova, head, response
from tests.proxy.scraping import grown, samples, total

CAUSES = ('guard', 'nova', 'keystone')
CHECK = request('GET /healthcheck', token=None)


@pytest.fixture
def made(tmp_path):
    """A guard with a nova and a keystone of its own."""
    with closing(Nova()) as nova, closing(Keystone()) as keystone:
        serving.write_config(tmp_path, nova.url, keystone.url)
        with serving.running('gunicorn', tmp_path) as address:
            yield address, nova, keystone


def test_before_the_first_error_each_count_is_zero(made):
    address, *_ = made

    found = samples(address)
    errors = 'nova_update_guard_errors_total'
    assert {found[errors, ('cause', cause)] for cause in CAUSES} == {0}
    checks = 'nova_update_guard_health_checks_total'
    assert found[checks, ('outcome', 'failed')] == 0
    assert total(found, 'lost_records_total') == 0


@pytest.mark.parametrize('mode', ['audit', 'enforce'])
def test_no_series_begins_with_its_first_event(tmp_path, mode):
    """Prometheus sees no increase there: what would be refused would be 0."""
    with closing(Nova()) as nova, closing(Keystone()) as keystone:
        guard = '\n'.join(f'{layer} = {mode}' for layer in LAYERS)
        serving.write_config(tmp_path, nova.url, keystone.url, guard=guard)
        (tmp_path / 'update-guard-policy.yaml').write_text(POLICY)
        with serving.running('gunicorn', tmp_path) as address:
            before = samples(address).keys()
            for each in REQUESTS:
                send(address, each)
            keystone.close()
            send(address, request('GET /v2.1/servers/s1', token='new'))
            keystone.open()
            after = samples(address)

    new = {each for each in after.keys() - before if 'pid' not in str(each)}
    assert new == set()
    decided = {
        dict(labels)['verdict']
        for (name, *labels), count in after.items()
        if name == 'nova_update_guard_decisions_total' and count
    }
    assert decided == {'allow', 'refuse', 'redact'}
    assert 200 < len(before) < 2000


POLICY = """
update_guard:server:update:description: "!"
update_guard:server:show:metadata: rule:context_is_admin
update_guard:server:show:created: rule:context_is_admin
"""
REQUESTS = [
    update(name='a'),
    update(name='a', description='b'),
    update(description='b'),
    update(name=5),
    update(nonsense='b'),
    update(),
    request('PUT /v2.1/servers/s1', body=b'{"serv'),
    request('PUT /v2.1/servers/s1', body=b'{"server": {"name": "a"}}'),
    request('PUT /v2.1/servers/s1?_method=GET', body=b'{}'),
    request('POST /v2.1/servers', body=b'{"server": {"name": 5}}'),
    request('POST /v2.1/servers', body=b'{"server": {"description": "b"}}'),
    request(
        'POST /v2.1/servers/s1/action',
        body=b'{"rebuild": {"name": "a", "description": "b"}}',
    ),
    request('GET /v2.1/servers/s1'),
    request('GET /v2.1/servers/s1', token=None),
    request('GET /v2.1/servers/detail?sort_key=created_at'),
    request('GET /v2.1/servers/detail?changes-since=2026-01-01T00:00:00Z'),
    request('GET /v2.1/servers'),
    request('GET /v2.1/servers/s1', token=ADMIN),
    update(name='a', token=ADMIN),
    request('GET /v2.1/servers?host=a&metadata=b'),
    request('DELETE /v2.1/servers/s1'),
]


@pytest.mark.parametrize(
    'data', [b'', head('Content-Length: 100000') + b'a' * 70_000]
)
@pytest.mark.parametrize('path', ['/v2.1/flavors', '/v2.1/servers/s1'])
def test_a_nova_that_breaks_off_is_counted_once(address, nova, data, path):
    by_nova, by_others = (
        grown(address, 'errors_total', cause='nova'),
        grown(address, 'errors_total'),
    )
    nova.script(says(data))

    attack(address, request(f'GET {path}'))

    assert (by_nova(), by_others()) == (1, 1)


def test_a_502_of_the_guard_s_own_for_nova_is_counted_once(address, nova):
    by_nova, by_others = (
        grown(address, 'errors_total', cause='nova'),
        grown(address, 'errors_total'),
    )
    nova.respond_with(response(b'{"server": '))

    assert send(address).status == 502

    assert (by_nova(), by_others()) == (1, 1)


def test_what_a_client_does_wrong_is_no_failure(address, nova):
    failed = grown(address, 'errors_total')

    attack(address, request('PUT /v2.1/servers/s1', body=b'{"serv'))
    attack(address, request('POST /v2.1/flavors', body=b'ab')[:-1])
    attack(address, request('GET /v2.1/flavors', 'Accept: a/b;version=2'))
    attack(address, request('GET /v2.1/servers/s1', token=None))

    assert failed() == 0


def test_a_keystone_that_is_gone_is_counted(made):
    address, _, keystone = made
    keystone.close()
    try:
        assert send(address).status == 503
        # nova verifies the token itself.
        assert send(address, request('GET /v2.1/flavors')).status == 200
    finally:
        keystone.open()

    found = samples(address)
    assert total(found, 'errors_total', cause='keystone') == 1
    assert total(found, 'errors_total') == 1


def test_health_checks_are_counted_by_their_outcome(made):
    address, nova, _ = made
    passed, failed = (
        grown(address, 'health_checks_total', outcome=outcome)
        for outcome in ('ok', 'failed')
    )

    assert send(address, CHECK).status == 200
    nova.close()
    try:
        assert send(address, CHECK).status == 503
    finally:
        nova.open()

    assert (passed(), failed()) == (1, 1)
