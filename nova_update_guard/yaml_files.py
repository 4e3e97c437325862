"""A file of YAML, or JSON, and the lines that its keys stand in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nova_update_guard.checks import PolicyError


class Place(NamedTuple):
    """Where something stands; lines are counted from 1."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f'{self.path}:{self.line}'


class Parsed(NamedTuple):
    """What a file holds, and where each key on top of it stands."""

    value: Any
    places: dict[str, Place]


def parse(path: Path, data: bytes) -> Parsed:
    """Return what the file at *path*, which holds *data*, says.

    Raises PolicyError, with the line, for what is no YAML and for a key that
    stands there twice: readers take the last one, and say nothing.
    """
    loader = yaml.SafeLoader('')
    try:
        loader = yaml.SafeLoader(data)
        root = loader.get_single_node()
        places = dict(_places(path, root))
        value = loader.construct_document(root) if root else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1) if mark else path
        raise PolicyError(f'{place}: {error.problem}') from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise PolicyError(f'{path}: {_reason(error)}') from error
    finally:
        loader.dispose()
    return Parsed(value, places)


def _places(path: Path, root: Any) -> Iterator[tuple[str, Place]]:
    found: dict[str, Place] = {}
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    for key, _ in pairs:
        if isinstance(key, yaml.ScalarNode):
            place = Place(path, key.start_mark.line + 1)
            before = found.setdefault(key.value, place)
            if before is not place:
                raise PolicyError(
                    f'{place}: {key.value} stands in line {before.line}, too'
                )
            yield key.value, place


def _reason(error: Exception) -> str:
    """Return what is wrong in one line, without what the file holds."""
    if isinstance(error, RecursionError):
        return 'is nested too deeply'
    if isinstance(error, yaml.reader.ReaderError):
        return f'is no text: {error.reason}'
    return str(error).partition('\n')[0]
