"""The files of the project, without what commands leave beside them."""

import shutil
import subprocess
from pathlib import Path

from tests.cloud.processes import ROOT

# What no sdist has: it is for a checkout.
OF_A_CHECKOUT = ('.ci', '.gitignore')
_LEFT_BEHIND = shutil.ignore_patterns(
    '.*', '*.egg-info', '*.py[co]', '__pycache__', 'build', 'dist', 'mutants'
)


def has_git() -> bool:
    """Whether this is a checkout, and git is there to ask."""
    return (ROOT / '.git').exists() and shutil.which('git') is not None


def copied(folder: Path) -> Path:
    """Return *folder* with a copy of the project, as a tarball has it."""
    if not has_git():
        shutil.copytree(ROOT, folder, ignore=_LEFT_BEHIND)
        return folder
    for name in names():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def names() -> list[str]:
    """Return the names of the files that git has, or is about to have."""
    done = subprocess.run(
        ['git', 'ls-files', '-z', '-co', '--exclude-standard'],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    found = done.stdout.decode().split('\0')
    return [name for name in found if name and (ROOT / name).is_file()]
