"""Say what to do about a mistake of YAML, in the words of a policy file."""

import re

import yaml

TAG = (
    'a value cannot begin with ! outside of quotes, where it is a tag of '
    'YAML: put the value in quotes, as in "!"'
)
_START = re.compile(r"found character '(.|\\t)' that cannot start any token")
_COLON = 'write NAME: VALUE, with a space after the colon'
# By a part of PyYAML's problem, or of its context.
_HINTS = {
    "could not find expected ':'": _COLON,
    "expected '<document start>'": _COLON,
    'mapping values are not allowed here': f'{_COLON}, here and in the line '
    'before; put a value that has a colon and a space in quotes',
    'while scanning an alias': 'put a value that begins with * in quotes',
    "expected <block end>, but found '<scalar>'": 'put the whole value in '
    'quotes, and not only a part of it',
}


def hint(error: yaml.MarkedYAMLError) -> str:
    """Return what to do about *error*, after a colon; '' if it is unknown."""
    said = f'{error.problem} {error.context}'
    if found := _START.match(said):
        character = found[1]
        if character == r'\t':
            return ': indent by spaces, and not by tabs'
        return (
            f': put a value that begins with {character} in quotes, as in '
            f'"{character}"'
        )
    return next((f': {_HINTS[part]}' for part in _HINTS if part in said), '')


def line(error: yaml.MarkedYAMLError) -> int:
    """Return the line of *error*, from 1; 0 if it has none."""
    # A name whose colon is missing is read up to the next line.
    is_name = error.context == 'while scanning a simple key'
    first, other = error.problem_mark, error.context_mark
    mark = other if is_name and other else first or other
    return mark.line + 1 if mark else 0
