"""The pages of the documentation, and the blocks of code on them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / 'doc' / 'source'
README = ROOT / 'README.md'
_FENCE = re.compile(r'^( *)```(.*)$')
_HEADING = re.compile(r'^#{1,6} (.*)$')


class Block(NamedTuple):
    """A block of code: its page, language, first line, heading above, text."""

    page: str
    kind: str
    line: int
    heading: str
    text: str

    @property
    def place(self) -> str:
        """Where it is, for a message."""
        return f'{self.page}:{self.line} ({self.kind or "no language"})'


def pages() -> Iterator[Path]:
    """Yield the README and all pages."""
    yield README
    yield from sorted(SOURCE.rglob('*.md'))


def name(page: Path) -> str:
    """Return the name of a page: its path below doc/source."""
    return str(page.relative_to(SOURCE if page != README else ROOT))


def blocks(page: str | None = None, *kinds: str) -> list[Block]:
    """Return the blocks of a *page*, or of all; of some *kinds*, or of all.

    Directives of Sphinx, such as ``{toctree}``, are none.
    """
    return [
        block
        for path in pages()
        if page in (None, name(path))
        for block in _blocks(path)
        if not kinds or block.kind in kinds
    ]


def prose(page: Path) -> str:
    """Return the text of a page without its blocks."""
    lines = [line for line, inside, _ in _lines(page) if not inside]
    return '\n'.join(lines)


def headings(page: Path) -> list[str]:
    """Return the anchors of a page, as GitHub and MyST make them."""
    found = map(_HEADING.match, prose(page).splitlines())
    return [_anchor(match.group(1)) for match in found if match]


def _anchor(heading: str) -> str:
    text = re.sub(r'[^\w\- ]', '', heading.lower())
    return text.replace(' ', '-')


def _lines(page: Path) -> Iterator[tuple[str, bool, int]]:
    """Yield each line, whether it belongs to a block, and its number."""
    indent = None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = _FENCE.match(line)
        yield line, fence is not None or indent is not None, number
        if fence and indent is None:
            indent = fence.group(1)
        elif fence:
            indent = None


def _blocks(page: Path) -> Iterator[Block]:
    heading, kind, begin, text = '', None, 0, []
    indent = 0
    for line, inside, number in _lines(page):
        if not inside:
            if match := _HEADING.match(line):
                heading = match.group(1)
        elif kind is None:
            match = _FENCE.match(line)
            indent = len(match.group(1))
            kind, begin, text = match.group(2).strip(), number, []
        elif _FENCE.match(line):
            if not kind.startswith('{'):
                whole = ''.join(f'{each}\n' for each in text)
                yield Block(name(page), kind, begin, heading, whole)
            kind = None
        else:
            text.append(line[indent:])
