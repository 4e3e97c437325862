"""The result of one release on one Python, kept in a file."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from tests.cloud.processes import ROOT
from tests.releases.table import Release

# What decides about a result, besides the release.
_SOURCES = ('nova_update_guard', 'tests/cloud', 'tests/equivalence')


@dataclass(frozen=True)
class Result:
    """What was seen. The *problems* are not explained by any difference.

    *examples* and *reached* are numbers by generator: how many there were, and
    how many of them nova would have carried out. *later* are the rows of the
    guard's tables for newer novas, *steps* those of the story that were good.
    """

    release: str
    nova: str
    python: str
    key: str
    seed: int
    newest: int
    examples: dict[str, int]
    reached: dict[str, int]
    later: list[str]
    steps: int
    differences: list[str]
    problems: list[str]
    seconds: int

    @property
    def is_good(self) -> bool:
        """Tell whether nothing unexplained was found."""
        return not self.problems

    def covers(self, release: Release, examples: int) -> bool:
        """Return whether the same need not run again."""
        return (
            self.is_good
            and self.key == key(release)
            and bool(self.examples)
            and min(self.examples.values()) >= examples
        )


def explained(result: Result, release: Release, found: list[str]) -> Result:
    """Return *result* with what was *found*, told apart by the differences.

    A difference of *release* that is always found, and was not, is a problem
    as well.
    """
    unexplained, names = [*result.problems], []
    for each in release.differences:
        here = [text for text in found if re.search(each.problem, text)]
        found = [text for text in found if text not in here]
        if here:
            names.append(each.name)
        elif each.always:
            unexplained.append(f'{each.name}: this difference is gone')
    return replace(result, differences=names, problems=unexplained + found)


def key(release: Release) -> str:
    """Return a key that changes when a result may be another one."""
    digest = sha256(repr(release).encode())
    for path in _files():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterable[Path]:
    for folder in _SOURCES:
        yield from sorted((ROOT / folder).rglob('*.py'))


def path(folder: Path, release: str, version: str) -> Path:
    """Return where the result of a release on a Python is."""
    return folder / f'{release}-python{version}.json'


def read(file: Path) -> Result | None:
    """Return the result in *file*; None if there is none that is whole."""
    try:
        return Result(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write(file: Path, result: Result) -> None:
    """Write *result* to *file*, which is whole at every moment."""
    unfinished = file.with_suffix('.unfinished')
    unfinished.write_text(json.dumps(asdict(result), indent=1) + '\n')
    unfinished.replace(file)
