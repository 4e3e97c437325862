"""The operator's policy files: found, read, and looked at for changes.

The file of constraints is one of them: all are in force together.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from oslo_policy import policy

from nova_update_guard import constraints
from nova_update_guard.checks import PolicyError
from nova_update_guard.constraints import Constraint, ConstraintError


class Texts(NamedTuple):
    """The rules by name, the file of each, and a hash of what files hold.

    Those of *constraints* are among the rules.
    """

    rules: dict[str, str]
    paths: dict[str, Path]
    revision: str
    constraints: list[Constraint]


class PolicyFiles:
    """The rules of one file and of those in some folders; constraints.

    *find* gives the path of a name in the configuration directories, or
    None while there is none.
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
        self._filled: set[Path] = set()

    def look(self) -> dict[Path, os.stat_result]:
        """Return the files there are; opens none."""
        paths = [*self._paths(), *self._found(self._constraints)]
        return {path: path.stat() for path in paths}

    def read(self) -> Texts:
        """Return what the files say; of two on one rule, the later counts.

        Raises PolicyError for a file that cannot be read as rules, OSError
        for one that cannot be read.
        """
        texts = Texts({}, {}, '', [])
        digest = hashlib.sha256()
        for path in self._paths():
            data = self._data(path, digest)
            _add(texts, path, _parsed(path, data))
        for path in self._found(self._constraints):
            held = _constraints(path, self._data(path, digest))
            texts.constraints.extend(held)
            _add(texts, path, {each.rule: each.unless for each in held})
        return texts._replace(revision=digest.hexdigest()[:12])

    def _data(self, path: Path, digest: Any) -> bytes:
        data = path.read_bytes()
        self._refuse_emptied(path, data)
        digest.update(data)
        return data

    def _refuse_emptied(self, path: Path, data: bytes) -> None:
        """Refuse a file that held something: a full disk leaves such ones."""
        if data.strip():
            self._filled.add(path)
        elif path in self._filled:
            raise PolicyError(
                f'{path} is empty now; to go back to the defaults, remove it '
                'or leave a comment in it'
            )

    def _paths(self) -> Iterator[Path]:
        """Yield the files in the order in which oslo.policy reads them."""
        yield from self._found(self._file)
        for name in self._folders:
            folder = self._find(name)
            for path in sorted(Path(folder).iterdir()) if folder else ():
                if path.is_file() and not path.name.startswith('.'):
                    yield path

    def _found(self, name: str) -> Iterator[Path]:
        found = self._find(name)
        if found:
            yield Path(found)


def _add(texts: Texts, path: Path, rules: Mapping[str, str]) -> None:
    texts.rules.update(rules)
    texts.paths.update(dict.fromkeys(rules, path))


def _constraints(path: Path, data: bytes) -> list[Constraint]:
    try:
        return constraints.parse(yaml.safe_load(data))
    except (ConstraintError, ValueError, yaml.YAMLError) as error:
        raise PolicyError(f'{path}: {error}') from error


def _parsed(path: Path, data: bytes) -> dict[str, str]:
    try:
        rules = policy.parse_file_contents(data)
    except ValueError as error:
        raise PolicyError(f'{path}: {error}') from error
    if not isinstance(rules, dict):
        raise PolicyError(f'{path} is not a mapping of rules to texts')
    for rule, text in rules.items():
        if not isinstance(rule, str) or not isinstance(text, str):
            raise PolicyError(f'{path}: {rule!r}: {text!r} is not a text')
    return rules
