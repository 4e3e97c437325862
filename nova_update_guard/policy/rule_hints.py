"""Say where a rule breaks the grammar of the policy language.

Source: ``_parse_tokenize`` of ``oslo_policy._parser``, which logs only that a
rule is not understood.
"""

import re
from collections.abc import Iterator

_WORDS = ('and', 'or', 'not')
_VALUE = re.compile(r'%\([^()]*\)s')
_PARENTHESIS = re.compile(r'(?<!%)\(|\)')
_OTHER_WORDS = {'&&': 'and', '||': 'or'}
_CHECK = 'check'
_NO_CHECK = 'no check'
# What can stand where a check is expected, and what expects one.
_BEGINS = (_CHECK, _NO_CHECK, 'not', '(')
_CONTINUES = (*_WORDS, '(')


def invalid(text: str) -> str:
    """Return that the rule *text* is not valid, with its :func:`hint`."""
    found = _glued(text) or hint(text)
    where = f': {found}' if found else ''
    return f'is not valid in the policy language{where}'


def _glued(text: str) -> str:
    """Return which word has parentheses in it, besides those of a value."""
    for word in text.split():
        bare = _VALUE.sub('', word).strip('()')
        if _PARENTHESIS.search(bare):
            return f'write a space before ( and after ), unlike in {word!r}'
    return ''


def hint(text: str) -> str:
    """Return what is wrong with the rule *text*, and at which word.

    An empty string if it is none of the usual mistakes.
    """
    opened: list[str] = []
    before = ''
    is_expected = True
    for kind, word in _tokens(text):
        if kind in _OTHER_WORDS:
            return f'write {_OTHER_WORDS[kind]} in place of {word}'
        if kind in _BEGINS and not is_expected:
            return f'"and" or "or" is missing between {before} and {word}'
        if kind not in _BEGINS and is_expected:
            return f'a check is missing before {word}'
        if kind == _NO_CHECK:
            return f'{word} is no check: write KIND:VALUE, such as role:member'
        if kind == ')' and not opened:
            if '%(' in word:
                return f'an s is missing after the ) of {word}'
            return f'there is no ( for the ) of {word}'
        if kind == '(':
            opened.append(word)
        elif kind == ')':
            opened.pop()
        is_expected = kind in _CONTINUES
        before = word
    if is_expected:
        return f'a check is missing after {before}' if before else ''
    return f'there is no ) for the ( of {opened[-1]}' if opened else ''


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield each token, and the word that it is of, with its number."""
    for number, word in enumerate(text.split(), start=1):
        said = f'{word!r} (word {number})'
        inner = word.lstrip('(')
        bare = inner.rstrip(')')
        yield from [('(', said)] * (len(word) - len(inner))
        if bare:
            yield _kind(bare), said
        yield from [(')', said)] * (len(inner) - len(bare))


def _kind(bare: str) -> str:
    """Return the token that a word is without its parentheses."""
    if bare.lower() in _WORDS:
        return bare.lower()
    if bare in _OTHER_WORDS:
        return bare
    return _CHECK if bare in ('@', '!') or ':' in bare else _NO_CHECK
