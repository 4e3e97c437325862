"""In audit mode no client of a real nova sees another byte."""

import collections
import json
import sys
import time
from pathlib import Path

import pytest

from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import defaults
from tests.cloud import recorded
from tests.cloud.cloud import Cloud
from tests.cloud.people import MEMBER, STRANGER
from tests.cloud.ports import FREE
from tests.cloud.servers import RENAMED
from tests.cloud.settings import UWSGI, Settings
from tests.integration.cloud_requests import message, name_of, put
from tests.integration.same_bytes import as_recorded, at, comparable

# Nobody may change or see anything.
NOTHING = ''.join(
    f'{rule.name}: "!"\n'
    for rule in defaults.list_rules()
    if rule.name.startswith('update_guard:')
)


@pytest.fixture(scope='module')
def warning_cloud(seed, tmp_path_factory):
    folder = tmp_path_factory.mktemp('warned')
    log = folder / 'decisions.log'
    modes = ''.join(f'{layer} = audit\n' for layer in LAYERS)
    settings = Settings(
        policy=NOTHING,
        proxies=(UWSGI,),
        guard_conf=f'{modes}decision_log = {log}\ndecision_sample_reads = 1\n',
    )
    with Cloud(Path(sys.executable), seed(folder), FREE, settings) as cloud:
        yield cloud, log


@pytest.fixture
def cloud(warning_cloud):
    return warning_cloud[0]


@pytest.fixture
def records(warning_cloud):
    """Return a function that returns the records of one test."""
    log = warning_cloud[1]
    before = len(settled(log))
    return lambda: [
        json.loads(line) for line in settled(log)[before:].splitlines()
    ]


def settled(log):
    """Return the records in *log*, after responses just read.

    A record is written when the client has all of the answer.
    """
    before, data = None, log.read_bytes()
    while data != before:
        time.sleep(0.3)
        before, data = data, log.read_bytes()
    return data


def test_a_client_sees_the_same_bytes_as_from_nova(cloud, records):
    projects = {
        caller.name: cloud.token(caller).project_id
        for caller in (MEMBER, STRANGER)
    }
    # No layer checks any others.
    requests = [
        *(
            one
            for one in recorded.requests(projects)
            if '/servers' in one.target
        ),
        *recorded.checked(projects),
    ]
    differing = []
    for request in requests:
        novas = as_recorded(cloud, cloud.nova_itself_url, request)
        ours = as_recorded(cloud, at(cloud.proxies[0]), request)
        if comparable(ours) != comparable(novas):
            differing.append((str(request), novas, ours))

    assert differing == []
    found = collections.Counter(
        (record['verdict'], record['mode']) for record in records()
    )
    assert {mode for _, mode in found} == {'audit'}
    assert found['refuse', 'audit'] > 20
    assert found['redact', 'audit'] > 15


def test_each_checked_request_is_recorded_as_if_it_had_been_refused(
    cloud, records
):
    projects = {
        caller.name: cloud.token(caller).project_id
        for caller in (MEMBER, STRANGER)
    }
    requests = [*recorded.checked(projects)]

    for request in requests:
        as_recorded(cloud, at(cloud.proxies[0]), request)

    # But for an action without a field and one whose body nova cannot read.
    refused = [r for r in records() if r['verdict'] == 'refuse']
    assert len(requests) - len(refused) <= 5
    rules = {record['rule'] for record in refused}
    assert rules >= {
        'a method in the query',
        'field validation',
        'malformed microversion',
        'no parameter',
        'no verified identity',
        'unreadable body',
        'update_guard:server:show:OS-EXT-SRV-ATTR:host',
        'update_guard:server:update:name',
    }


def test_an_update_that_would_be_refused_is_made(cloud, records):
    name = f'{name_of(cloud)}-and'

    response = put(cloud, {'name': name, 'accessIPv4': '192.0.2.9'})

    assert response.status == 200
    assert name_of(cloud) == name
    record = records()[1]
    assert (record['layer'], record['rule']) == (
        'one_parameter',
        '2 parameters',
    )
    assert record['status'] == 200
    assert record['server_id'] == RENAMED.id
    assert [other['layer'] for other in record['also']] == [
        'field_policy',
        'field_policy',
        'response_redaction',
    ]


def test_a_refusal_of_nova_passes_unchanged(cloud, records):
    response = put(cloud, {'name': ''})

    assert response.status == 400
    assert 'name' in message(response)
    assert records()[0]['status'] == 400
