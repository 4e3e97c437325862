"""Parse a file of YAML, or JSON, with the lines of its keys."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nova_update_guard.policy.checks import PolicyError

_TAG = 'tag:yaml.org,2002:'
_TEXT = f'{_TAG}str'
# The types that JSON has, too; and the merge of mappings. A schema with a YAML
# date in it would accept no value at all.
_JSON = {
    f'{_TAG}{kind}'
    for kind in ('str', 'int', 'float', 'bool', 'null', 'seq', 'map', 'merge')
}
# The limit by which aliases may multiply the number of values in a file.
_MAX_GROWTH = 100


class Place(NamedTuple):
    """A place in a file; lines are counted from 1."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f'{self.path}:{self.line}'


class Parsed(NamedTuple):
    """The value of a file, and the place of each of its top-level keys."""

    value: Any
    places: dict[str, Place]
    root: Any

    def place(self, path: Path, steps: Sequence[Any]) -> Place | Path:
        """Return the place to which *steps* lead: keys, and numbers in lists.

        If a step does not exist, it is the place of the last one that does.
        """
        place: Place | Path = path
        node = self.root
        for step in steps:
            found = [
                part for part in _steps(node) if part[0] in (step, str(step))
            ]
            if not found:
                break
            _, start, node = found[-1]
            place = Place(path, start.start_mark.line + 1)
        return place


def parse(path: Path, data: bytes) -> Parsed:
    """Parse *data*, the content of the file at *path*.

    Raises PolicyError, with the line, for data that is not YAML or has a value
    of a type that JSON lacks, and for a duplicate key: other readers take the
    last one, without a message.
    """
    loader = _Loader('')
    try:
        loader = _Loader(data)
        root = loader.get_single_node()
        _count(path, root, {})
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
    return Parsed(value, places, root)


class _Loader(yaml.SafeLoader):
    """Reports the line of each value that cannot be made of its text."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:
            # Errors of many kinds: PyYAML assumes that a tag fits its text.
            raise yaml.constructor.ConstructorError(
                problem=f'this is no {node.tag.removeprefix(_TAG)}',
                problem_mark=node.start_mark,
            ) from error


def _count(path: Path, node: Any, counts: dict[int, int]) -> int:
    """Return the number of values in *node*, with each alias expanded.

    *counts* are those of the nodes before. Raises PolicyError for too many
    values, and for those of a type that JSON lacks.
    """
    if node is None:
        return 0
    place = Place(path, node.start_mark.line + 1)
    if id(node) in counts:
        if not counts[id(node)]:
            raise PolicyError(f'{place}: refers to itself')
        return counts[id(node)]
    if node.tag not in _JSON:
        kind = node.tag.removeprefix(_TAG)
        raise PolicyError(
            f'{place}: JSON has no {kind[:50]!a}; a text stands in quotes'
        )
    _refuse_twice(path, node)
    counts[id(node)] = 0
    count = 1 + sum(_count(path, part, counts) for part in _parts(node))
    counts[id(node)] = count
    if count > _MAX_GROWTH * len(counts):
        raise PolicyError(f'{place}: aliases make too much of it')
    return count


def _refuse_twice(path: Path, node: Any) -> None:
    """Raise PolicyError for a duplicate key, if *node* is a mapping."""
    lines: dict[str, int] = {}
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    for key, _ in pairs:
        place = Place(path, key.start_mark.line + 1)
        if isinstance(key, yaml.ScalarNode):
            if key.value in lines:
                raise PolicyError(
                    f'{place}: {key.value} stands in line {lines[key.value]}, '
                    'too'
                )
            lines[key.value] = place.line


def _parts(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        yield from itertools.chain.from_iterable(node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _steps(node: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the steps into *node*, each with its first node and its value."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((at, part, part) for at, part in enumerate(node.value))


def _places(path: Path, root: Any) -> Iterator[tuple[str, Place]]:
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    for key, _ in pairs:
        if isinstance(key, yaml.ScalarNode):
            place = Place(path, key.start_mark.line + 1)
            if key.tag != _TEXT:
                raise PolicyError(
                    f'{place}: {key.value[:50]!a} is not a text; in quotes it '
                    'is one'
                )
            yield key.value, place


def _reason(error: Exception) -> str:
    """Return the problem in one line, without the content of the file."""
    if isinstance(error, RecursionError):
        return 'is nested too deeply'
    if isinstance(error, yaml.reader.ReaderError):
        return f'is no text: {error.reason}'
    return str(error).partition('\n')[0]
