r"""Regular expressions that take linear time on any text.

RE2 never backtracks, so no pattern takes a second for a name. ``$`` is the
very end, ``\d`` and ``\w`` are ASCII, ``\s`` is every space in Unicode: all as
in the patterns of JSON Schema.
"""

import functools
import re
from collections.abc import Callable

import re2

# UTF-8 has no half of a surrogate pair. It is replaced by an unassigned
# character: a pattern for any character matches it, one for printable
# characters does not.
_HALF = re.compile('[\ud800-\udfff]')
_UNASSIGNED = '\uffff'
# The parts of a pattern that RE2 may read differently.
_PARTS = re.compile(
    r'\\Q.*?(?:\\E|\Z)|\\u[0-9a-fA-F]{4}|\\.'
    r'|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]',
    re.DOTALL,
)
_ESCAPES = re.compile(r'\\u[0-9a-fA-F]{4}|\\.', re.DOTALL)
# \s between brackets. RE2's own \s is ASCII: a no-break space would match \S.
_SPACE = r'\t-\r\x1c- \x{85}\x{a0}\x{feff}\p{Z}'
# By the end of RE2's error message: the problem, and what to write instead.
_INSTEAD = {
    '(?!': 'looks ahead; write what must not match as {not: {pattern: …}}',
    '(?<!': 'looks behind; write what must not match as {not: {pattern: …}}',
    '(?=': 'looks ahead; list the patterns as {allOf: [{pattern: …}]}',
    '(?<=': 'looks behind; list the patterns as {allOf: [{pattern: …}]}',
    r'\Z': r'has \Z; write $, which matches only at the very end here',
    **dict.fromkeys(
        (rf'\{digit}' for digit in range(1, 10)),
        'refers back to a group; list the values in {enum: […]}',
    ),
}


class PatternError(ValueError):
    """A pattern that cannot be used; the message continues "the pattern …"."""


# Patterns come from nova and from the operator, never from a client.
@functools.lru_cache(maxsize=1024)
def compiled(pattern: str) -> Callable[[str], bool]:
    """Return a function that checks whether a text has a match of *pattern*.

    Raises PatternError, whose message says what to write instead.
    """
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        # With bytes, the library need not compute positions in the text.
        found = re2.compile(_PARTS.sub(_read, pattern).encode(), options)
    except UnicodeEncodeError:
        raise PatternError('has half of a surrogate pair') from None
    except re2.error as error:
        raise PatternError(_reason(error)) from None
    return lambda text: found.search(_encoded(text)) is not None


def _read(part: re.Match[str]) -> str:
    """Return *part* of a pattern in the syntax of RE2."""
    text = part[0]
    if text.startswith('['):
        return _ESCAPES.sub(_read_inside, text)
    return {r'\s': f'[{_SPACE}]', r'\S': f'[^{_SPACE}]'}.get(
        text, _character(text)
    )


def _read_inside(escape: re.Match[str]) -> str:
    if escape[0] == r'\S':
        raise PatternError(r'has \S inside brackets; write it outside')
    return _SPACE if escape[0] == r'\s' else _character(escape[0])


def _character(text: str) -> str:
    return rf'\x{{{text[2:]}}}' if text.startswith(r'\u') else text


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _HALF.sub(_UNASSIGNED, text).encode()


def _reason(error: re2.error) -> str:
    said = error.args[0].decode(errors='replace')
    what = said.rpartition(': ')[2]
    return _INSTEAD.get(what, f'is not valid in RE2: {said}')
