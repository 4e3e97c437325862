"""Ports for what tests start: nobody else takes them meanwhile."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud import ports
from tests.cloud.errors import CloudError
from tests.cloud.processes import ROOT

EPHEMERAL = Path('/proc/sys/net/ipv4/ip_local_port_range')
IN_ANOTHER_PROCESS = """
import sys
from tests.cloud import ports
ports.CHOICE = range(int(sys.argv[1]), int(sys.argv[1]) + 1)
print(ports.free())
"""


@pytest.mark.skipif(not EPHEMERAL.exists(), reason='only Linux says which')
def test_no_outgoing_connection_gets_a_port_of_a_service():
    lowest = int(EPHEMERAL.read_text().split()[0])

    assert ports.CHOICE[-1] < lowest
    assert ports.claim(ports.FREE).nova in ports.CHOICE


def test_a_port_is_given_once(monkeypatch):
    given = ports.free()
    monkeypatch.setattr(ports, 'CHOICE', range(given, given + 1))

    with pytest.raises(CloudError, match='No port'):
        ports.free()


def test_a_port_is_given_to_one_of_the_processes_that_run_beside_each_other():
    done = subprocess.run(
        [sys.executable, '-c', IN_ANOTHER_PROCESS, str(ports.free())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert 'No port' in done.stderr
