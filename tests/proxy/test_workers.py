"""The workers of uWSGI and gunicorn, as the files that ship have them."""

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.proxy import processes, serving

_CORES = re.compile(r'^Cpus_allowed:\s+(\S+)$', re.MULTILINE)


def workers(proxy):
    """Return the cores that each worker may use, by process id."""
    _leash, _master, *pids = processes.descendants(proxy.pid)
    found = {}
    for pid in pids:
        # The one that was killed may end meanwhile.
        with contextlib.suppress(OSError):
            status = Path(f'/proc/{pid}/status').read_text()
            found[pid] = int(_CORES.search(status)[1], 16)
    return found


def are_apart(cores):
    """Return whether each worker has one core, and few have the same."""
    return all(mask.bit_count() == 1 for mask in cores) and len(
        set(cores)
    ) == min(len(cores), os.cpu_count())


@pytest.mark.parametrize('server', serving.SERVERS)
def test_each_worker_stays_on_a_core_of_its_own(proxies, server):
    cores = workers(proxies[server]).values()

    assert len(cores) == serving.PROCESSES
    assert are_apart(cores)


def are_whole(found, gone, count):
    return (
        gone not in found and len(found) == count and are_apart(found.values())
    )


@pytest.mark.parametrize('server', serving.SERVERS)
def test_so_does_the_one_that_follows_a_worker_that_was_killed(
    running_nova, keystone, tmp_path_factory, server
):
    folders = tmp_path_factory
    with serving.configured(server, running_nova, keystone, folders) as proxy:
        first, *others = workers(proxy)
        os.kill(first, signal.SIGKILL)

        # A new one is not on its core from its first moment on.
        end = time.monotonic() + 30
        while not are_whole(workers(proxy), first, len(others) + 1):
            assert time.monotonic() < end, workers(proxy)
            time.sleep(0.1)
