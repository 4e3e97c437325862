"""The operator's policy files: found, read, and looked at for changes."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from oslo_policy import policy

from nova_update_guard.checks import PolicyError


class Texts(NamedTuple):
    """The rules by name, the file of each, and a hash of what files hold."""

    rules: dict[str, str]
    paths: dict[str, Path]
    revision: str


class PolicyFiles:
    """The rules of one file and of those in some folders.

    *find* gives the path of a name in the configuration directories, or
    None while there is none.
    """

    def __init__(
        self,
        file: str,
        folders: Sequence[str],
        find: Callable[[str], str | None],
    ) -> None:
        self._file = file
        self._folders = folders
        self._find = find
        self._filled: set[Path] = set()

    def look(self) -> dict[Path, os.stat_result]:
        """Return the files there are; opens none."""
        return {path: path.stat() for path in self._paths()}

    def read(self) -> Texts:
        """Return what the files say; of two on one rule, the later counts.

        Raises PolicyError for a file that cannot be read as rules, OSError
        for one that cannot be read.
        """
        texts = Texts({}, {}, '')
        digest = hashlib.sha256()
        for path in self._paths():
            data = path.read_bytes()
            self._refuse_emptied(path, data)
            digest.update(data)
            rules = _parsed(path, data)
            texts.rules.update(rules)
            texts.paths.update(dict.fromkeys(rules, path))
        return texts._replace(revision=digest.hexdigest()[:12])

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
        file = self._find(self._file)
        if file:
            yield Path(file)
        for name in self._folders:
            folder = self._find(name)
            for path in sorted(Path(folder).iterdir()) if folder else ():
                if path.is_file() and not path.name.startswith('.'):
                    yield path


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
