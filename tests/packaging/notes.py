"""Make the release notes one text: ``python -m tests.packaging.notes``.

reno gives a note the version of the first tag that has it. A checkout without
any tag, as a mirror's or a tarball's, has the notes of one release only, that
of setup.cfg: they are put into a repository of their own, which has the tag.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from tests.cloud.processes import ROOT
from tests.packaging import building, tree
from tests.packaging.debian import package

FOLDER = 'releasenotes'
_GIT = ('git', '-c', 'user.name=reno', '-c', 'user.email=reno@localhost')


def repository(folder: Path) -> Path:
    """Return a repository with tags; *folder* becomes one if it must."""
    if tree.has_git() and building.run('git', 'tag', '--list', cwd=ROOT):
        return ROOT
    shutil.copytree(
        ROOT / FOLDER, folder / FOLDER, ignore=shutil.ignore_patterns('build')
    )
    for command in (
        ('init', '--quiet'),
        ('add', '.'),
        ('commit', '--quiet', '--message', 'Notes'),
        ('tag', package.version()),
    ):
        building.run(*_GIT, *command, cwd=folder)
    return folder


def lint(source: Path) -> None:
    """See that each note can be read. Raises AssertionError."""
    building.run(building.program('reno'), '-q', 'lint', source)


def report(source: Path) -> str:
    """Return the notes as one text in reStructuredText."""
    command = ('reno', '-q', 'report', '--no-show-source')
    return building.run(building.program(command[0]), *command[1:], source)


def html(source: Path, folder: Path) -> None:
    """Write a page with the notes. Raises AssertionError for a warning."""
    building.run(
        *(building.program('sphinx-build'), '-q', '-E', '-W', '--keep-going'),
        *('-b', 'html', source / FOLDER / 'source', folder.resolve()),
        # reno looks for the notes from here.
        cwd=source,
    )


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description='Make the notes one text.')
    parser.add_argument('--report', type=Path, metavar='FILE')
    parser.add_argument('--html', type=Path, metavar='FOLDER')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = repository(Path(folder))
        lint(source)
        if arguments.report:
            arguments.report.write_text(report(source))
        if arguments.html:
            html(source, arguments.html)


if __name__ == '__main__':
    main()
