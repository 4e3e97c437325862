"""A file of YAML, or JSON, and the lines that its keys stand in."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nova_update_guard.policy.checks import PolicyError

_TAG = 'tag:yaml.org,2002:'
_TEXT = f'{_TAG}str'
# What JSON has, too; and what merges mappings. A schema that asks for a date
# would take no value at all.
_JSON = {
    f'{_TAG}{kind}'
    for kind in ('str', 'int', 'float', 'bool', 'null', 'seq', 'map', 'merge')
}
# Aliases make no more of a file than so many times what is written there.
_MAX_GROWTH = 100


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
    root: Any

    def place(self, path: Path, steps: Sequence[Any]) -> Place | Path:
        """Return where it stands to which *steps* lead: keys, and numbers.

        What is not there stands where the last step leads that is.
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
    """Return what the file at *path*, which holds *data*, says.

    Raises PolicyError, with the line, for what is no YAML or has another
    kind of value than JSON, and for a key that stands there twice: readers
    take the last one, and say nothing.
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
    """Tells the line of each value that cannot be made of its text."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:
            # Of many kinds: PyYAML takes it that a tag fits its text.
            raise yaml.constructor.ConstructorError(
                problem=f'this is no {node.tag.removeprefix(_TAG)}',
                problem_mark=node.start_mark,
            ) from error


def _count(path: Path, node: Any, counts: dict[int, int]) -> int:
    """Return how many values *node* is, with each alias written out.

    *counts* are those of the nodes before. Raises PolicyError for too many,
    and for those of another kind than JSON has.
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
    """Refuse a key that stands twice in the mapping that *node* may be."""
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
    """Yield each step into *node*, the node where it begins, and its end."""
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
    """Return what is wrong in one line, without what the file holds."""
    if isinstance(error, RecursionError):
        return 'is nested too deeply'
    if isinstance(error, yaml.reader.ReaderError):
        return f'is no text: {error.reason}'
    return str(error).partition('\n')[0]
