"""The sdist and the wheel, and an environment that has nothing else."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.cloud.processes import surroundings
from tests.packaging import constraints


class Built(NamedTuple):
    """What a build has made."""

    sdist: Path
    wheel: Path


def build(tree: Path, out: Path) -> Built:
    """Build the sdist of *tree*, and a wheel of the sdist."""
    _build('--outdir', out, tree)
    return Built(_only_sdist(out), _only_wheel(out))


def build_sdist(tree: Path, out: Path) -> Path:
    """Build the sdist of *tree* alone."""
    _build('--sdist', '--outdir', out, tree)
    return _only_sdist(out)


def build_wheel(tree: Path, out: Path) -> Path:
    """Build a wheel of *tree* itself."""
    _build('--wheel', '--outdir', out, tree)
    return _only_wheel(out)


def program(name: str) -> Path:
    """Return a program of the environment of the tests."""
    return Path(sys.executable).with_name(name)


def install(wheel: Path, venv: Path) -> Path:
    """Install *wheel* as a host of the guard would; return its programs."""
    run(sys.executable, '-m', 'venv', venv)
    (project, *servers) = constraints.requirements()
    extras = project.removeprefix(constraints.PROJECT)
    run(
        *(venv / 'bin' / 'python', '-m', 'pip', 'install', '--quiet'),
        *('--constraint', constraints.FILE, f'{wheel}{extras}', *servers),
    )
    return venv / 'bin'


def run(*command: object, cwd: Path | None = None, status: int = 0) -> str:
    """Return the output of *command*, which sees nothing of this checkout.

    Raises AssertionError, with the output, if it does not end with *status*.
    """
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd or '/',
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def _build(*arguments: object) -> None:
    # With the setuptools of the tests: an environment of its own for each
    # build takes longer than the build.
    run(sys.executable, '-m', 'build', '--no-isolation', *arguments)


def _only_sdist(out: Path) -> Path:
    (sdist,) = out.glob('*.tar.gz')
    return sdist


def _only_wheel(out: Path) -> Path:
    (wheel,) = out.glob('*.whl')
    return wheel
