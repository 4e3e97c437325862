"""The page of the documentation that shows the results."""

from collections.abc import Iterator, Mapping, Sequence

from tests.releases.results import Result
from tests.releases.table import PYTHONS, Release

Results = Mapping[tuple[str, str], Result]

_HEAD = """\
# Releases of nova

The guard runs in the pipeline of each of these releases of nova. It knows the
API of the newest one, up to microversion {newest}; a field that an older nova
does not have yet has no effect there.

A cell has how many steps of the demo's story gave the expected result on a
real keystone and nova-api of that release, how many generated requests nova
and the guard have read, and how many disagreements there are: requests that
they read differently, fields and attributes that only one of them has, and
default rules of nova that allow what the guard denies. "n/a" is a Python on
which the release is not used, "not run" is not run yet.

`{command}`
has made this page. It keeps each result, and runs what has changed. For every
cell, with 100,000 requests of each generator, which takes a night:

```sh
python -m tests.releases --python all --examples 100000 --markdown
```

"""
_GENERATORS = """
How many requests, by generator ({reached} of them are requests that nova
would carry out):

"""
_OWN = """
## What differs by release

Not a disagreement: the table of the tests names each, with its reason.

"""


def page(releases: Sequence[Release], results: Results, command: str) -> str:
    """Return the page in Markdown."""
    newest = max((found.newest for found in results.values()), default=0)
    lines = [
        *_row('OpenStack', 'nova', *(f'Python {one}' for one in PYTHONS)),
        *_row('---', '---', *('---' for _ in PYTHONS)),
    ]
    for release in releases:
        cells = (_cell(release, one, results) for one in PYTHONS)
        lines += _row(release.name, release.nova, *cells)
    return ''.join(
        [
            _HEAD.format(newest=f'2.{newest}', command=command),
            '\n'.join(lines) + '\n',
            *_by_generator(results),
            _OWN,
            *_own(releases, results),
        ]
    )


def _row(*cells: str) -> list[str]:
    return [f'| {" | ".join(cells)} |']


def _cell(release: Release, python: str, results: Results) -> str:
    if python not in release.pythons:
        return 'n/a'
    found = results.get((release.name, python))
    if found is None:
        return 'not run'
    requests = sum(found.examples.values())
    return (
        f'{found.steps or "no"} steps, {requests:,} requests, '
        f'{len(found.problems)} disagreements'
    )


def _by_generator(results: Results) -> Iterator[str]:
    """Yield how many requests each run had, where all had as many."""
    if not results:
        return
    reached = sum(sum(found.reached.values()) for found in results.values())
    yield _GENERATORS.format(reached=f'{reached:,}')
    for name in next(iter(results.values())).examples:
        counts = {found.examples.get(name, 0) for found in results.values()}
        numbers = ' to '.join(f'{one:,}' for one in sorted(counts))
        yield f'- {name}: {numbers} for each cell\n'


def _own(releases: Sequence[Release], results: Results) -> Iterator[str]:
    for release in releases:
        found = [
            one for (name, _), one in results.items() if name == release.name
        ]
        if not found:
            continue
        yield f'**{release.name}** (nova {release.nova}): microversions up '
        yield f'to 2.{found[0].newest}.\n'
        if found[0].later:
            yield (f'\n- Not in this nova yet: {", ".join(found[0].later)}.\n')
        for each in release.differences:
            yield f'- {each.name}: {each.reason}\n'
        for problem in {_ for one in found for _ in one.problems}:
            yield f'- **not explained**: {problem}\n'
        yield '\n'
