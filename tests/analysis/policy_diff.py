"""Compare the differences of generated policies with brute force.

``python -m tests.analysis.policy_diff 10000 --seed N`` does so for 10,000
pairs of policies, prints every disagreement, and ends with 1 if there is one.
Brute force asks the guard itself, for every caller and server of a domain that
is large enough: all texts in the rules, and more that are in none.
"""

import argparse
import ast
import collections
import functools
import itertools
import random
import sys
import time
from types import SimpleNamespace
from typing import NamedTuple
from unittest import mock

from oslo_policy import _checks

from nova_update_guard.analysis import diff
from nova_update_guard.policy import callers, defaults
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.targets import Lack

# At a create there is no server that a rule could name.
RULES = [
    rule.name
    for rule in defaults.list_rules()
    if rule.name.startswith('update_guard:') and ':create:' not in rule.name
]
SECONDS = 10
# Pairs that need more callers and servers are left out.
MOST = 1000
ABSENT, UNKNOWN = object(), object()
USUAL = callers.credentials([])


class Piece(NamedTuple):
    """A check, and the credential, value of the server and text in it."""

    text: str
    credential: str = ''
    server: str = ''
    constant: str | None = None
    role: str = ''


# fmt: off
PIECES = (
    Piece('role:a', role='a'),
    Piece('role:B', role='b'),
    Piece('roles:a', role='a'),
    Piece('roles:A', role='a'),
    Piece('is_admin:True', role='admin'),
    Piece('user_id:u', 'user_id', '', 'u'),
    Piece('project_id:u', 'project_id', '', 'u'),
    Piece('project_id:None', 'project_id', '', 'None'),
    Piece('project_id:%(project_id)s', 'project_id', 'tenant_id'),
    Piece('project_id:%(server.tenant_id)s', 'project_id', 'tenant_id'),
    Piece('user_id:%(user_id)s', 'user_id', 'user_id'),
    Piece('user_id:%(project_id)s', 'user_id', 'tenant_id'),
    Piece("'x':%(server.name)s", '', 'name', 'x'),
    Piece("'None':%(server.name)s", '', 'name', 'None'),
    Piece("'':%(server.name)s", '', 'name', ''),
    Piece('user_id:%(server.name)s', 'user_id', 'name'),
    Piece('project_id:%(server.name)s', 'project_id', 'name'),
    Piece("'x':%(server.metadata.k)s", '', 'metadata.k', 'x'),
    Piece("'x':%(server.metadata.j)s", '', 'metadata.j', 'x'),
    Piece('user_id:%(server.metadata.k)s', 'user_id', 'metadata.k'),
    Piece('True:%(server.locked)s', '', 'locked', 'True'),
    Piece('role:%(server.name)s', '', 'name'),
    Piece('role:%(server.metadata.k)s', '', 'metadata.k'),
    Piece('roles:%(server.name)s', '', 'name'),
    Piece('system_scope:all', 'system_scope', '', 'all'),
    Piece('system:all', 'system_scope', '', 'all'),
    Piece('system:%(server.name)s', 'system_scope', 'name'),
    Piece('is_admin_project:True', 'is_admin_project'),
    Piece('service_roles:s', '', '', 's'),
    Piece('service_roles:%(server.name)s', '', 'name'),
    Piece('user_id:a-%(project_id)s', 'user_id', 'tenant_id'),
    Piece('user_id:b-%(project_id)s', 'user_id', 'tenant_id'),
    Piece("'a-u':a-%(server.name)s", '', 'name', 'a-u'),
    Piece("'u':u"),
    Piece("'x':X"),
    Piece('@'),
    Piece('!'),
)
# fmt: on


@functools.cache
def _literal(text):
    try:
        return ast.literal_eval(text), None
    except ValueError as error:
        return None, error


def _literal_eval(text):
    value, error = _literal(text)
    if error:
        raise error
    return value


# oslo.policy reads the left side of a check anew each time.
REMEMBERED = mock.patch.object(
    _checks, 'ast', SimpleNamespace(literal_eval=_literal_eval)
)


class Pair(NamedTuple):
    """The texts of a rule in two policies, made of *pieces*."""

    rule: str
    pieces: list
    texts: tuple


def rules(texts):
    """Return a policy with these *texts* of rules."""
    return Rules(Checks(texts), '')


