"""Each command on a page is one that there is, with arguments that it takes.

What is short is run. What takes minutes is started nowhere here: its module,
environment and options are looked up.
"""

import argparse
import configparser
import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import owners, pages
from tests.docs.pages import ROOT

OURS = owners.owned('tests/docs/test_commands.py')
BIN = Path(sys.executable).parent
SETUP = configparser.RawConfigParser()
SETUP.read(ROOT / 'setup.cfg')
TOX = configparser.RawConfigParser()
TOX.read(ROOT / 'tox.ini')
EXTRAS = {name for name, _ in SETUP['options.extras_require'].items()}
COMMANDS = dict(
    line.split(' = ')
    for line in SETUP['options.entry_points'][
        'nova_update_guard.commands'
    ].split('\n')
    if line
)
# Programs of the system, which tests/docs/test_installation.py has stand-ins
# for or which need no test.
SYSTEM = {
    'cat',
    'cd',
    'cp',
    'dpkg-deb',
    'install',
    'journalctl',
    'rm',
    'sleep',
    'systemctl',
    'touch',
}


def commands(text):
    """Yield the words of each command of a block."""
    text = re.sub(r"<<'?(\w+)'?\n.*?^\1$", '', text, flags=re.S | re.M)
    lines = text.replace('\\\n', '').splitlines()
    for line in lines:
        for command in re.split(r' (?:&&|\|\|) ', line):
            # What is in brackets can be left out.
            words = shlex.split(
                re.sub(r'\[.*?\]', '', command)
                if command.startswith('nova-update-guard')
                else command,
                comments=True,
            )
            while words and (words[0] == '!' or re.match(r'\w+=', words[0])):
                words.pop(0)
            if words:
                yield words


def every():
    for block in OURS:
        for words in commands(block.text):
            yield pytest.param(words, id=f'{block.place} {shlex.join(words)}')


@pytest.mark.parametrize('words', [*every()])
def test_a_command_is_there_and_takes_its_arguments(words, tmp_path):
    program, *arguments = words
    name = Path(program).name
    if name in ('python', 'python3'):
        _python(arguments)
    elif name in KINDS:
        KINDS[name](arguments, tmp_path)
    else:
        assert name in SYSTEM, f'this test knows no program {name}'
        _files(arguments)


def _python(arguments):
    option, module, *rest = arguments
    if Path(option).name == 'nova-update-guard':
        # The program of a package that is only unpacked.
        _guard([module, *rest], None)
        return
    assert option == '-m'
    if module in ('venv', 'pytest'):
        return
    path = ROOT / module.replace('.', '/')
    file = path / '__main__.py' if path.is_dir() else path.with_suffix('.py')
    text = file.read_text()
    for each in rest:
        assert not each.startswith('--') or f"'{each}'" in text, each


def _tox(arguments, _):
    if '-e' in arguments:
        environment = arguments[arguments.index('-e') + 1]
        assert TOX.has_section(f'testenv:{environment}')


def _pytest(arguments, _):
    paths = [each for each in arguments if not each.startswith('-')]
    assert all((ROOT / path).exists() for path in paths), paths


def _pip(arguments, _):
    verb, *names = arguments
    if verb == 'uninstall':
        assert names == [SETUP['metadata']['name']]
        return
    assert verb == 'install'
    for each in arguments:
        for extras in re.findall(r'\[(.*)\]', each):
            assert {*extras.split(',')} <= EXTRAS


def _guard(arguments, _):
    words = ' '.join(arguments)
    (name,) = (
        name for name in COMMANDS if words.startswith(name.replace('_', ' '))
    )
    module, _, kind = COMMANDS[name].partition(':')
    command = getattr(importlib.import_module(module), kind)
    parser = command(argparse.Namespace(stdout=None), None).get_parser(name)
    rest = arguments[name.count('_') + 1 :]

    assert parser.parse_args(rest)


def _policy_tool(name):
    def run(arguments, folder):
        return _run(name, arguments, folder)

    return run


def _run(name, arguments, folder):
    """Run a program of oslo's where the guard's folders are copies."""
    etc = folder / 'etc' / 'nova-update-guard'
    etc.mkdir(parents=True)
    shipped = ROOT / 'etc' / 'nova-update-guard'
    for file in shipped.glob('*-generator.conf'):
        (etc / file.name).write_text(file.read_text())
    (folder / 'nova-update-guard.conf').write_text('[update_guard]\n')
    done = subprocess.run(
        [BIN / name, *arguments],
        cwd=folder,
        env=os.environ | {'HOME': str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for sample in etc.glob('*.sample'):
        assert sample.read_text() == (shipped / sample.name).read_text()


def _files(arguments):
    for each in arguments:
        if each.startswith('etc/'):
            assert (ROOT / each).exists(), each


def _any(arguments, _):
    """Accept what another test of the same lines runs."""


KINDS = {
    'tox': _tox,
    'pytest': _pytest,
    'pip': _pip,
    'nova-update-guard': _guard,
    'oslo-config-generator': _policy_tool('oslo-config-generator'),
    'oslopolicy-sample-generator': _policy_tool('oslopolicy-sample-generator'),
    'oslopolicy-policy-generator': _policy_tool('oslopolicy-policy-generator'),
    'oslopolicy-list-redundant': _policy_tool('oslopolicy-list-redundant'),
    # tests/test_mutation needs no more of it than its name.
    'mutmut': _any,
    'apt-get': _any,
}


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / '.ci' / 'run').read_text().splitlines()
    (command,) = (
        block.text.strip()
        for block in pages.blocks('README.md', 'sh')
        if 'tox' in block.text
    )

    assert command in script


def test_the_readme_installs_the_proxy_as_its_page_does():
    shown = [
        line
        for block in pages.blocks('README.md', 'sh')
        if '/opt/nova-update-guard' in block.text
        for line in block.text.splitlines()
    ]
    installed, *_ = pages.blocks('installation/proxy.md', 'sh')

    assert len(shown) >= 4
    assert {*shown} <= {*installed.text.splitlines()}
