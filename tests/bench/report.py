"""``python -m tests.bench.report [N]``: how fast a report is made.

Makes N records (a million, unless told), runs the real command on them on one
core, with and without its page, and prints seconds and memory of each.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import records

_COMMAND = Path(sys.executable).with_name('nova-update-guard')


def main():
    """Print a row for each way to make a report."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, 'records')
        with file.open('wb') as written:
            written.writelines(records.lines(count))
        page = Path(folder, 'page.html')
        megabytes = file.stat().st_size / 1e6
        print(f'{count:,} records, {megabytes:,.0f} MB, one core')
        print('| report | seconds | records a second | MB of memory |')
        print('| --- | --- | --- | --- |')
        for name, options in (
            ('a table', []),
            ('a table and the page', ['--html', str(page)]),
        ):
            seconds, memory = _run([str(file), *options])
            print(
                f'| {name} | {seconds:.1f} | {count / seconds:,.0f} '
                f'| {memory:.0f} |'
            )


def _run(arguments):
    """Return the seconds that the command takes, and its most MB of memory."""
    core = min(os.sched_getaffinity(0))
    start = time.perf_counter()
    process = subprocess.Popen(
        [_COMMAND, 'report', '--quiet', *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    # Of this process alone; RUSAGE_CHILDREN would keep the largest.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f'the report ended with {process.returncode}')
    return time.perf_counter() - start, usage.ru_maxrss / 1024


if __name__ == '__main__':
    main()
