"""``python -m tests.equivalence N``: N examples of each generator.

Two processes share them. Prints how it goes and every disagreement, made as
small as it can be, and ends with 1 if there is one.
"""

import argparse
import collections
import itertools
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent import futures
from importlib import metadata
from pathlib import Path

from tests.equivalence import model, tables
from tests.equivalence.generators import GENERATORS, Run, check, run

WORKERS = 2
# Hypothesis remembers what it has tried, and slows down: begin anew.
CHUNK = 5000
REPORT_SECONDS = 30


def main() -> int:
    """Return 0 if guard and nova agree."""
    parser = argparse.ArgumentParser(prog='python -m tests.equivalence')
    parser.add_argument('examples', type=int, nargs='?', default=10_000)
    parser.add_argument('--only', choices=GENERATORS, action='append')
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument(
        '--json', type=Path, metavar='FILE', help='also write the result here'
    )
    requested = parser.parse_args()
    print(
        f'nova {metadata.version("nova")}, up to 2.{model.newest()}; '
        f'seed {requested.seed}'
    )
    later = tables.later()
    if later:
        print(f'This nova cannot check rows beyond it: {", ".join(later)}')
    wrong = [f'tables: {problem}' for problem in tables.problems()]
    names = requested.only or list(GENERATORS)
    wrong += [problem for name in names for problem in _named(name)]
    spawn = multiprocessing.get_context('spawn')
    done: list[Run] = []
    with futures.ProcessPoolExecutor(WORKERS, spawn) as pool:
        for name in names:
            runs = _generated(pool, name, requested.examples, requested.seed)
            wrong += _problems(name, runs)
            done += runs
    if requested.json:
        requested.json.write_text(json.dumps(_result(done, wrong)))
    print(f'{len(wrong)} disagreements')
    for problem in wrong:
        print(f'- {problem}')
    return 1 if wrong else 0


def _named(name: str) -> Iterator[str]:
    """Yield the problems of the examples that have a name."""
    with model.running():
        for title, example in GENERATORS[name].cases.items():
            try:
                check(name, example)
            except Exception as error:
                yield f'{name}, {title}: {error}'


def _generated(
    pool: futures.Executor, name: str, examples: int, seed: int
) -> list[Run]:
    """Run so many examples in all processes; tell how it goes."""
    runs: list[Run] = []
    start = reported = time.monotonic()
    chunks = [
        pool.submit(run, name, size, seed + number)
        for number, size in enumerate(_sizes(examples))
    ]
    for chunk in futures.as_completed(chunks):
        runs.append(chunk.result())
        if time.monotonic() - reported > REPORT_SECONDS:
            reported = time.monotonic()
            _tell(runs, reported - start)
    _tell(runs, time.monotonic() - start)
    return runs


def _problems(name: str, runs: list[Run]) -> list[str]:
    found = collections.Counter(_ for done in runs for _ in done.wrong)
    return [f'{name}: {problem}' for problem in _smallest(found)]


def _result(runs: list[Run], wrong: list[str]) -> dict[str, object]:
    """Return what was found, for another program."""
    examples: collections.Counter[str] = collections.Counter()
    reached: collections.Counter[str] = collections.Counter()
    for done in runs:
        examples[done.name] += done.examples
        reached[done.name] += done.reached
    return {
        'newest': model.newest(),
        'later': tables.later(),
        'examples': examples,
        'reached': reached,
        'wrong': wrong,
    }


def _sizes(examples: int) -> Iterator[int]:
    chunk = min(CHUNK, -(-examples // WORKERS))
    for first in range(0, examples, chunk):
        yield min(chunk, examples - first)


def _smallest(found: collections.Counter[str]) -> Iterator[str]:
    """Yield the shortest of all that begin alike."""
    kinds = itertools.groupby(sorted(found), lambda text: text.split(': ')[0])
    for _, problems in kinds:
        yield min(problems, key=len)


def _tell(runs: list[Run], seconds: float) -> None:
    examples = sum(done.examples for done in runs)
    reached = sum(done.reached for done in runs)
    wrong = len({problem for done in runs for problem in done.wrong})
    print(
        f'{runs[0].name}: {examples} examples in {seconds:.0f} s, '
        f'{examples / seconds:.0f} a second; {reached} reached nova, '
        f'{wrong} disagreements',
        flush=True,
    )


if __name__ == '__main__':
    sys.exit(main())
