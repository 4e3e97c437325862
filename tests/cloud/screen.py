"""The output of the demo."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

_COLOURS = {'red': 31, 'green': 32, 'bold': 1, 'dim': 2}


def width() -> int:
    """Return how many columns there are: 80 to 120."""
    return max(80, min(120, shutil.get_terminal_size().columns))


def is_terminal() -> bool:
    """Say whether somebody is looking, rather than a file or a pipe."""
    return sys.stdout.isatty()


def coloured(text: str, colour: str) -> str:
    """Return *text* in *colour*, on a terminal."""
    if not is_terminal():
        return text
    return f'\033[{_COLOURS[colour]}m{text}\033[0m'


def say(text: str = '') -> None:
    """Print a line now, also into a pipe."""
    print(text, flush=True)


def title(text: str) -> None:
    """Print a headline."""
    say()
    say(coloured(text, 'bold'))
    say(coloured('-' * len(text), 'dim'))


def paragraph(label: str, text: str) -> None:
    """Print *text*, broken into lines, behind *label*."""
    lines = textwrap.wrap(
        text,
        width(),
        initial_indent=f'  {label:<9}',
        subsequent_indent=' ' * 11,
        break_on_hyphens=False,
    )
    say('\n'.join(lines))


def complaint(text: str) -> None:
    """Print a message in red; indented lines stay as they are."""
    for line in text.splitlines():
        fits = line.startswith(' ') or not line
        visible = line if fits else _filled(line)
        say(coloured(visible, 'red'))


def _filled(line: str) -> str:
    # A path or a command is whole, so that it can be copied.
    return textwrap.fill(
        line, width(), break_on_hyphens=False, break_long_words=False
    )


def verdict(good: bool) -> None:
    """Print how a step came out."""
    say(
        '  ' + (coloured('PASS', 'green') if good else coloured('FAIL', 'red'))
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* in columns; cells that do not fit end in dots."""
    rows = list(rows)
    first = max(len(row[0]) for row in [head, *rows])
    rest = (width() - first - 2 * len(head)) // (len(head) - 1)
    for row in [head, ['-' * first] + ['-' * rest] * (len(head) - 1), *rows]:
        cells = [row[0].ljust(first)]
        cells += [_short(cell, rest).ljust(rest) for cell in row[1:]]
        say(('  ' + '  '.join(cells)).rstrip())


def _short(text: str, columns: int) -> str:
    return text if len(text) <= columns else text[: columns - 3] + '...'
