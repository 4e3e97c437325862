"""``python -m tests.api_samples``: nova's own API-sample tests, twice.

Once with nova's pipeline as it is, once with the guard in it, its defaults
and `one_parameter = off`. Prints how it goes, the counts, and each test that
ends differently; ends with 1 if there is one. The samples are downloaded by
pip, once, to the folder `.cloud`, which also keeps how the tests ended without
the guard.
"""

import argparse
import collections
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from tests.api_samples import pipelines, release, worker
from tests.api_samples.worker import FAILED, PASSED, SKIPPED, Outcome
from tests.cloud.processes import ROOT

REPORT_SECONDS = 30
# A process is replaced after so many modules: nova's tests leave threads.
MODULES = 12

# Outcomes that depend on nova alone, beside its samples.
WITHOUT = 'without-the-guard.json'

Outcomes = Mapping[str, Outcome]


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if all tests end as they do without the guard."""
    requested = _parser().parse_args(arguments)
    options = requested.option or ['one_parameter=off']
    docs = release.docs(requested.folder)
    if requested.again:
        (docs / WITHOUT).unlink(missing_ok=True)
    log = requested.folder / 'api-samples.log'
    log.unlink(missing_ok=True)
    print(f'nova {metadata.version("nova")}; its log is in {log}')
    ran: dict[str, Outcomes] = {}
    with tempfile.TemporaryDirectory(prefix='api-samples-') as folder:
        for title, paste, kept in (
            (
                'without the guard',
                pipelines.plain(Path(folder)),
                docs / WITHOUT,
            ),
            (
                f'with it ({", ".join(options)})',
                pipelines.guarded(Path(folder), options),
                Path(folder) / 'with.json',
            ),
        ):
            start = (paste, docs, log)
            ran[title] = _run(
                title, start, requested.tests, requested.jobs, kept
            )
    return _report(ran)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='python -m tests.api_samples')
    parser.add_argument(
        'tests',
        nargs='*',
        help='modules, classes or methods, as test_servers; all unless given',
    )
    parser.add_argument('--jobs', type=int, default=2, help='processes')
    parser.add_argument(
        '--option',
        action='append',
        metavar='NAME=VALUE',
        help='of the guard, instead of one_parameter=off',
    )
    parser.add_argument(
        '--again',
        action='store_true',
        help='also run anew what was run without the guard before',
    )
    parser.add_argument(
        '--folder',
        type=Path,
        default=ROOT / '.cloud',
        help='where the samples are kept',
    )
    return parser


def _run(
    title: str,
    start: tuple[Path, ...],
    tests: Sequence[str],
    jobs: int,
    kept: Path,
) -> Outcomes:
    """Run the tests with one paste file; tell how it goes.

    What is in the file *kept* is not run again; it gets the rest.
    """
    done: dict[str, list[list[str]]] = {}
    if kept.exists():
        done = json.loads(kept.read_text())
    began = told = time.monotonic()
    spawn = multiprocessing.get_context('spawn')
    # Not concurrent.futures: Python 3.11 hangs when it replaces a process.
    with spawn.Pool(jobs, worker.begin, start, MODULES) as pool:
        names = tests or pool.apply(worker.names)
        left = [name for name in names if name not in done]
        for name, outcomes in pool.imap_unordered(worker.run, left):
            done[name] = outcomes
            kept.write_text(json.dumps(done))
            if time.monotonic() - told > REPORT_SECONDS:
                told = time.monotonic()
                _tell(title, _outcomes(done, names), told - began)
    found = _outcomes(done, names)
    _tell(title, found, time.monotonic() - began)
    return {outcome.test: outcome for outcome in found}


def _outcomes(
    done: Mapping[str, Sequence[Sequence[str]]], names: Sequence[str]
) -> list[Outcome]:
    return [
        Outcome(*outcome) for name in names for outcome in done.get(name, ())
    ]


def _tell(title: str, found: Sequence[Outcome], seconds: float) -> None:
    counts = collections.Counter(outcome.result for outcome in found)
    shown = ', '.join(f'{counts[_]} {_}' for _ in (PASSED, FAILED, SKIPPED))
    print(f'{title}: {shown}, {seconds:.0f} s', flush=True)


def _report(ran: Mapping[str, Outcomes]) -> int:
    """Print each difference; return 1 if there is one."""
    without, guarded = ran.values()
    different = list(_different(without, guarded))
    for test in different:
        print(f'- {test}')
        for title, outcomes in ran.items():
            outcome = outcomes.get(test, Outcome(test, 'not run', ''))
            print(f'  {title}: {outcome.result} {outcome.words}')
    print(f'{len(different)} differences')
    return 1 if different or not guarded else 0


def _different(without: Outcomes, guarded: Outcomes) -> Iterator[str]:
    """Yield the ids of the tests that end differently."""
    for test in sorted({*without, *guarded}):
        results = [_.get(test) for _ in (without, guarded)]
        if len({_ and _.result for _ in results}) > 1:
            yield test


if __name__ == '__main__':
    sys.exit(main())
