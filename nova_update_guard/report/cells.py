"""Convert values of a report to text that is safe to display.

Clients choose their names: they can hold escape sequences for a terminal,
formulas for a spreadsheet, and characters that reverse the writing direction.
"""

import unicodedata
from datetime import datetime

from nova_update_guard.report.grouping import OTHERS

NONE = '(none)'
OTHERS_TEXT = '(others)'

# Spreadsheets treat a text that begins with these as a formula.
_FORMULA = tuple('=+-@\t\r\n\0')


def printable(text: str) -> str:
    r"""Return *text* with unprintable characters escaped, such as ``\x1b``."""
    if text.isprintable():
        return text
    return ''.join(
        letter
        if letter.isprintable()
        else letter.encode('unicode_escape').decode()
        for letter in text
    )


def plain(value: object) -> str:
    """Return a group's *value* for people to read."""
    text = bare(value)
    if text is None:
        return NONE
    return f'"{text}"' if text in ('', NONE) else printable(text)


def bare(value: object) -> str | None:
    """Return a group's *value* for programs, unchanged.

    Only a name that is the report's own word for the others is put in quotes.
    """
    if value is None or value is OTHERS:
        return OTHERS_TEXT if value else None
    if isinstance(value, datetime):
        return moment(value)
    return f'"{value}"' if value == OTHERS_TEXT else str(value)


def formula_free(text: str) -> str:
    """Return *text* so that a spreadsheet does not treat it as a formula."""
    # Full-width signs count as the narrow ones.
    narrow = unicodedata.normalize('NFKC', text[:1])
    return f"'{text}" if narrow.startswith(_FORMULA) else text


def moment(time: datetime) -> str:
    """Return a *time* in UTC, to the second."""
    return f'{time:%Y-%m-%dT%H:%M:%S}Z'
