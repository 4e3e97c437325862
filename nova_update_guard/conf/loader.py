"""The options, read into values by one function."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from oslo_config import cfg

from nova_update_guard.conf.options import GROUPS

PROJECT = 'nova-update-guard'
# How oslo.config says where an option stands.
_LOCATION = re.compile(r"LocationInfo\(.*?detail='([^']*)'\)")

T = TypeVar('T')


class OptionError(Exception):
    """An option that stops the start; the message says what it takes."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what is wrong with an option into an OptionError."""
    try:
        yield
    except cfg.ConfigFileParseError as error:
        # Behind that stands the line, in which a secret may be.
        problem = str(error).partition(": '")[0]
        raise OptionError(f'nova_update_guard: {problem}') from None
    except (cfg.Error, ValueError) as error:
        raise OptionError(f'nova_update_guard: {location(error)}') from None


def location(error: Exception) -> str:
    """Return the message of *error*, with the file as operators know it."""
    return _LOCATION.sub(r'\1', str(error))


def read(paste: Mapping[str, str], group: str) -> cfg.ConfigOpts:
    """Return the options of *group*, with those of *paste* over the file.

    Raises ValueError or cfg.Error, with what the option takes.
    """
    # Never the process's own CONF: nova's options are not ours.
    conf = cfg.ConfigOpts()
    conf.register_opts(GROUPS[group], group=group)
    given = dict(paste)
    file = given.pop('oslo_config_file', None)
    project = given.pop('oslo_config_project', PROJECT)
    conf(
        args=[],
        project=project,
        prog=project,
        default_config_files=[file] if file else None,
    )
    _refuse_unknown(conf.config_file, group)
    for name, value in given.items():
        _override(conf, group, name, value)
    return conf


def file_of(paste: Mapping[str, str]) -> dict[str, str]:
    """Return those options of another filter that say which file to read."""
    names = ('oslo_config_file', 'oslo_config_project')
    return {name: paste[name] for name in names if name in paste}


def _override(conf: cfg.ConfigOpts, group: str, name: str, text: str) -> None:
    """Set an option from its text, which its own type parses."""
    options = {option.name: option for option in GROUPS[group]}
    if name not in options:
        raise ValueError(
            f'there is no option {name!r}; there are oslo_config_file, '
            f'oslo_config_project, {", ".join(options)}'
        )
    option = options[name]
    try:
        value = option.type(text)
    except ValueError as error:
        raise ValueError(f'{name} = {text!r}: {error}') from None
    conf.set_override(name, [value] if option.multi else value, group)


def secret(
    options: cfg.ConfigOpts.GroupAttr, name: str, made: Callable[[str], T]
) -> T | None:
    """Return what is *made* of the key called *name*, if there is one.

    Raises ValueError, which does not tell the key.
    """
    try:
        key = options[name]
        return None if key is None else made(key)
    except ValueError as error:
        problem = str(error)
    except cfg.Error:
        # oslo.config's own message has what stands behind the $.
        problem = 'a $ is written $$'
    raise ValueError(f'{name}: {problem}')


def share(options: cfg.ConfigOpts.GroupAttr, name: str) -> float:
    """Return a number of 0 to 1, which nan is not. Raises ValueError."""
    value: float = options[name]
    if not 0 <= value <= 1:
        raise ValueError(f'{name} = {value}: it takes 0 to 1')
    return value


def seconds(options: cfg.ConfigOpts.GroupAttr, name: str) -> float:
    """Return a time, which nan is not. Raises ValueError."""
    value: float = options[name]
    if math.isnan(value):
        raise ValueError(f'{name} = nan: it takes seconds')
    return value


def _refuse_unknown(paths: list[str], group: str) -> None:
    """Refuse names in the file's group that are no options: typing errors."""
    known = {option.name for option in GROUPS[group]}
    for path in paths:
        sections: dict[str, dict[str, list[str]]] = {}
        cfg.ConfigParser(path, sections).parse()
        unknown = sections.get(group, {}).keys() - known
        if unknown:
            raise ValueError(
                f'{path}: [{group}] has no option {sorted(unknown)[0]!r}; '
                f'it has {", ".join(sorted(known))}'
            )
