"""A process that loads the guard and forks its workers."""

import subprocess
import sys

import pytest

_FORKING = """
import os, sys, time
from nova_update_guard.deploy import filters, observers
from tests.bench import inprocess

observers._FOLLOW_SECONDS = 0.05
guard = filters.update_guard({}, oslo_config_file=sys.argv[1])(inprocess.ok)
worker = os.fork()
if worker == 0:
    request = inprocess.environ('GET', '/v2.1/servers', inprocess.member())
    guard(request, inprocess.started)
    time.sleep(60)
from nova_update_guard.audit import metrics

for _ in range(200):
    lines = metrics.exposition().decode().splitlines()
    shown = [
        line for line in lines
        if line.startswith('nova_update_guard_policy_revision{')
    ]
    # It is 0 until the worker has looked.
    if any(f'"{worker}"' in line and line[-4:] != ' 0.0' for line in shown):
        break
    time.sleep(0.1)
os.kill(worker, 9)
os.waitpid(worker, 0)
print(len(shown), len({float(line.split()[-1]) for line in shown}))
"""


@pytest.fixture
def conf(tmp_path):
    (tmp_path / 'policy.yaml').write_text('# The defaults.\n')
    metrics = tmp_path / 'metrics'
    metrics.mkdir()
    conf = tmp_path / 'guard.conf'
    conf.write_text(
        f'[update_guard]\npolicy_file = {tmp_path}/policy.yaml\n'
        f'decision_log = {tmp_path}/decisions.log\n'
        f'[update_guard_metrics]\ndirectory = {metrics}\n'
    )
    return conf


def test_a_worker_that_is_forked_shows_the_revision_after_a_request(conf):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', _FORKING, conf],
        capture_output=True,
        text=True,
    )

    # Two processes, one revision.
    assert done.stdout == '2 1\n', done.stderr
