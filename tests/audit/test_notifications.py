"""Decisions as CADF events, sent by oslo.messaging."""

import json
import queue
import subprocess
import sys
import threading
import uuid

import pytest
from pycadf import cadftaxonomy

from nova_update_guard.audit import notifications
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.deploy import filters
from tests.cloud.processes import ROOT

SECONDS = 10
CONF = """
[DEFAULT]
transport_url = fake:/
[oslo_messaging_notifications]
driver = messagingv2
[update_guard]
decision_notifications = true
"""
RECORD = {
    'time': '2026-11-24T19:14:49.123456Z',
    'user_id': '8d5f3fd4b2f34d2b9f14dd32b9b9c3e0',
    'project_id': 'p1',
    'client': None,
    'server_id': 's1',
    'operation': 'update',
    'verdict': 'allow',
    'mode': 'enforce',
    'rule': None,
    'status': 200,
}


@pytest.fixture
def conf(tmp_path):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(CONF)
    return file


def bus(conf):
    return subprocess.run(
        [sys.executable, '-m', 'tests.audit.bus', conf],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_each_record_is_sent_as_a_cadf_event(conf):
    done = bus(conf)

    assert done.returncode == 0, done.stderr
    (publisher, kind, refused), (_, _, allowed) = map(
        json.loads, done.stdout.splitlines()
    )
    assert publisher == 'nova_update_guard'
    assert kind == 'nova_update_guard.decision'
    assert refused['outcome'] == 'failure'
    assert refused['action'] == 'update'
    assert refused['reason'] == {
        'reasonType': 'HTTP',
        'reasonCode': '403',
        'policyType': 'oslo.policy',
        'policyId': 'update_guard:server:update:name',
    }
    assert refused['initiator']['host']['agent'] == 'a client'
    (attached,) = refused['attachments']
    assert attached['content']['rule'] == 'update_guard:server:update:name'
    assert allowed['outcome'] == 'success'


def test_a_driver_that_is_not_there_stops_the_start(conf):
    conf.write_text(CONF.replace('fake:/', 'nothing:/'))

    said = bus(conf).stderr

    assert 'decision_notifications' in said
    assert 'nothing' in said


def test_an_audited_violation_is_a_success():
    record = RECORD | {'verdict': 'refuse', 'mode': 'audit', 'rule': 'r'}

    assert notifications.event_of(record)['outcome'] == 'success'


@pytest.mark.parametrize(
    ('operation', 'action'),
    [
        ('update', cadftaxonomy.ACTION_UPDATE),
        ('action', cadftaxonomy.ACTION_UPDATE),
        ('read', cadftaxonomy.ACTION_READ),
        ('other', cadftaxonomy.UNKNOWN),
    ],
)
def test_an_event_has_an_action_of_cadf(operation, action):
    assert (
        notifications.event_of(RECORD | {'operation': operation})['action']
        == action
    )


@pytest.mark.parametrize('server', ['s1', None, '', 'x' * 200])
def test_ids_of_an_event_are_uuids_for_any_path(server):
    event = notifications.event_of(
        RECORD | {'server_id': server, 'user_id': None}
    )

    for caller in ('target', 'initiator', 'observer'):
        assert uuid.UUID(event[caller]['id'])
    assert json.loads(json.dumps(event)) == event


def test_a_bus_that_hangs_delays_no_request_and_its_queue_is_bounded():
    hangs = threading.Event()
    notify = notifications.Notices(lambda record: hangs.wait(), lambda: None)
    most = notifications._MAX_WAITING

    refused = 0
    for _ in range(most + 10):
        try:
            notify(RECORD)
        except queue.Full:
            refused += 1
    hangs.set()

    # One is with the thread, if it has begun.
    assert refused in (9, 10)


def test_an_unsent_event_is_counted_and_the_next_is_sent():
    lost, sent = threading.Event(), queue.Queue()

    def send(record):
        if record is RECORD:
            raise RuntimeError
        sent.put(record)

    notify = notifications.Notices(send, lost.set)
    notify(RECORD)
    notify({**RECORD})

    assert lost.wait(SECONDS)
    assert sent.get(timeout=SECONDS) == RECORD


def test_without_oslo_messaging_the_start_names_the_package_to_install(
    conf, monkeypatch
):
    # What Python does with a module that cannot be imported.
    monkeypatch.setitem(sys.modules, 'oslo_messaging', None)
    monkeypatch.delitem(
        sys.modules, 'nova_update_guard.audit.notifier', raising=False
    )

    with pytest.raises(OptionError, match=r"pip install 'oslo\.messaging>="):
        filters.update_guard({}, oslo_config_file=str(conf))
