"""Metrics of several processes are added up, and bounded."""

import os
import signal
import time
from ipaddress import ip_network

import pytest
import webtest

from nova_update_guard.audit import metrics_page
from nova_update_guard.audit.metrics_page import MetricsPage
from tests.proxy import processes, serving
from tests.proxy.client import request, send, update
from tests.proxy.keystone import ADMIN
from tests.proxy.scraping import SCRAPE, grown, samples, total


def test_any_process_serves_the_metrics_of_all(address):
    allowed = grown(address, 'decisions_total', verdict='allow', field='name')
    refused = grown(
        address,
        'decisions_total',
        layer='field_validation',
        verdict='refuse',
        mode='enforce',
        field='hostname',
        operation='update',
    )
    hidden = grown(
        address,
        'redacted_attributes_total',
        attribute='OS-EXT-SRV-ATTR:host',
        mode='enforce',
    )
    checked = grown(address, 'seconds_count')
    responded = grown(address, 'nova_seconds_count')

    for _ in range(20):
        assert send(address, update(token=ADMIN)).status == 200
        assert send(address, update(hostname='a')).status == 400
        assert send(address).status == 200

    assert [allowed(), refused(), hidden()] == [20, 20, 20]
    assert [checked(), responded()] == [60, 40]


def test_a_refused_create_is_counted_as_one(address):
    refused = grown(
        address,
        'decisions_total',
        operation='create',
        layer='field_validation',
        verdict='refuse',
        mode='enforce',
        field='name',
    )
    body = b'{"server": {"name": ""}}'
    create = request('POST /v2.1/servers', body=body)

    assert send(address, create).status == 400
    assert refused() == 1


def test_unguarded_requests_are_not_counted(address):
    checked = grown(address, 'seconds_count')

    assert send(address, request('GET /v2.1/flavors')).status == 200

    assert checked() == 0


def test_a_client_cannot_make_more_metrics(address):
    send(address, update(name='a', description='b'))
    send(address, update(nothing='a'))
    before = samples(address).keys()

    for number in range(30):
        send(address, update(**{f'nothing-{number}': 'a'}))
        send(address, update(**{f'no-{number}': 'a', f'one-{number}': 'b'}))
        send(address, request(f'GET /v2/servers?sort_key=no-{number}'))

    # Not those of a process that began meanwhile, which name it.
    fields = {
        dict(reported).get('field')
        for _, *reported in samples(address).keys() - before
        if 'pid' not in dict(reported)
    }
    assert fields <= {'(unknown)', '(several)'}


def test_a_sort_key_that_is_taken_out_is_counted_by_its_name(address):
    labels = {'layer': 'response_redaction', 'verdict': 'redact'}
    taken = grown(address, 'decisions_total', field='host', **labels)

    send(address, request('GET /v2.1/servers?sort_key=host&sort_key=host'))

    assert taken() == 1


@pytest.mark.parametrize(
    ('fields', 'status'),
    [
        ([], 200),
        (['X-Forwarded-For: 127.0.0.1'], 200),
        (['X-Forwarded-For: 192.0.2.1'], 403),
        (['X-Forwarded-For: 127.0.0.1, 192.0.2.1'], 403),
        (['Forwarded: for=127.0.0.1'], 403),
    ],
)
def test_only_the_networks_of_the_operator_read_them(address, fields, status):
    response = send(address, request(SCRAPE, *fields, token=None))

    assert response.status == status
    assert (b'nova_update_guard' in response.body) == (status == 200)


@pytest.mark.parametrize(
    ('client', 'status'),
    [
        ('192.0.2.1', 200),
        ('::ffff:192.0.2.1', 200),
        ('::ffff:c000:201', 200),
        ('::ffff:198.51.100.1', 403),
        ('::192.0.2.1', 403),
        ('2001:db8::1', 200),
        ('2001:db9::1', 403),
        ('', 403),
    ],
)
def test_a_client_is_known_in_each_spelling_of_its_address(
    monkeypatch, client, status
):
    networks = map(ip_network, ('192.0.2.0/24', '2001:db8::/32'))
    monkeypatch.setattr(metrics_page.metrics, 'exposition', lambda: b'')
    page = webtest.TestApp(MetricsPage(None, '/metrics', networks))

    page.get('/metrics', extra_environ={'REMOTE_ADDR': client}, status=status)


