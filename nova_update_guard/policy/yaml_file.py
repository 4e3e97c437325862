"""Parse a file of YAML, or JSON, with the lines of its keys."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nova_update_guard.policy import yaml_hints
from nova_update_guard.policy.mistakes import Mistake, Place, PolicyError

_TAG = 'tag:yaml.org,2002:'
_TEXT = f'{_TAG}str'
_MERGE = f'{_TAG}merge'
_NO_MERGE = 'merge keys (<<) are not supported: write the keys out here'
_NO_ALIAS = 'aliases (*name) are not supported: repeat the value'
# The types that JSON has. A schema with a YAML date would accept no value.
_JSON = ('str', 'int', 'float', 'bool', 'null', 'seq', 'map')


class Parsed(NamedTuple):
    """The value of a file, and the place of each of its top-level keys.

    With *mistakes*, the value has other values in their place, and cannot be
    used; the top-level keys that have one are *broken*.
    """

    value: Any
    places: dict[str, Place]
    root: Any
    mistakes: list[Mistake]
    broken: set[str]

    def place(self, path: Path, steps: Sequence[Any]) -> Place:
        """Return the place to which *steps* lead: keys, and numbers in lists.

        If a step does not exist, it is the place of the last one that does.
        """
        place = Place(path)
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

    Its mistakes are aliases, values of a type that JSON lacks, and duplicate
    keys: other readers take the last one, without a message. Raises
    PolicyError, with the line, for data that is not YAML.
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
        text = f'{error.problem}{yaml_hints.hint(error)}'
        mistake = Mistake(text, place=Place(path, yaml_hints.line(error)))
        raise PolicyError(mistake) from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        mistake = Mistake(_reason(error), place=Place(path))
        raise PolicyError(mistake) from error
    finally:
        loader.dispose()
    mistakes = [
        Mistake(text, place=Place(path, line + 1))
        for text, line in loader.mistakes
    ]
    return Parsed(value, places, root, mistakes, _broken(loader, root))


class _Loader(yaml.SafeLoader):
    """Makes values of JSON's types only.

    ``mistakes`` are the others, each as a text and its line, from 0.
    """

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.mistakes: list[tuple[str, int]] = []

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            is_merge = getattr(index, 'tag', '') == _MERGE
            self._note(_NO_MERGE if is_merge else _NO_ALIAS, mark)
            return yaml.ScalarNode(f'{_TAG}null', '', mark, mark)
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, 'tag', None) == '!':
            # PyYAML takes the rest as if the tag were not there.
            self._note(yaml_hints.TAG, event.start_mark)
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        # SafeLoader would take the value of the key "=" of a mapping.
        return yaml.constructor.BaseConstructor.construct_scalar(self, node)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception:
            # Errors of many kinds: PyYAML assumes that a tag fits its text.
            kind = node.tag.removeprefix(_TAG)
            self._note(f'not a valid {kind}', node.start_mark)
            return None

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        lines: dict[str, int] = {}
        kept = []
        for name, key, value in _steps(node):
            mark = key.start_mark
            if key.tag == _MERGE:
                self._note(_NO_MERGE, mark)
            elif key.tag != _TEXT or not isinstance(name, str):
                quoted = name[:50] if isinstance(name, str) else 'seq or map'
                self._note(
                    f'the key {quoted!a} is not a string; put it in quotes',
                    mark,
                )
            elif name in lines:
                self._note(f'{name} is already in line {lines[name]}', mark)
            else:
                lines[name] = mark.line + 1
                kept.append((key, value))
        if isinstance(node, yaml.MappingNode):
            node.value = kept
        return super().construct_mapping(node, deep)

    def refuse(self, node: Any) -> None:
        """Refuse a value of a type that JSON lacks."""
        kind = node.tag.removeprefix(_TAG)[:50]
        problem = f'JSON has no type {kind!a}; put text in quotes'
        self._note(problem, node.start_mark)

    def _note(self, problem: str, mark: Any) -> None:
        self.mistakes.append((problem, mark.line))


_Loader.yaml_constructors = {
    None: _Loader.refuse,
    **{
        f'{_TAG}{kind}': yaml.SafeLoader.yaml_constructors[f'{_TAG}{kind}']
        for kind in _JSON
    },
}


def _broken(loader: _Loader, root: Any) -> set[str]:
    """Return the top-level keys in whose lines there is a mistake."""
    lines = {line for _, line in loader.mistakes}
    return {
        name
        for name, key, value in _steps(root)
        # A block ends where the next key begins.
        if lines & {*range(key.start_mark.line, value.end_mark.line)}
        or key.start_mark.line in lines
        or (value.end_mark.column and value.end_mark.line in lines)
    }


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
