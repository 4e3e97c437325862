"""The pages on policy, and what their files and commands come to."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cmd.running import run

PAGES = Path(__file__).parents[2] / 'doc' / 'source' / 'policy'
# By folder of a page, the one of the test's home that stands for it. The
# guard looks there, too.
_FOLDERS = {
    '/etc/nova-update-guard': '.nova-update-guard',
    '/var/log/nova-update-guard': 'log',
}
_FILES = ('ini', 'json', 'yaml')
_BLOCK = re.compile(r'^```(\w+)\n(.*?)^```\n', re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r'^\$ ((?:.*\\\n)*.*)\n', re.MULTILINE)
_NAME = re.compile(r'`([^`\s]+\.(?:yaml|json|conf|log))`')


def contents(page, kind):
    """Return what is in the blocks of a *kind* on *page*."""
    text = (PAGES / page).read_text()
    return [each for found, each in _BLOCK.findall(text) if found == kind]


def played(page, home, run=run):
    """Return *page* with the output that its commands have in *home*.

    A block of INI, JSON or YAML is written to the file that is named last
    before it. *run* runs nova-update-guard.
    """
    text = (PAGES / page).read_text()
    shell = _Shell(home, run)

    def play(block):
        kind, content = block.groups()
        if kind == 'console':
            outputs = map(shell.output, _COMMAND.findall(content))
            return f'```console\n{"".join(outputs)}```\n'
        if kind in _FILES:
            (*_, name) = _NAME.findall(text[: block.start()])
            Path(shell.here(name)).write_text(shell.here(content))
        return block.group()

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        patch.setenv('HOME', str(home))
        return _BLOCK.sub(play, text)


class _Shell:
    """Runs commands in the folder *home*."""

    def __init__(self, home, run):
        self._folders = {
            name: str(home / here) for name, here in _FOLDERS.items()
        }
        self._home = str(home)
        self._run = run
        self._status = 0
        for folder in self._folders.values():
            Path(folder).mkdir(exist_ok=True)

    def here(self, text):
        """Return *text* with the folders of the test."""
        for name, folder in self._folders.items():
            text = text.replace(name, folder)
        return text

    def output(self, command):
        """Return *command* and what a terminal shows of it."""
        words = self.here(command)
        program, *arguments = shlex.split(words.replace('\\\n', ''))
        if program == 'nova-update-guard':
            done = self._run(*arguments)
        else:
            line = f'(exit {self._status}); {words}'
            done = subprocess.run(
                ['bash', '-c', line], capture_output=True, check=False
            )
        self._status = done.returncode
        text = (done.stderr + done.stdout).decode()
        for name, folder in self._folders.items():
            text = text.replace(folder, name)
        return f'$ {command}\n{text.replace(self._home, "/root")}'
