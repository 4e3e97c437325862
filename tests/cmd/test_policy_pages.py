"""The pages on policy show what their commands write."""

import json
import time

import pytest
import webtest

from nova_update_guard.deploy import filters
from tests import standin
from tests.cmd import pages
from tests.cmd.running import program, run

# Nova would change what this process has of oslo.
NOVAS = ['check.md']
# What the solver knows from others' questions can change which of two equally
# small servers it finds.
DIFFS = ['diff.md', 'open-an-attribute.md']
# What has a test of its own, on a real cloud.
ELSEWHERE = ['os-update-guard.md']
PAGES = [
    pytest.param(
        path.name, marks=pytest.mark.integration if path.name in NOVAS else ()
    )
    for path in sorted(pages.PAGES.glob('*.md'))
    if path.name not in ELSEWHERE and '```console' in path.read_text()
]


@pytest.mark.parametrize('page', PAGES)
def test_the_commands_of_a_page_write_what_it_shows(page, tmp_path):
    is_apart = page in (*NOVAS, *DIFFS)
    found = pages.played(page, tmp_path, program if is_apart else run)

    assert found == (pages.PAGES / page).read_text()


HOST = 'OS-EXT-SRV-ATTR:host'
EXAMPLE = 'open-an-attribute.md'
# What differs from one request to the next.
VARIES = ('time', 'request_id', 'microseconds', 'nova_microseconds')


def test_the_example_is_what_a_guard_records_and_has_in_force(
    tmp_path, nova, caplog
):
    policy, *_ = pages.contents(EXAMPLE, 'yaml')
    file = tmp_path / '.nova-update-guard' / 'update-guard-policy.yaml'
    file.parent.mkdir()
    file.write_text(policy)
    log = tmp_path / 'decisions.log'
    guard = webtest.TestApp(
        filters.update_guard(
            {},
            policy_file=str(file),
            decision_log=str(log),
            decision_sample_reads='1',
        )(nova)
    )
    (records,) = pages.contents(EXAMPLE, 'json')
    shown, *_ = map(json.loads, records.splitlines())
    server = {HOST: 'h', 'OS-EXT-SRV-ATTR:instance_name': 'i'}
    nova.respond({'server': standin.SERVER | server})

    assert HOST not in _read(guard, shown)
    assert _same(json.loads(log.read_text())) == _same(shown)

    pages.played(EXAMPLE, tmp_path)
    started = time.monotonic()
    caplog.set_level('INFO')
    while HOST not in _read(guard, shown):
        assert time.monotonic() - started < 5
        time.sleep(0.1)
    assert 'The changed policy files are in force' in caplog.text
    last = json.loads(log.read_text().splitlines()[-1])
    text = (pages.PAGES / EXAMPLE).read_text()
    assert f'"revision":"{last["revision"]}"' in text
    assert str(int(last['revision'], 16)) in text


def _read(guard, record):
    """Return the server that the caller of *record* gets."""
    caller = standin.as_(
        *record['roles'], user=record['user_id'], project=record['project_id']
    )
    headers = {
        'OpenStack-API-Version': f'compute {record["microversion"]}',
        'User-Agent': record['client'],
    }
    path = f'/servers/{record["server_id"]}'
    return guard.get(path, headers=headers, extra_environ=caller).json[
        'server'
    ]


def _same(record):
    return {key: record[key] for key in record.keys() - {*VARIES}}
