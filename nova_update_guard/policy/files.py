"""Find and read the operator's policy files, and detect their changes.

The file of constraints is one of them: all come into force together.
"""

import grp
import hashlib
import os
import pwd
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from nova_update_guard.layers import constraints
from nova_update_guard.layers.constraints import Constraint, ConstraintError
from nova_update_guard.policy import rule_texts
from nova_update_guard.policy.mistakes import Mistake, Place, PolicyError
from nova_update_guard.policy.yaml_file import Parsed, parse

# The endings of the names of policy files. oslo.policy, and so the guard,
# reads all files in a folder of policy files, whatever their names are.
_ENDINGS = {'.yaml', '.yml', '.json'}
# White space and byte order marks: YAML reads a file of only these as empty.
_NOTHING = b' \t\r\n\0\xef\xbb\xbf\xff\xfe'


class Texts(NamedTuple):
    """The rules by name, their places, and a hash of the files' content.

    The exemptions of *constraints* are among the rules. With *mistakes*, the
    rules cannot be used: one that has a mistake denies here.
    """

    rules: dict[str, str]
    places: dict[str, Place]
    revision: str
    constraints: list[Constraint]
    mistakes: list[Mistake]


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

    def strays(self) -> Iterator[Path]:
        """Yield the files in folders that are not named as policy files are.

        They are read all the same: backups of editors, say.
        """
        for path in self._in_folders():
            if path.suffix.lower() not in _ENDINGS:
                yield path

    def read(self) -> Texts:
        """Return the content of the files; later files override earlier ones.

        Raises PolicyError for a file that cannot be parsed as rules, whose
        names others may refer to, with the mistakes of all files. Raises
        OSError for one that cannot be read.
        """
        texts = Texts({}, {}, '', [], [])
        digest = hashlib.sha256()
        is_whole = True
        for path in self._paths():
            try:
                parsed = parse(path, self._data(path, digest, 'policy'))
                rules = rule_texts.read(path, parsed, texts.mistakes)
                texts.rules.update(rules)
                texts.places.update(parsed.places)
            except PolicyError as error:
                texts.mistakes.extend(error.mistakes)
                is_whole = False
        for path in self._found(self._constraints):
            try:
                self._add_constraints(path, digest, texts)
            except PolicyError as error:
                texts.mistakes.extend(error.mistakes)
        if not is_whole:
            raise PolicyError(*texts.mistakes)
        return texts._replace(revision=digest.hexdigest()[:12])

    def _add_constraints(self, path: Path, digest: Any, texts: Texts) -> None:
        parsed = parse(path, self._data(path, digest, 'constraints'))
        texts.mistakes.extend(parsed.mistakes)
        if parsed.mistakes and not isinstance(parsed.value, dict):
            return
        for each in _constraints(path, parsed):
            texts.constraints.append(each)
            texts.rules[each.rule] = each.unless
            where = each.field, each.position, 'unless'
            texts.places[each.rule] = parsed.place(path, where)

    def _data(self, path: Path, digest: Any, kind: str) -> bytes:
        if not path.is_file():
            # Reading a pipe would block until somebody writes to it.
            raise _unusable(path, 'is not a regular file')
        data = _bytes(path)
        if not data.strip(_NOTHING):
            # A full disk leaves such files.
            raise _unusable(
                path,
                'is empty; for the defaults, remove it or put a comment in it',
            )
        # The same content has the same revision, whatever the file's name: a
        # copy, say, of the policy at the time of a record.
        digest.update(f'{kind}\0{len(data)}\0'.encode())
        digest.update(data)
        return data

    def _paths(self) -> Iterator[Path]:
        """Yield the files in the order in which oslo.policy reads them."""
        yield from self._found(self._file)
        yield from self._in_folders()

    def _in_folders(self) -> Iterator[Path]:
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


def _bytes(path: Path) -> bytes:
    """Return the content of *path*. Raises OSError, which says what to do."""
    try:
        return path.read_bytes()
    except PermissionError:
        user, group = _who()
        raise PermissionError(
            f'{path}: the user {user}, who runs this, cannot read it: chgrp '
            f'{group} {path}; chmod g+r {path}'
        ) from None


def _who() -> tuple[str, str]:
    """Return the names of this process's user and group, or their ids."""
    user, group = str(os.geteuid()), str(os.getegid())
    with suppress(KeyError):
        user = pwd.getpwuid(os.geteuid()).pw_name
    with suppress(KeyError):
        group = grp.getgrgid(os.getegid()).gr_name
    return user, group


def _unusable(path: Path, problem: str) -> PolicyError:
    return PolicyError(Mistake(problem, place=Place(path)))


def _constraints(path: Path, parsed: Parsed) -> list[Constraint]:
    value = parsed.value
    if isinstance(value, dict):
        value = {
            field: listed
            for field, listed in value.items()
            if field not in parsed.broken
        }
    try:
        return constraints.parse(value)
    except ConstraintError as error:
        raise PolicyError(
            *(
                Mistake(each.problem, place=parsed.place(path, each.where))
                for each in error.mistakes
            )
        ) from error
