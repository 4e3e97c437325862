"""Find and read the operator's policy files, and detect their changes.

The file of constraints is one of them: all come into force together.
"""

import hashlib
import os
import reprlib
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nova_update_guard.layers import constraints
from nova_update_guard.layers.constraints import Constraint, ConstraintError
from nova_update_guard.policy.checks import PolicyError
from nova_update_guard.policy.yaml_file import Parsed, Place, parse

# White space and byte order marks: YAML reads a file of only these as empty.
_NOTHING = b' \t\r\n\0\xef\xbb\xbf\xff\xfe'


class Texts(NamedTuple):
    """The rules by name, their places, and a hash of the files' content.

    The exemptions of *constraints* are among the rules.
    """

    rules: dict[str, str]
    places: dict[str, Place]
    revision: str
    constraints: list[Constraint]


class PolicyFiles:
    """The rules of one file and of those in some folders, and constraints.

    *find* returns the path of a name in the configuration directories, or None
    if there is none.
    """

    def __init__(
        self,
        file: str,
        folders: Sequence[str],
        find: Callable[[str], str | None],
        constraints: str,
    ) -> None:
        self._file = file
        self._constraints = constraints
        self._folders = folders
        self._find = find
        self._known: dict[str, Path] = {}

    def stat(self) -> dict[Path, os.stat_result]:
        """Return the existing files with their status; open none."""
        paths = [*self._paths(), *self._found(self._constraints)]
        return {path: found for path in paths if (found := _stat(path))}

    def read(self) -> Texts:
        """Return the content of the files; later files override earlier ones.

        Raises PolicyError for a file that cannot be parsed as rules, OSError
        for one that cannot be read.
        """
        texts = Texts({}, {}, '', [])
        digest = hashlib.sha256()
        for path in self._paths():
            parsed = parse(path, self._data(path, digest, 'policy'))
            texts.rules.update(_rules(path, parsed))
            texts.places.update(parsed.places)
        for path in self._found(self._constraints):
            parsed = parse(path, self._data(path, digest, 'constraints'))
            found = _constraints(path, parsed)
            texts.constraints.extend(found)
            for each in found:
                texts.rules[each.rule] = each.unless
                texts.places[each.rule] = parsed.places[each.field]
        return texts._replace(revision=digest.hexdigest()[:12])

    def _data(self, path: Path, digest: Any, kind: str) -> bytes:
        if not path.is_file():
            # Reading a pipe would block until somebody writes to it.
            raise PolicyError(f'{path} is not a regular file')
        data = path.read_bytes()
        if not data.strip(_NOTHING):
            # A full disk leaves such files.
            raise PolicyError(
                f'{path} is empty; for the defaults, remove it or put a '
                'comment in it'
            )
        # The same content has the same revision, whatever the file's name: a
        # copy, say, of the policy at the time of a record.
        digest.update(f'{kind}\0{len(data)}\0'.encode())
        digest.update(data)
        return data

    def _paths(self) -> Iterator[Path]:
        """Yield the files in the order in which oslo.policy reads them."""
        yield from self._found(self._file)
        for name in self._folders:
            for folder in self._found(name):
                yield from filter(_is_read, sorted(folder.iterdir()))

    def _found(self, name: str) -> Iterator[Path]:
        """Yield the path of *name*, if it exists.

        A path that was found before still counts if it only cannot be reached
        any more: a broken link, or a closed folder, brings no defaults into
        force.
        """
        found = self._find(name)
        known = Path(found) if found else self._known.get(name)
        if known and _is_there(known):
            self._known[name] = known
            yield known


def _is_there(path: Path) -> bool:
    """Return whether *path* exists, also as a broken link.

    Raises OSError where that cannot be determined.
    """
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _is_read(path: Path) -> bool:
    """Return whether *path*, in a folder, is read as a file of rules.

    Like oslo.policy, it skips hidden names and folders only. A link to a
    folder, or a pipe, stands where a file was meant; reading it fails. Raises
    OSError where nothing can be determined.
    """
    if path.name.startswith('.') or _stat(path) is None:
        return False
    return not stat.S_ISDIR(path.lstat().st_mode)


def _stat(path: Path) -> os.stat_result | None:
    """Return the status of *path*, None if it does not exist.

    Raises OSError, also for a broken link.
    """
    try:
        return path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            raise
    return None


def _constraints(path: Path, parsed: Parsed) -> list[Constraint]:
    try:
        return constraints.parse(parsed.value)
    except ConstraintError as error:
        place = parsed.place(path, error.where)
        raise PolicyError(f'{place}: {error}') from error


def _rules(path: Path, parsed: Parsed) -> dict[str, str]:
    rules = {} if parsed.value is None else parsed.value
    if not isinstance(rules, dict):
        raise PolicyError(f'{path} is not a mapping of rules to strings')
    for rule, text in rules.items():
        if not isinstance(text, str):
            place = parsed.places[rule]
            raise PolicyError(
                f'{place}: {rule}: {reprlib.repr(text)} is not a string'
            )
        if problem := _problem(rule, text):
            raise PolicyError(f'{parsed.places[rule]}: {rule!a} {problem}')
    return rules


# What a check of several lines has.
_SPACES = str.maketrans('\t\r\n', '   ')


def _problem(rule: str, text: str) -> str:
    """Return why nobody can mean *rule* with *text*; '' if it can be meant."""
    if not rule.strip() or not rule.isprintable() or rule != rule.strip():
        return (
            'is no name of a rule: it is empty, or has white space around it, '
            'or invisible characters in it'
        )
    if rule.startswith(f'{constraints.RULE}:'):
        return "is a constraint's: write its check there, as unless"
    if not text.translate(_SPACES).isprintable():
        return f'has invisible characters in its check: {text!a}'
    return ''
