"""The lines of configuration files, and what they can hardly mean.

oslo.config tells neither the line of an option, nor that one is given twice.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from oslo_config import cfg

from nova_update_guard.conf import novas_files
from nova_update_guard.spelling import did_you_mean

_COMMENT = (
    'what begins with # there is part of the value: write a comment on a line '
    'of its own'
)
# Of a group of five letters, as [proxy], one may be another.
_NEAR_GROUP = 0.8
# Words in the names of options that may hold a secret, with a # in it.
_SECRETS = ('password', 'secret', 'key', 'token', 'passcode')
# The message of oslo.config's for a value of another type.
_WRONG_TYPE = re.compile(
    r'Value for option (?P<name>\S+) from (?P<path>.*) is not valid: '
    r'(?P<reason>.*)',
    re.DOTALL,
)
# Python's own words for a value that is no number.
_NO_NUMBER = (
    (
        re.compile(r"invalid literal for int\(\) with base 10: ('.*')"),
        'whole ',
    ),
    (re.compile(r"could not convert string to float: ('.*')"), ''),
)
# Options that oslo.policy still finds in [DEFAULT].
_ONCE_IN_DEFAULT = ('policy_dirs', 'policy_file')


class Line(NamedTuple):
    """A line that sets an option; without a *name*, one that begins a group.

    As in oslo.config, the case of a group does not matter.
    """

    path: str
    number: int
    group: str
    name: str = ''
    value: str = ''

    @property
    def place(self) -> str:
        """The file and the line."""
        return f'{self.path}:{self.number}'

    @property
    def has_comment(self) -> bool:
        """Whether the value has what looks like a comment."""
        return any(word.startswith('#') for word in self.value.split()[1:])

    def is_of(self, group: str) -> bool:
        """Return whether the line is in *group*."""
        return self.group.lower() == group


def read(paths: Iterable[str]) -> list[Line]:
    """Return the lines of the files at *paths*, which oslo.config has read.

    The last line of an option counts.
    """
    # oslo.config can find one file at two of its places.
    return [line for path in dict.fromkeys(paths) for line in _lines(path)]


def _lines(path: str) -> Iterator[Line]:
    group = 'DEFAULT'
    text = Path(path).read_text(errors='replace')
    for number, line in enumerate(text.split('\n'), 1):
        if line.startswith('['):
            group = line.rstrip()[1:-1]
            yield Line(path, number, group)
        # Others are comments, or go on with the value of the line above.
        elif line.strip() and not line.startswith((' ', '\t', '#', ';')):
            name, value = (*re.split('[=:]', line, maxsplit=1), '')[:2]
            yield Line(path, number, group, name.strip(), value.strip())


def last(lines: Iterable[Line], group: str, name: str) -> Line | None:
    """Return the line that sets option *name* of *group*, or None."""
    found = [line for line in lines if line.is_of(group) and line.name == name]
    return found[-1] if found else None


def about(line: Line | None, group: str, problem: str) -> str:
    """Return *problem* with an option of *group*, with its place."""
    if not line:
        return f'[{group}] {problem}'
    hint = f' ({_COMMENT})' if line.has_comment else ''
    return f'{line.place}: [{group}] {problem}{hint}'


def located(problem: str, group: str = '') -> str:
    """Return the message *problem* of oslo.config's with the line it is about.

    Only one about a value of another type names an option and its file; of the
    option's name in several groups, *group* or else the last one counts.
    """
    found = _WRONG_TYPE.fullmatch(problem)
    if not (found and Path(found['path']).is_file()):
        return problem
    name = found['name']
    lines = [
        line
        for line in read([found['path']])
        if line.name.replace('-', '_') == name.replace('-', '_')
    ]
    line = next(filter(None, (last(lines, group, name), *lines[::-1])), None)
    if not line:
        return problem
    return about(line, line.group, f'{name}: {_plain(found["reason"])}')


def _plain(reason: str) -> str:
    """Return why a value is not valid without the words of Python's types."""
    for pattern, kind in _NO_NUMBER:
        reason = pattern.sub(rf'\1 is not a {kind}number', reason)
    return reason