def test_metrics_are_read_and_nothing_else(address, nova):
    body = b'{}'
    for method in ('POST', 'PUT', 'DELETE'):
        response = send(address, request(f'{method} /metrics', body=body))
        assert response.status == 405
        assert response.json['badMethod']['code'] == 405
    head = send(address, request('HEAD /metrics', token=None), is_head=True)

    assert (head.status, head.body) == (200, b'')
    assert nova.requests() == []


@pytest.mark.parametrize('path', ['/metrics/', '/metrics/x', '/Metrics'])
def test_another_path_is_forwarded(address, nova, path):
    send(address, request(f'GET {path}', token=None))

    (got,) = nova.requests()
    assert got.target == path


def test_of_a_process_that_is_gone_the_counts_stay(address, proxy):
    allowed = grown(address, 'decisions_total', verdict='allow')
    for _ in range(20):
        send(address, update(token=ADMIN))
    workers = {*processes.descendants(proxy.pid)} - {proxy.pid}
    reported = {
        int(dict(labels)['pid'])
        for name, *labels in samples(address)
        if name == 'nova_update_guard_policy_revision'
    }
    assert reported <= workers

    gone = min(reported)
    os.kill(gone, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while gone in processes.descendants(proxy.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert allowed() == 20
    found = samples(address)
    assert not [key for key in found if ('pid', str(gone)) in key]


@pytest.mark.parametrize('name', ['counter_9.db', 'gauge_livemax_9.db'])
def test_a_new_process_causes_no_fault(address, proxy, name):
    file = proxy.folder / 'metrics' / name
    file.write_bytes(b'')
    try:
        assert total(samples(address), 'seconds_count')
    finally:
        file.unlink(missing_ok=True)


def test_a_fault_of_the_metrics_gets_a_response_and_is_logged(address, proxy):
    failed = grown(address, 'errors_total', cause='guard')
    folder = proxy.folder / 'metrics' / 'counter_9.db'
    folder.mkdir()
    try:
        response = send(address, request(SCRAPE, token=None))
    finally:
        folder.rmdir()

    assert response.status == 500
    assert response.json['computeFault']['code'] == 500
    said = (proxy.folder / 'guard.log').read_text()
    assert (
        f'[{response.headers["x-openstack-request-id"]}] Error in the guard'
        in said
    )
    assert 'IsADirectoryError' in said
    assert 'Is a directory' not in said
    assert failed() == 1


def test_all_processes_report_the_revision_in_force(address):
    becomes(address, lambda found: len(revisions(found)) == serving.PROCESSES)

    assert len({*revisions(samples(address)).values()}) == 1


def test_a_broken_file_that_has_gone_leaves_nothing_stale(address, proxy):
    policy = proxy.folder / 'update-guard-policy.yaml'
    # One that begins now would not start.
    becomes(address, lambda found: len(revisions(found)) == serving.PROCESSES)
    policy.write_text('a: [')
    try:
        becomes(address, lambda found: total(found, 'policy_stale') == 1)
    finally:
        policy.unlink()

    becomes(address, lambda found: total(found, 'policy_stale') == 0)


def revisions(found):
    """Return the revision that is in force in each process.

    It is 0 in one that has not loaded its policy yet.
    """
    named = 'nova_update_guard_policy_revision'
    return {key: n for key, n in found.items() if key[0] == named and n}


def becomes(address, holds):
    """Ask, and read the metrics, until *holds* says yes of them."""
    deadline = time.monotonic() + 20
    while not holds(samples(address)):
        assert time.monotonic() < deadline
        send(address, update(token=ADMIN))
        time.sleep(0.02)
