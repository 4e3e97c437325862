"""uWSGI without lazy-apps: the guard is loaded once, before uWSGI forks."""

import json
import time
from contextlib import closing

import pytest

from tests.proxy import serving
from tests.proxy.client import send, update
from tests.proxy.keystone import Keystone
from tests.proxy.nova import Nova
from tests.proxy.scraping import samples, total

POLICY = 'update-guard-policy.yaml'
DENIED = 'update_guard:server:update:name: "!"\n'
SECONDS = 30


@pytest.fixture
def forked(tmp_path):
    """The address of a guard, and its folder."""
    (tmp_path / POLICY).write_text('# The defaults.\n')
    with closing(Nova()) as nova, closing(Keystone()) as keystone:
        serving.write_config(tmp_path, nova.url, keystone.url)
        with serving.running(serving.PREFORKING, tmp_path) as address:
            yield address, tmp_path


def test_each_worker_follows_the_policy_counts_and_records(forked):
    address, folder = forked
    # From its first request on; until then it shows 0.
    before = eventually(
        lambda: send(address, update()) and revisions(address), are_one
    )

    (folder / POLICY).write_text(DENIED)
    # Without any further request, as reading metrics asks no policy.
    after = eventually(
        lambda: revisions(address),
        lambda found: are_one(found) and found != before,
    )
    statuses = [send(address, update()).status for _ in range(20)]

    assert before.keys() == after.keys()
    assert {*statuses} == {403}
    records = [
        json.loads(line)
        for line in (folder / 'decisions.log').read_text().splitlines()
    ]
    counts = samples(address)
    assert total(counts, 'seconds_count', operation='update') == len(records)
    verdicts = [record['verdict'] for record in records]
    assert verdicts.count('refuse') == len(statuses)
    assert total(counts, 'decisions_total', verdict='refuse') == len(statuses)


def revisions(address):
    """Return the revision that each process shows."""
    return {
        key: value
        for key, value in samples(address).items()
        if key[0] == 'nova_update_guard_policy_revision'
    }


def are_one(found):
    """Tell whether all show the same revision.

    All are each worker, and the process that has forked them: on a machine
    that is busy, one of them begins later.
    """
    return (
        len(found) == serving.PROCESSES + 1
        and len({*found.values()}) == 1
        and 0 not in found.values()
    )


def eventually(get, holds):
    """Return what *get* returns, once it *holds*."""
    end = time.monotonic() + SECONDS
    while not holds(found := get()):
        assert time.monotonic() < end, found
        time.sleep(0.5)
    return found
