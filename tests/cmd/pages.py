"""The examples in a page of the documentation: its files and its commands."""

import re
import shlex
from pathlib import Path

from tests.cmd.running import run

PAGES = Path(__file__).parents[2] / 'doc' / 'source' / 'policy'
ETC = '/etc/nova-update-guard'
_BLOCK = re.compile(r'```(\w+)\n(.*?)```\n', re.DOTALL)
_NAME = re.compile(r'`([^`\s]+\.(?:yaml|json))`')


def played(page, folder):
    """Return *page* with the output that its commands have in *folder*.

    A block of YAML or JSON is written to the file that is named last before
    it. The folder stands for /etc/nova-update-guard.
    """
    (folder / 'guard.conf').write_text('[update_guard]\n')
    text = (PAGES / page).read_text()
    parts = []
    end = 0
    for block in _BLOCK.finditer(text):
        kind, content = block.groups()
        parts.append(text[end : block.start()])
        end = block.end()
        if kind == 'console':
            commands = re.findall(r'^\$ (.*)\n', content, re.MULTILINE)
            content = ''.join(_output(each, folder) for each in commands)
        else:
            name = _NAME.findall(text[: block.start()])[-1]
            (folder / Path(name).name).write_text(content)
        parts.append(f'```{kind}\n{content}```\n')
    return ''.join([*parts, text[end:]])


def _output(command, folder):
    """Return *command* and what it writes, run in the working directory."""
    program, *words = shlex.split(command)
    assert program == 'nova-update-guard'
    config = ['--config-file', folder / 'guard.conf']
    done = run(*words, *config)
    written = done.stdout + done.stderr
    return f'$ {command}\n{written.decode().replace(str(folder), ETC)}'
