"""Parse a file of YAML, or JSON, with the lines of its keys."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nova_update_guard.policy.checks import PolicyError

_TAG = 'tag:yaml.org,2002:'
_TEXT = f'{_TAG}str'
_MERGE = f'{_TAG}merge'
_NO_MERGE = 'merge keys (<<) are not supported: write the keys out here'
_NO_ALIAS = 'aliases (*name) are not supported: repeat the value'
# The types that JSON has. A schema with a YAML date would accept no value.
_JSON = ('str', 'int', 'float', 'bool', 'null', 'seq', 'map')


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

    Raises PolicyError, with the line, for data that is not YAML, for aliases,
    for a value of a type that JSON lacks, and for a duplicate key: other
    readers take the last one, without a message.
    """
    loader = _Loader('')
    try:
        loader = _Loader(data)
        root = loader.get_single_node()
        value = loader.construct_document(root) if root else None
        places = {
            name: Place(path, start.start_mark.line + 1)
            for name, start, _ in _steps(root)
        }
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
    """Makes values of JSON's types only, and reports the line of any other."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            is_merge = getattr(index, 'tag', '') == _MERGE
            raise _error(_NO_MERGE if is_merge else _NO_ALIAS, mark)
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        # SafeLoader would take the value of the key "=" of a mapping.
        return yaml.constructor.BaseConstructor.construct_scalar(self, node)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:
            # Errors of many kinds: PyYAML assumes that a tag fits its text.
            kind = node.tag.removeprefix(_TAG)
            raise _error(f'not a valid {kind}', node.start_mark) from error

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        lines: dict[str, int] = {}
        for name, key, _ in _steps(node):
            mark = key.start_mark
            if key.tag == _MERGE:
                raise _error(_NO_MERGE, mark)
            if key.tag != _TEXT or not isinstance(name, str):
                quoted = name[:50] if isinstance(name, str) else 'seq or map'
                raise _error(
                    f'the key {quoted!a} is not a string; put it in quotes',
                    mark,
                )
            if name in lines:
                problem = f'{name} is already in line {lines[name]}'
                raise _error(problem, mark)
            lines[name] = mark.line + 1
        return super().construct_mapping(node, deep)

    def refuse(self, node: Any) -> None:
        """Refuse a value of a type that JSON lacks."""
        kind = node.tag.removeprefix(_TAG)[:50]
        problem = f'JSON has no type {kind!a}; put text in quotes'
        raise _error(problem, node.start_mark)


_Loader.yaml_constructors = {
    None: _Loader.refuse,
    **{
        f'{_TAG}{kind}': yaml.SafeLoader.yaml_constructors[f'{_TAG}{kind}']
        for kind in _JSON
    },
}


def _error(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _steps(node: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the steps into *node*, each with its first node and its value."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((at, part, part) for at, part in enumerate(node.value))


def _reason(error: Exception) -> str:
    """Return the problem in one line, without the content of the file."""
    if isinstance(error, RecursionError):
        return 'is nested too deeply'
    if isinstance(error, yaml.reader.ReaderError):
        return f'cannot be decoded as text: {error.reason}'
    return str(error).partition('\n')[0]