def unknown(
    lines: Iterable[Line], group: str, options: Iterable[cfg.Opt]
) -> Iterator[str]:
    """Yield the options of *group*, and the groups, that are misspelt."""
    known = {option.name for option in options}
    for line in lines:
        if line.name and line.is_of(group) and line.name not in known:
            yield (
                f'{line.place}: [{group}] has no option {line.name!r}'
                f'{did_you_mean(line.name, known)}; it has '
                f'{", ".join(sorted(known))}'
            )
        elif not (line.name or line.is_of(group)):
            name = line.group.lower().replace('-', '_')
            if near := did_you_mean(name, [group], _NEAR_GROUP):
                yield f'{line.place}: there is no group [{line.group}]{near}'


def of_nova(lines: Collection[Line]) -> set[str]:
    """Return the paths of nova's files, of which *lines* are all lines."""
    return novas_files.among((line.path, line.group) for line in lines)


def misplaced(
    lines: Collection[Line], groups: Mapping[str, Iterable[cfg.Opt]]
) -> Iterator[str]:
    """Yield the options of *groups* that stand in [DEFAULT], without effect.

    In nova's file, those that once were oslo.policy's there may be for nova.
    """
    places = {
        option.name: group
        for group, options in groups.items()
        for option in options
    }
    novas = of_nova(lines)
    for line in lines:
        group = places.get(line.name) if line.is_of('default') else None
        is_novas = line.path in novas
        if group and not (is_novas and line.name in _ONCE_IN_DEFAULT):
            yield (
                f'{line.place}: [DEFAULT] {line.name} has no effect there: it '
                f'belongs into [{group}]'
            )


def wrong(
    conf: cfg.ConfigOpts,
    lines: list[Line],
    group: str,
    options: Iterable[cfg.Opt],
) -> Iterator[str]:
    """Yield the options of *group* whose values are of another type."""
    for option in options:
        if option.secret:
            continue
        try:
            conf[group][option.name]
        except cfg.ConfigFileValueError as error:
            _, _, reason = str(error).partition(' is not valid: ')
            line = last(lines, group, option.name)
            yield about(line, group, f'{option.name}: {_plain(reason)}')
        except (
            *(cfg.NoSuchOptError, cfg.NoSuchGroupError),
            *(cfg.TemplateSubstitutionError, RecursionError),
        ) as error:
            line = last(lines, group, option.name)
            problem = f'{option.name}: {error}: write $ as $$'
            yield about(line, group, problem)


def _is_secret(name: str) -> bool:
    """Return whether an option of another project's may be a secret."""
    return any(word in name for word in _SECRETS)


def notices(
    lines: list[Line],
    groups: Mapping[str, Iterable[cfg.Opt]],
    others: Collection[str] = (),
) -> Iterator[str]:
    """Yield what lines can hardly mean, of options by *groups*.

    Of the groups *others* only what could be a comment, and which option is
    given more than once.
    """
    options = {
        (group, option.name): option
        for group, listed in groups.items()
        for option in listed
    }
    by_option: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        group = line.group.lower()
        option = options.get((group, line.name))
        is_secret = option.secret if option else _is_secret(line.name)
        is_known = bool(option) or group in others
        if is_known and not is_secret and line.has_comment:
            yield f'{line.place}: [{group}] {line.name}: {_COMMENT}'
        is_single = not option.multi if option else group in others
        if line.name and is_single:
            key = (line.path, group, line.name)
            by_option.setdefault(key, []).append(line)
    for (path, group, name), given in by_option.items():
        if len(given) > 1:
            numbers = ', '.join(str(line.number) for line in given)
            yield (
                f'{path}: [{group}] {name} is given in lines {numbers}: only '
                'the last of them counts; remove the others'
            )
