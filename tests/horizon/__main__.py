"""``python -m tests.horizon``: Horizon with each attribute hidden alone.

On a small real cloud: keystone, nova with the guard, Horizon; neutron, glance
and cinder are a stand-in. The pages come by plain HTTP, since little that is
looked at needs JavaScript; by a real Chromium with --chromium. Ends with 1 if
a page is an error, an empty list, or leads back.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from nova_update_guard.compute_api.server_attributes import (
    ADMIN,
    SERVER_ATTRIBUTES,
    SHOW,
)
from tests.cloud import install as cloud_install
from tests.cloud import screen
from tests.cloud.cloud import Cloud
from tests.cloud.errors import CloudError
from tests.cloud.people import MEMBER
from tests.cloud.processes import ROOT
from tests.cloud.progress import Progress
from tests.cloud.state import State, state
from tests.horizon import install, site
from tests.horizon.browsing import Horizon
from tests.horizon.sights import OK, PAGES, Eyes, Sights
from tests.horizon.visitor import Visitor
from tests.integration import chromium

ATTRIBUTES = [*dict.fromkeys(row.name for row in SERVER_ATTRIBUTES)]
NOTHING = 'nothing'


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if every page can be worked with."""
    options = _parser().parse_args(arguments)
    if options.chromium and chromium.binary() is None:
        screen.complaint(chromium.INSTALL)
        return 1
    # A polite kill is an ordinary end, with everything stopped on the way.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        seen = _look(options)
    except CloudError as error:
        screen.complaint(str(error))
        return 1
    except KeyboardInterrupt:
        screen.say('\nInterrupted; everything is stopped.')
        return 130
    print('\n'.join(_markdown(seen) if options.markdown else _lines(seen)))
    broken = [
        f'{attribute}: {page}'
        for attribute, sights in seen.items()
        for page, sight in sights.items()
        if sight.broken
    ]
    for page in broken:
        print(f'BROKEN: {page}')
    return 1 if broken else 0


def _look(options: argparse.Namespace) -> Mapping[str, Sights]:
    """Return what is seen, by the attribute that is hidden."""
    progress = Progress()
    paths = state(options.state)
    try:
        python = options.python or cloud_install.installed_python(
            paths, progress.report
        )
        horizon = install.installed_python(paths, progress.report)
        progress.report('Starting keystone, nova and Horizon')
        return _seen(python, horizon, paths, options, progress)
    finally:
        progress.end()


def _seen(
    python: Path,
    horizon: Path,
    paths: State,
    options: argparse.Namespace,
    progress: Progress,
) -> Mapping[str, Sights]:
    chosen = site.settings(options.proxy)
    hidden = (NOTHING, *(options.only or ATTRIBUTES))
    with (
        site.cloud(python, paths, chosen, progress.report) as cloud,
        site.horizon(horizon, cloud) as service,
        _visitor(service.url, options.chromium) as visitor,
    ):
        eyes = Eyes(cloud, visitor, service.log)
        return {
            attribute: _with_hidden(
                attribute, cloud, eyes, f'{number}/{len(hidden)}', progress
            )
            for number, attribute in enumerate(hidden, 1)
        }


@contextmanager
def _visitor(url: str, in_chromium: bool) -> Iterator[Visitor | Horizon]:
    url = url.removesuffix(site.LOGIN)
    if not in_chromium:
        yield Visitor(url, MEMBER)
        return
    with (
        tempfile.TemporaryDirectory(prefix='chromium-') as folder,
        chromium.browser(folder) as browser,
    ):
        yield Horizon(browser, url)


def _with_hidden(
    attribute: str, cloud: Cloud, eyes: Eyes, number: str, progress: Progress
) -> Sights:
    """Return what is seen with *attribute* for administrators only."""
    rule = f'"{SHOW}{attribute}": "{ADMIN}"\n' if attribute != NOTHING else ''
    cloud.write_policy(rule)
    return eyes.look(
        lambda page: progress.report(f'{number} {attribute} hidden: {page}')
    )


def _lines(seen: Mapping[str, Sights]) -> list[str]:
    return [
        f'{attribute:<40} {page:<8} {sight.text}'
        for attribute, sights in seen.items()
        for page, sight in sights.items()
        if sight != OK or attribute == NOTHING
    ] + [f'{"all others":<40} {"all":<8} {OK.text}']


def _markdown(seen: Mapping[str, Sights]) -> list[str]:
    """Return a table; what changes no page is in its last row."""
    rows = [
        (f'`{attribute}`', *(_cell(sights[page].text) for page in PAGES))
        for attribute, sights in seen.items()
        if attribute != NOTHING and {*sights.values()} != {OK}
    ]
    rows.append(('any other', *(OK.text for _ in PAGES)))
    heads = ('hidden', *PAGES)
    lines = [heads, ['---'] * len(heads), *rows]
    return [f'| {" | ".join(cells)} |' for cells in lines]


def _cell(text: str) -> str:
    return text.replace('|', '\\|').replace('<', '&lt;')


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python3 -m tests.horizon',
        description='Start keystone, nova with the guard, and Horizon on this '
        'machine, and look at its pages with each attribute hidden alone. '
        'The first start installs them, which takes some minutes.',
    )
    parser.add_argument(
        '--only',
        action='append',
        choices=ATTRIBUTES,
        metavar='ATTR',
        help='hide only this one; may be given more than once',
    )
    parser.add_argument(
        '--markdown', action='store_true', help='print a table in Markdown'
    )
    parser.add_argument(
        '--chromium',
        action='store_true',
        help='visit the pages in Chromium, which takes longer',
    )
    parser.add_argument(
        '--proxy',
        action='store_true',
        help='have the guard in a reverse proxy before nova, not in nova',
    )
    parser.add_argument(
        '--state',
        type=Path,
        default=ROOT / '.cloud',
        metavar='DIR',
        help='where everything is kept (%(default)s)',
    )
    parser.add_argument(
        '--python',
        type=Path,
        metavar='PATH',
        help='a Python that has nova, keystone, gunicorn and the guard',
    )
    return parser


if __name__ == '__main__':
    sys.exit(main())