def pair(chance, rule):
    """Return a pair of texts of *rule*."""
    pieces = _pieces(chance)
    while space(pieces).size() > MOST:
        pieces = _pieces(chance)
    texts = [piece.text for piece in pieces] + [f'rule:helper:{rule}']
    old = _tree(chance, texts, 3)
    new = _tree(chance, texts, 3)
    if chance.random() < 0.4:
        start = chance.choice(('', 'not '))
        new = f'{start}({old}) {chance.choice(("and", "or"))} ({new})'
    return Pair(rule, pieces, (old, new))


def _pieces(chance):
    return chance.sample(PIECES, chance.choice((1, 2, 2, 3, 3, 4)))


def policies(chance, pairs):
    """Return two policies with *pairs* in them."""
    found = ({}, {})
    for each in pairs:
        texts = [piece.text for piece in each.pieces[:2]]
        helper = _tree(chance, texts, 1)
        for texts_of, text in zip(found, each.texts, strict=True):
            texts_of[each.rule] = text
            if chance.random() < 0.3:
                helper = _tree(chance, texts, 1)
            texts_of[f'helper:{each.rule}'] = helper
    return [*map(rules, found)]


def _tree(chance, texts, depth):
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(texts)
    if chance.random() < 0.25:
        return f'not {_inner(chance, texts, depth)}'
    word = chance.choice((' and ', ' or '))
    return word.join(
        _inner(chance, texts, depth) for _ in range(chance.randint(2, 3))
    )


def _inner(chance, texts, depth):
    text = _tree(chance, texts, depth - 1)
    return f'({text})' if ' ' in text else text


class Space(NamedTuple):
    """The domain of brute force: by name, the values to try."""

    credentials: dict
    server: dict
    roles: set
    tells_case: bool
    has_server_roles: bool
    service_roles: set

    def size(self):
        """Return about how many callers and servers there are."""
        size = 2 ** len(self.service_roles)
        for values in (*self.credentials.values(), *self.server.values()):
            size *= len(values)
        roles = len(self.roles) + 2 * self.has_server_roles
        return size * 2 ** (roles * (1 + self.tells_case))


def ordinary(name):
    """Return the value of a server that no check is about."""
    if name == 'locked':
        return 'False'
    return ABSENT if '.' in name else f'some-{name}'


def space(pieces):
    """Return the domain in which *pieces* can tell all apart."""
    credentials = {piece.credential for piece in pieces} - {''}
    server = {piece.server for piece in pieces} - {''}
    texts = {piece.constant for piece in pieces} - {None}
    texts |= {'a-user'} if 'user_id' in credentials else set()
    texts |= {'a-project'} if 'project_id' in credentials else set()
    texts |= {ordinary(name) for name in server} - {ABSENT}
    texts |= {'new', 'newer'}
    written = ' '.join(piece.text for piece in pieces)
    if 'role:%' in written or 'roles:%' in written:
        roles = {piece.role for piece in pieces} - {''}
        texts |= {*roles, *(role.upper() for role in roles)}
    for before in ('a-', 'b-'):
        if f'{before}%' in written:
            texts |= {text[2:] for text in texts if text.startswith(before)}
        if f'user_id:{before}%' in written:
            texts |= {f'{before}{text}' for text in texts}
    special = {
        'system_scope': {*texts, None},
        'project_id': {*texts, None},
        'is_admin_project': {True, False},
    }
    has_service = 'service_roles' in written
    return Space(
        {name: special.get(name, texts) for name in credentials},
        {
            name: {
                *({'True', 'False'} if name == 'locked' else texts),
                *([UNKNOWN, ABSENT] if '.' in name else [UNKNOWN]),
            }
            for name in server
        },
        {piece.role for piece in pieces} - {''},
        ' roles:' in f' {written}',
        ' role:%' in f' {written}' or ' roles:%' in f' {written}',
        {'s'} if has_service else set(),
    )


def everybody(found):
    """Yield the credentials, the server's values and document, of all."""
    for values in itertools.product(*found.server.values()):
        server = dict(zip(found.server, values, strict=True))
        document = _document(server)
        if document is None:
            continue
        texts = {each for each in values if isinstance(each, str)}
        for creds in _callers(found, texts):
            yield creds, server, document


