"""``python -m tests.releases``: the guard with every release of nova in use.

For each: generated examples, the default policies, and the story of the demo
on a real keystone and nova-api of that release. Results are kept by release
and Python, and not run again while nothing has changed; `--markdown` writes
the page of the documentation from them. Ends with 1 if a result has a problem
that no difference in the table explains.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.cloud.errors import CloudError
from tests.cloud.processes import ROOT
from tests.cloud.progress import Progress
from tests.cloud.state import state
from tests.releases import page, results
from tests.releases.results import Result
from tests.releases.run import run
from tests.releases.table import PYTHONS, RELEASES, Release

PAGE = ROOT / 'doc' / 'source' / 'reference' / 'releases.md'


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if all that was requested is good."""
    requested = _parser().parse_args(arguments)
    good = True
    for release, version in _targets(requested):
        good &= _one(release, version, requested)
    if requested.markdown:
        _write_page(requested)
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='python -m tests.releases')
    parser.add_argument(
        '--release',
        action='append',
        type=_release,
        metavar='NAME',
        help='as 2025.1, or nova31; all unless given',
    )
    parser.add_argument(
        '--python',
        action='append',
        choices=(*PYTHONS, 'all'),
        help='the first of each release unless given',
    )
    parser.add_argument(
        '--examples', type=int, default=3000, help='of each generator'
    )
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument(
        '--again', action='store_true', help='also run what is unchanged'
    )
    parser.add_argument(
        '--markdown',
        nargs='?',
        type=Path,
        const=PAGE,
        metavar='FILE',
        help='write the page; the one of the documentation unless named',
    )
    parser.add_argument(
        '--folder',
        type=Path,
        default=ROOT / '.cloud' / 'releases',
        help='where environments, clouds and results are kept',
    )
    return parser


def _release(text: str) -> Release:
    for release in RELEASES:
        if text in (release.name, release.env):
            return release
    names = ', '.join(release.name for release in RELEASES)
    raise argparse.ArgumentTypeError(f'{text!r} is none of {names}')


def _targets(requested: argparse.Namespace) -> list[tuple[Release, str]]:
    wanted = requested.python or ()
    return [
        (release, version)
        for release in requested.release or RELEASES
        for version in release.pythons
        if version in wanted
        or 'all' in wanted
        or (not wanted and version == release.pythons[0])
    ]


def _one(
    release: Release, version: str, requested: argparse.Namespace
) -> bool:
    """Run one release on one Python, unless that is done; tell of it."""
    title = f'{release.name}, nova {release.nova}, Python {version}'
    file = results.path(requested.folder, release.name, version)
    found = results.read(file)
    if (
        found is not None
        and found.covers(release, requested.examples)
        and not requested.again
    ):
        print(f'{title}: {_summary(found)} (kept)', flush=True)
        return True
    paths = state(requested.folder / f'{release.name}-python{version}')
    progress = Progress()
    print(title, flush=True)
    try:
        found = run(
            release,
            version,
            paths,
            requested.examples,
            requested.seed,
            progress.report,
        )
    except CloudError as error:
        print(f'{title}: {error}', flush=True)
        return False
    finally:
        progress.end()
    results.write(file, found)
    print(f'{title}: {_summary(found)}', flush=True)
    for problem in found.problems:
        print(f'- {problem}', flush=True)
    return found.is_good


def _summary(found: Result) -> str:
    return (
        f'{found.steps} steps of the story, '
        f'{sum(found.examples.values())} examples, '
        f'{len(found.problems)} problems, '
        f'{len(found.differences)} differences by name, {found.seconds} s'
    )


def _write_page(requested: argparse.Namespace) -> None:
    kept = {
        (release.name, version): found
        for release in RELEASES
        for version in release.pythons
        if (
            found := results.read(
                results.path(requested.folder, release.name, version)
            )
        )
    }
    # With the fewest that one has, all are kept.
    examples = min(
        (min(found.examples.values()) for found in kept.values()),
        default=requested.examples,
    )
    cells = sum(len(release.pythons) for release in RELEASES)
    every = '--python all ' if len(kept) == cells else ''
    command = (
        f'python -m tests.releases {every}--examples {examples} --markdown'
    )
    requested.markdown.parent.mkdir(parents=True, exist_ok=True)
    requested.markdown.write_text(page.page(RELEASES, kept, command))
    print(f'Wrote {requested.markdown}')


if __name__ == '__main__':
    # A polite kill is an ordinary end, with everything stopped on the way.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
