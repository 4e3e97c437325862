"""Build the package and try it in a fresh Debian: needs root, and minutes."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.packaging.debian import package, trial
from tests.packaging.debian.root import Root, mirror


def main() -> None:
    """Do it, and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--mirror', help='of Debian; default: as apt has it')
    parser.add_argument(
        '--deb', type=Path, help='try this file, instead of building one'
    )
    arguments = parser.parse_args()
    if reason := package.obstacle():
        sys.exit(reason)
    with tempfile.TemporaryDirectory(prefix='debian-') as folder:
        _run(Path(folder), arguments.deb, arguments.mirror or mirror())


def _run(folder: Path, deb: Path | None, source: str) -> None:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f'{time.monotonic() - began:4.0f} s  {text}', flush=True)

    deb = deb or package.build(folder)
    say(f'built: {deb.name}, {deb.stat().st_size >> 20} MB')
    root = Root(folder / 'root', source)
    say(f'a fresh Debian {root.read("etc/debian_version").strip()}')
    trial.try_out(root, deb, folder, say)


if __name__ == '__main__':
    main()
