"""Read nova's own policy files as nova reads them, and find mistakes in them.

nova takes most mistakes without a word: a check that it cannot parse and a
reference that leads nowhere deny, and behind a ``not`` they allow.
"""

import difflib
import logging
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from oslo_policy import _parser

from nova_update_guard.policy import matches, rule_hints, trees
from nova_update_guard.policy.mistakes import Mistake, Place, PolicyError
from nova_update_guard.spelling import did_you_mean, not_quoted

# The rule that nova takes in the place of one that does not exist.
_DEFAULT = 'default'
_FAILS = 'nova does not start with it'
_DENIES = 'nova takes that for a no'
# From this similarity on, a rule is a misspelling of one of nova's.
_NEAR = 0.95
# At most so many lines are named for one problem.
_LINES = 8


class Problem(NamedTuple):
    """A problem of *rule*, as a *text* that says what to do."""

    place: Place
    rule: str
    text: str


class NovaRules(NamedTuple):
    """Rules of nova's policy files by name, as text or in the old list form.

    *checks* are the trees, as oslo.policy parses them.
    """

    rules: dict[str, Any]
    places: dict[str, Place]
    checks: dict[str, Any]
    problems: list[Problem]


def read(paths: Iterable[str]) -> NovaRules:
    """Return the rules of the files; later files override earlier ones.

    Raises OSError, or PolicyError for a file with which nova does not start.
    """
    found = NovaRules({}, {}, {}, [])
    for path in map(Path, paths):
        for rule, value, place in _entries(path, found.problems):
            check = _parsed(rule, value, place, found.problems)
            found.rules[rule] = value
            found.places[rule] = place
            found.checks[rule] = check
            for text in _doubts(check):
                found.problems.append(Problem(place, rule, text))
    return found


def unknown(found: NovaRules, known: Collection[str]) -> Iterator[Problem]:
    """Yield the references to no rule, and the rules that nova lacks.

    *known* are the names of nova's own rules.
    """
    referred = {_DEFAULT}
    names = {*known, *found.rules}
    for rule, check in found.checks.items():
        for name in _references(check):
            referred.add(name)
            if name not in names:
                yield Problem(found.places[rule], rule, _dangling(name, names))
    absent = {*known} - found.rules.keys()
    for rule in found.rules.keys() - referred - {*known}:
        # nova's names are long and alike.
        near = difflib.get_close_matches(rule, absent, 1, _NEAR)
        hint = f' (did you mean {near[0]!r}?)' if near else ''
        text = f'this nova has no such rule, and none refers to it{hint}'
        yield Problem(found.places[rule], rule, text)


def _doubts(check: Any) -> Iterator[str]:
    """Yield what can hardly be meant in a check, as in the guard's rules."""
    for part in trees.parts(check):
        kind = getattr(part, 'kind', '')
        if kind != 'role' and kind not in matches.CREDENTIALS:
            continue
        leaf = trees.prepared(part)
        try:
            matches.refuse(leaf)
        except ValueError as error:
            yield str(error)
        else:
            yield from matches.doubts(leaf, ())


def messages(problems: Iterable[Problem]) -> list[str]:
    """Return a message for each kind of problem, with its first places."""
    by_text: dict[tuple[Path, str], list[Problem]] = {}
    for problem in sorted(set(problems)):
        key = (problem.place.path, problem.text)
        by_text.setdefault(key, []).append(problem)
    return [
        f'{first.place}: {first.rule}: {text}{_also(more)}'
        for (_, text), (first, *more) in by_text.items()
    ]


def _also(more: list[Problem]) -> str:
    if not more:
        return ''
    lines = [f'{each.place.line} ({each.rule})' for each in more[:_LINES]]
    rest = len(more) - _LINES
    end = f', and {rest} more' if rest > 0 else ''
    return f'; also line {", ".join(lines)}{end}'


def _dangling(name: str, names: Collection[str]) -> str:
    instead = (
        f"nova takes the rule '{_DEFAULT}' instead"
        if _DEFAULT in names
        else _DENIES
    )
    near = did_you_mean(name, names)
    return (
        f'refers to {name}, but there is no rule of that name{near}; {instead}'
    )


def _references(check: Any) -> Iterator[str]:
    for part in trees.parts(check):
        if getattr(part, 'kind', '') == 'rule':
            yield part.match


def _entries(
    path: Path, problems: list[Problem]
) -> Iterator[tuple[str, Any, Place]]:
    """Yield the name, value and place of each rule of a file.

    Raises OSError or PolicyError.
    """
    root, values = _loaded(path)
    if values is None:
        return
    if not isinstance(values, dict):
        raise _fails('is not a mapping of rules', Place(path))
    places: dict[Any, Place] = {}
    for key, _ in root.value:
        place = Place(path, key.start_mark.line + 1)
        if key.value in places:
            text = f'is in line {place.line} too, and nova takes that'
            problems.append(Problem(places[key.value], key.value, text))
        places[key.value] = place
    for rule, value in values.items():
        if not isinstance(rule, str):
            where = places.get(str(rule), Place(path))
            raise _fails(f'{rule!r:.50} is no name', where)
        yield rule, value, places[rule]


def _loaded(path: Path) -> tuple[Any, Any]:
    """Return the YAML node of a file, and its value."""
    if not path.is_file():
        raise PolicyError(Mistake('is not a regular file', place=Place(path)))
    data = path.read_bytes()
    line = 0
    try:
        loader = yaml.SafeLoader(data.decode())
        root = loader.get_single_node()
        return root, loader.construct_document(root) if root else None
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        reason = 'is not in UTF-8'
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        reason = error.problem or 'is not valid'
    except yaml.reader.ReaderError as error:
        line = data.decode().count('\n', 0, error.position) + 1
        reason = f'has a character that YAML lacks: {error.reason}'
    except (ValueError, TypeError, RecursionError) as error:
        reason = f'cannot be read: {type(error).__name__}'
    raise _fails(reason, Place(path, line))


def _fails(problem: str, place: Place, rule: str = '') -> PolicyError:
    return PolicyError(Mistake(f'{problem}; {_FAILS}', rule, place))


def _parsed(
    rule: str, value: Any, place: Place, problems: list[Problem]
) -> Any:
    """Return the check of a rule, and add what is wrong with it.

    Raises PolicyError where nova fails.
    """
    try:
        with _misread() as misread:
            check = _parser.parse_rule(value)
    except Exception:
        # Errors of many kinds: oslo.policy assumes text, or lists of it.
        problem = f'{value!r:.50} is not a string{not_quoted(value)}'
        raise _fails(problem, place, rule) from None
    if misread:
        said = rule_hints.invalid(value if isinstance(value, str) else '')
        text = f'{value!r:.200} {said}; {_DENIES}'
        problems.append(Problem(place, rule, text))
    if not value and value not in ('', []):
        text = (
            f'{value!r} is not a string, and nova takes it for everybody'
            f'{not_quoted(value)}'
        )
        problems.append(Problem(place, rule, text))
    return check


@contextmanager
def _misread() -> Iterator[list[str]]:
    """Collect, instead of logging, what oslo.policy cannot parse.

    Of this thread only.
    """
    logger = logging.getLogger(_parser.__name__)
    found: list[str] = []
    ours = threading.get_ident()

    def keep(record: logging.LogRecord) -> bool:
        if record.thread == ours:
            found.append(record.getMessage())
        return record.thread != ours

    logger.addFilter(keep)
    try:
        yield found
    finally:
        logger.removeFilter(keep)