def _document(server):
    """Return the document; None if there is none with these values."""
    metadata = {name: value for name, value in server.items() if '.' in name}
    lacks = [value is UNKNOWN for value in metadata.values()]
    if any(lacks) and not all(lacks):
        return None
    document = {
        name: value
        for name, value in server.items()
        if '.' not in name and value is not UNKNOWN
    }
    if metadata and not any(lacks):
        document['metadata'] = {
            name.partition('.')[2]: value
            for name, value in metadata.items()
            if value is not ABSENT
        }
    return document


def _callers(found, texts):
    # keystone has no role without a name.
    texts = texts - {''}
    roles = {*found.roles, *(texts if found.has_server_roles else ())}
    if found.tells_case:
        roles |= {role.upper() for role in roles}
        # A role of one letter has no third spelling.
    services = {
        *found.service_roles,
        *(texts if found.service_roles else ()),
    }
    for values in itertools.product(*found.credentials.values()):
        given = dict(zip(found.credentials, values, strict=True))
        for chosen in _subsets(roles):
            for services_chosen in _subsets(services):
                creds = {
                    **USUAL,
                    **given,
                    'roles': chosen,
                    'service_roles': services_chosen,
                }
                if creds['system_scope']:
                    creds['system'] = creds['system_scope']
                yield creds


def _subsets(texts):
    for size in range(len(texts) + 1):
        yield from map(list, itertools.combinations(sorted(texts), size))


def _size(creds, server):
    """Return what is made smallest, in this order."""
    return (
        sum(value is UNKNOWN for value in server.values()),
        len(creds['roles']),
        sum(value != ordinary(name) for name, value in server.items())
        + sum(
            creds[name] != value
            for name, value in USUAL.items()
            if name not in ('roles', 'service_roles')
        )
        + len(creds['service_roles']),
    )


def smallest(old, new, rule, found):
    """Return the smallest size of a change of *rule*, by its direction."""
    sizes = {}
    known = {}
    for creds, server, document in everybody(found):
        key = repr(creds)
        if key not in known:
            known[key] = (old.caller(creds), new.caller(creds))
        before, after = (
            caller.authorize(rule, document) for caller in known[key]
        )
        if before != after:
            change = diff.WIDER if after else diff.NARROWER
            size = _size(creds, server)
            sizes[change] = min(size, sizes.get(change, size))
    return sizes


def size_of(difference):
    """Return the size of the witness of *difference*."""
    witness = difference.witness
    server = {
        '.'.join(keys): {Lack.ABSENT: ABSENT, Lack.UNKNOWN: UNKNOWN}.get(
            value, value
        )
        for keys, value in witness.server.items()
    }
    return _size(witness.creds(), server)


def problems(chance, count):
    """Yield, for *count* pairs, the disagreement, or '' if there is none."""
    pairs = [pair(chance, rule) for rule in RULES[:count]]
    old, new = policies(chance, pairs)
    differences = diff.compare(old, new, SECONDS).differences
    with REMEMBERED:
        for each in pairs:
            expected = smallest(old, new, each.rule, space(each.pieces))
            wrong = _wrong(each.rule, differences, expected)
            yield (
                f'{old.texts[each.rule]} → {new.texts[each.rule]}: {wrong}'
                if wrong
                else ''
            )


def _wrong(rule, differences, expected):
    ours = [each for each in differences if each.rule == rule]
    found = {each.change: size_of(each) for each in ours if not each.depends}
    if found == expected and len(found) == len(ours):
        return ''
    return f'brute force {expected}, diff {ours}'


def main():
    """Return 0 if there is no disagreement."""
    parser = argparse.ArgumentParser(
        prog='python -m tests.analysis.policy_diff'
    )
    parser.add_argument('pairs', type=int, nargs='?', default=10_000)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    requested = parser.parse_args()
    chance = random.Random(requested.seed)
    print(f'seed {requested.seed}')
    counts = collections.Counter()
    while counts['pairs'] < requested.pairs:
        for wrong in problems(chance, requested.pairs - counts['pairs']):
            counts['pairs'] += 1
            if wrong:
                counts['disagreements'] += 1
                print(f'- {wrong}', flush=True)
        pairs, wrong = counts['pairs'], counts['disagreements']
        print(f'{pairs} pairs, {wrong} disagreements', flush=True)
    return 1 if counts['disagreements'] else 0


if __name__ == '__main__':
    sys.exit(main())
