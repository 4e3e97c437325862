"""Take the rules out of a parsed policy file, and find their mistakes."""

import reprlib
from pathlib import Path

from nova_update_guard.layers import constraints
from nova_update_guard.policy.mistakes import Mistake, Place, PolicyError
from nova_update_guard.policy.yaml_file import Parsed
from nova_update_guard.spelling import not_quoted

# The check of a rule whose own has a mistake, so that others can refer to it.
_STAND_IN = '!'
# What a check of several lines has.
_SPACES = str.maketrans('\t\r\n', '   ')


def read(
    path: Path, parsed: Parsed, mistakes: list[Mistake]
) -> dict[str, str]:
    """Return the rules of a *parsed* file; add its mistakes to *mistakes*.

    A rule that has a mistake denies. Raises PolicyError for a file that has
    no rules.
    """
    rules = parsed.value
    if parsed.mistakes and not isinstance(rules, dict):
        raise PolicyError(*parsed.mistakes)
    mistakes.extend(map(_with_hint, parsed.mistakes))
    rules = {} if rules is None else rules
    if not isinstance(rules, dict):
        raise PolicyError(
            Mistake(
                'is not a mapping of rules to strings: write NAME: CHECK, '
                'with a space after the colon',
                place=Place(path),
            )
        )
    found = {}
    for rule, text in rules.items():
        if problem := _name_problem(rule):
            mistakes.append(
                Mistake(f'{rule!a} {problem}', place=parsed.places[rule])
            )
            continue
        found[rule] = text
        problem = _check_problem(text)
        if problem and rule not in parsed.broken:
            mistakes.append(Mistake(problem, rule, parsed.places[rule]))
        if problem or rule in parsed.broken:
            found[rule] = _STAND_IN
    return found


def _with_hint(mistake: Mistake) -> Mistake:
    if ' is already in line ' not in mistake.text:
        return mistake
    return mistake._replace(
        text=f'{mistake.text}: write the rule once, and join the two checks '
        'by "and" if both shall hold, each in brackets'
    )


def _name_problem(rule: str) -> str:
    """Return why *rule* cannot be set here; '' if it can."""
    if not rule.strip() or not rule.isprintable() or rule != rule.strip():
        return (
            'is no name of a rule: it is empty, or has white space around it, '
            'or invisible characters in it'
        )
    if rule.startswith(f'{constraints.RULE}:'):
        return "is a constraint's: write its check there, as unless"
    return ''


def _check_problem(text: object) -> str:
    """Return why nobody can mean *text* as a check; '' if it can be meant."""
    if isinstance(text, list | dict):
        return (
            f'{reprlib.repr(text)} is not a string; constraints have a file '
            'of their own, the option constraints_file'
        )
    if not isinstance(text, str):
        return f'{reprlib.repr(text)} is not a string{not_quoted(text)}'
    if not text.translate(_SPACES).isprintable():
        return f'has invisible characters in its check: {text!a}'
    return ''
