"""Build the Debian package of a copy of the project."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path

from tests.cloud.processes import ROOT
from tests.packaging import building, tree
from tests.packaging.debian import page

NAME = 'nova-update-guard'
# What it is built with, and what makes the fresh root.
_PROGRAMS = {
    'dpkg-buildpackage': 'dpkg-dev',
    'debootstrap': 'debootstrap',
    'unshare': 'util-linux',
}


def obstacle() -> str:
    """Return why this machine cannot build and try it; '' if it can."""
    if os.geteuid() != 0:
        return 'debootstrap and chroot need root'
    lacking = [
        package
        for program, package in _PROGRAMS.items()
        if shutil.which(program) is None
    ]
    if lacking:
        return f'apt-get install {" ".join(lacking)}'
    if needs := _said('dpkg-checkbuilddeps', ROOT / 'debian' / 'control'):
        return needs
    # A container may not let root do it.
    return _said('unshare', '--mount', '--pid', '--fork', 'true')


def version() -> str:
    """Return the version that setup.cfg says."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    return setup['metadata']['version']


def build(folder: Path) -> Path:
    """Build it in *folder* by the command of the page; return its file."""
    source = tree.copied(folder / 'source')
    (block,) = page.commands('Build')
    install, command = block.splitlines()
    assert install.startswith('apt-get install '), install
    # The build has a HOME of its own, and would load all libraries again.
    cache = building.run('python3', '-m', 'pip', 'cache', 'dir').strip()
    building.run('env', f'PIP_CACHE_DIR={cache}', *command.split(), cwd=source)
    (file,) = folder.glob('*.deb')
    return file


def _said(*command: object) -> str:
    """Return what *command* says of its failure; '' if it succeeds."""
    done = subprocess.run(
        [*map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stderr.strip() if done.returncode else ''
