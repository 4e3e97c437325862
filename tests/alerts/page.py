"""The blocks of the page on alerts."""

import re
import textwrap

from tests.cloud.processes import ROOT

PAGE = ROOT / 'doc/source/operations/alerts.md'
_BLOCK = re.compile(r'^( *)```(\w+)\n(.*?)^ *```$', re.DOTALL | re.MULTILINE)


def blocks(kind):
    """Return the contents of the blocks of a *kind*."""
    return [
        textwrap.dedent(content)
        for _, found, content in _BLOCK.findall(PAGE.read_text())
        if found == kind
    ]
