"""The workers of uWSGI, as the file that ships has them."""

import os
import re
from pathlib import Path

from tests.proxy import processes, serving

_CORES = re.compile(r'^Cpus_allowed:\s+(\S+)$', re.MULTILINE)


def test_each_worker_stays_on_a_core_of_its_own(proxies):
    _leash, _master, *workers = processes.descendants(proxies['uwsgi'].pid)
    cores = [
        int(_CORES.search(Path(f'/proc/{pid}/status').read_text())[1], 16)
        for pid in workers
    ]

    assert len(cores) == serving.PROCESSES
    assert all(mask.bit_count() == 1 for mask in cores)
    assert len(set(cores)) == min(len(cores), os.cpu_count())
