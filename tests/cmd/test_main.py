"""The exit status of the commands."""

import subprocess
import sys

import pytest
from cliff.command import Command
from cliff.lister import Lister

from nova_update_guard.cmd import main
from tests.cmd.running import run


class Found(Command):
    """Find something."""

    def take_action(self, _):
        main.found(self.app)


class FoundTable(Lister):
    """Find something, in a table."""

    def take_action(self, _):
        main.found(self.app)
        return ('column',), [('value',)]


class Broken(Command):
    """Find something, and fail."""

    def take_action(self, _):
        main.found(self.app)
        raise ValueError('broken')


@pytest.mark.parametrize(
    ('command', 'status', 'written', 'error'),
    [
        (Found, 1, b'', b''),
        (FoundTable, 1, b'"column"\n"value"\n', b''),
        (Broken, 2, b'', b'broken\n'),
    ],
)
def test_found_differs_from_failed(
    monkeypatch, command, status, written, error
):
    monkeypatch.setattr(
        main.CommandManager,
        'find_command',
        lambda _, argv: (command, 'command', argv[1:]),
    )
    table = ['-f', 'csv'] if command is FoundTable else []

    done = run('command', *table)

    assert (done.returncode, done.stdout, done.stderr) == (
        status,
        written,
        error,
    )


def test_a_wrong_argument_is_an_error():
    assert run('check', '--nope').returncode == 2
    assert run('nope').returncode == 2


@pytest.mark.parametrize(
    ('command', 'missing', 'library', 'extra'),
    [
        ('report', 'cliff', 'cliff>=', 'report'),
        ('report', 'tqdm', 'tqdm>=', 'report'),
        ('policy explain', 'cliff', 'cliff>=', 'policy'),
        ('policy matrix', 'jinja2', 'Jinja2>=', 'policy'),
        ('policy replay', 'tqdm', 'tqdm>=', 'policy'),
    ],
)
def test_a_missing_library_is_an_error_that_says_what_to_install(
    command, missing, library, extra
):
    done = subprocess.run(
        [
            sys.executable,
            '-c',
            f'import sys; sys.modules[{missing!r}] = None\n'
            'from nova_update_guard.cmd import main\nsys.exit(main.main())',
            *command.split(),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    (said,) = done.stderr.splitlines()
    assert 'is not installed' in said
    # pip may not find this package itself.
    assert 'nova_update_guard[' not in said
    assert " pip install '" in said
    assert f"'{library}" in said
    assert said.endswith(f' (the extra {extra})')


@pytest.mark.parametrize(
    ('options', 'is_told'), [([], False), (['-Wd'], True)]
)
def test_a_warning_of_a_library_is_told_if_python_is_asked_for_it(
    options, is_told
):
    """eventlet, which the last oslo.utils for 3.10 imports, has such a one."""
    done = subprocess.run(
        [
            *(sys.executable, *options, '-c'),
            'import sys, warnings\n'
            'from nova_update_guard.cmd import main\n'
            'main.Commands.run = lambda *_: warnings.warn("is deprecated")\n'
            'sys.exit(main.main())',
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert ('is deprecated' in done.stderr) == is_told
