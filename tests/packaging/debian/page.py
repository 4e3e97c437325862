"""The commands that the documentation gives to operators."""

import re
from pathlib import Path

from tests.cloud.processes import ROOT

FILE = ROOT / 'doc' / 'source' / 'installation' / 'debian.md'
PROXY = FILE.with_name('proxy.md')
_BLOCK = re.compile(r'^```sh\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def commands(chapter: str, file: Path = FILE) -> list[str]:
    """Return the blocks of commands below the heading *chapter* of *file*."""
    _, _, rest = file.read_text().partition(f'\n## {chapter}\n')
    return _BLOCK.findall(rest.partition('\n## ')[0])


def table() -> list[tuple[str, str]]:
    """Return the paths of the page, each with its owner and mode."""
    _, _, rest = FILE.read_text().partition('\n## What is where\n')
    rows = [
        [cell.strip() for cell in line.split('|')[1:]]
        for line in rest.partition('\n## ')[0].splitlines()
        if line.startswith('| `')
    ]
    return [(row[0], row[1]) for row in rows]
