"""One soak: started, let go on, and looked at."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from nova_update_guard.policy.files import PolicyFiles
from tests.cloud.cloud import Cloud
from tests.cloud.ports import FREE
from tests.cloud.settings import GUNICORN, UWSGI, Settings
from tests.cloud.state import state
from tests.soak.machine import Growth, Machine
from tests.soak.rules import ONE, OTHER, Changing
from tests.soak.traffic import Traffic

CLIENTS = 3
# What a process may grow by and be called flat: Python's own arenas come and
# go by a megabyte.
MAX_KILOBYTES = 3072
MAX_FILES = 8
_SAY_EVERY_SECONDS = 10.0
# How many times as long it waits for requests.
_MOST_LONGER = 20
# What the guard logs of a fault of its own.
_FAULTS = ('Error in the guard', 'Traceback', 'could not be counted or sent')


class Soaked(NamedTuple):
    """The observations."""

    statuses: Counter[tuple[str, int]]
    policies: Counter[str]
    wrong: list[str]
    written: int
    broken: int
    growths: list[Growth]
    faults: list[str]
    revisions: Counter[str]
    unknown: list[str]


def soak(
    folder: Path,
    seconds: float,
    say: Callable[[str], None],
    requests: int = 0,
) -> Soaked:
    """Soak a new cloud in *folder* for *seconds*; tell how it goes.

    For longer if there were not as many *requests* until then.
    """
    log = folder / 'decisions.log'
    settings = Settings(
        policy=ONE.text,
        proxies=(UWSGI, GUNICORN),
        guard_conf=f'decision_log = {log}\ndecision_sample_reads = 1\n',
        # The one process of keystone is as slow as the machine is busy.
        proxy_conf='[keystone_authtoken]\nhttp_connect_timeout = 120\n',
    )
    with Cloud(Path(sys.executable), state(folder), FREE, settings) as cloud:
        changing = Changing(cloud.policy_file)
        traffic = Traffic(cloud)
        machine = Machine(proxy.process.pid for proxy in cloud.proxies)
        with running(cloud, changing, traffic, machine):
            _wait(seconds, requests, traffic, changing, say)
        logs = [
            cloud.log(f'proxy-{number}').read_text(errors='replace')
            for number, _ in enumerate(cloud.proxies, 1)
        ]
    with log.open() as lines:
        revisions = Counter(json.loads(line)['revision'] for line in lines)
    known = {_revision(folder, policy.text) for policy in (ONE, OTHER)}
    return Soaked(
        traffic.statuses,
        traffic.policies,
        traffic.wrong,
        changing.written,
        changing.wrong,
        machine.grown(),
        [fault for text in logs for fault in _FAULTS if fault in text],
        revisions,
        sorted(revisions.keys() - known),
    )


def problems(found: Soaked) -> Iterator[str]:
    """Yield the failures in *found*, for any duration."""
    yield from dict.fromkeys(found.wrong)
    yield from dict.fromkeys(f'in a log: {fault}' for fault in found.faults)
    for revision in found.unknown:
        yield f'judged by revision {revision}, which nobody wrote'
    if len(found.policies) != 2:
        yield f'not both policies were seen: {dict(found.policies)}'


def growth_problems(found: Soaked) -> Iterator[str]:
    """Yield the growth of processes that had the time to get warm."""
    for growth in found.growths:
        before, after = growth.kilobytes
        if after - before > MAX_KILOBYTES:
            yield f'process {growth.pid} grew: {before} to {after} kB'
        before, after = growth.files
        if after - before > MAX_FILES:
            yield f'process {growth.pid} keeps files: {before} to {after}'


def reported(found: Soaked) -> Iterator[str]:
    """Yield lines about the observations."""
    total = sum(found.statuses.values())
    yield f'{total} requests; by method and status:'
    for (method, status), count in sorted(found.statuses.items()):
        yield f'  {method:4} {status}: {count}'
    yield f'policy files: {found.written}, broken ones: {found.broken}'
    yield f'answers redacted by the policy for: {dict(found.policies)}'
    yield f'decision records by revision: {dict(found.revisions)}'
    yield 'process: kB resident and files open, when warm and at the end'
    for growth in found.growths:
        yield f'  {growth.pid}: {growth.kilobytes} kB, {growth.files} files'


@contextmanager
def running(
    cloud: Cloud, changing: Changing, traffic: Traffic, machine: Machine
) -> Iterator[None]:
    """Let all of it go on while the block does."""
    urls = [
        proxy.url.removesuffix('/healthcheck') + '/v2.1'
        for proxy in cloud.proxies
    ]
    parts: tuple[Any, ...] = (traffic, changing, machine)
    threads = [
        *(Thread(target=part.run) for part in (changing, machine)),
        *(Thread(target=traffic.run, args=(url,)) for url in urls * CLIENTS),
    ]
    with ExitStack() as ends:
        for thread in threads:
            ends.callback(thread.join)
            thread.start()
        for part in parts:
            ends.callback(part.end)
        yield


def _wait(
    seconds: float,
    requests: int,
    traffic: Traffic,
    changing: Changing,
    say: Callable[[str], None],
) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 or (
        traffic.statuses.total() < requests and left > -_MOST_LONGER * seconds
    ):
        time.sleep(max(1, min(left, _SAY_EVERY_SECONDS)))
        say(
            f'{max(0, round(end - time.monotonic()))} s to go, '
            f'{sum(traffic.statuses.values())} requests, '
            f'{changing.written} policies, {len(traffic.wrong)} wrong'
        )


def _revision(folder: Path, text: str) -> str:
    """Return the revision of a policy, under the name that it has."""
    path = folder / 'update-guard-policy.yaml'
    path.write_text(text)
    files = PolicyFiles(
        str(path), (), {str(path): str(path)}.get, 'no constraints'
    )
    return files.read().revision
