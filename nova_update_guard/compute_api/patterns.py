r"""Regular expressions in linear time, whatever text they are held against.

RE2 never goes back over what it has matched, so no pattern takes a second
for a name. ``$`` is the very end, ``\d`` and ``\w`` are ASCII, as in the
patterns of JSON Schema; ``\s`` is every space there is, as in them.
"""

import functools
import re
from collections.abc import Callable

import re2

# Half a surrogate pair is in no UTF-8. It stands as a character that nothing
# assigns: what takes any character takes it, and what is printable is not it.
_HALF = re.compile('[\ud800-\udfff]')
_UNASSIGNED = '\uffff'
# What a pattern is made of, as far as to tell what RE2 reads otherwise.
_PARTS = re.compile(
    r'\\Q.*?(?:\\E|\Z)|\\u[0-9a-fA-F]{4}|\\.'
    r'|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]',
    re.DOTALL,
)
_ESCAPES = re.compile(r'\\u[0-9a-fA-F]{4}|\\.', re.DOTALL)
# Between brackets. RE2's own \s is ASCII: a no-break space would pass \S.
_SPACE = r'\t-\r\x1c- \x{85}\x{a0}\x{feff}\p{Z}'
# The last that RE2 says of what it cannot do, and what to write instead.
_INSTEAD = {
    '(?!': 'looks ahead; put what must not be there in {not: {pattern: …}}',
    '(?<!': 'looks behind; put what must not be there in {not: {pattern: …}}',
    '(?=': 'looks ahead; put each pattern in a list, {allOf: [{pattern: …}]}',
    '(?<=': 'looks behind; put each pattern in a list, '
    '{allOf: [{pattern: …}]}',
    r'\Z': r'has \Z; write $, which is the very end here',
    **dict.fromkeys(
        (rf'\{digit}' for digit in range(1, 10)),
        'refers back to a group; list the values in {enum: […]}',
    ),
}


class PatternError(ValueError):
    """A pattern that cannot be used; "the pattern …", says the message."""


# The patterns are nova's and the operator's; no client adds one.
@functools.lru_cache(maxsize=1024)
def compiled(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether *pattern* is found in a text.

    Raises PatternError, which says what to write instead.
    """
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        # Of bytes, the library does not work out where in the text they are.
        found = re2.compile(_PARTS.sub(_read, pattern).encode(), options)
    except UnicodeEncodeError:
        raise PatternError('has half a surrogate pair') from None
    except re2.error as error:
        raise PatternError(_reason(error)) from None
    return lambda text: found.search(_encoded(text)) is not None


def _read(part: re.Match[str]) -> str:
    """Return *part* of a pattern in the words of RE2."""
    text = part[0]
    if text.startswith('['):
        return _ESCAPES.sub(_read_inside, text)
    return {r'\s': f'[{_SPACE}]', r'\S': f'[^{_SPACE}]'}.get(
        text, _character(text)
    )


def _read_inside(escape: re.Match[str]) -> str:
    if escape[0] == r'\S':
        raise PatternError(r'has \S between brackets; write it without them')
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
    return _INSTEAD.get(what, f'is none that RE2 reads: {said}')
