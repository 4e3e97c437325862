"""Read options from configuration files and from paste files."""

import errno
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from oslo_config import cfg

from nova_update_guard.conf import option_lines
from nova_update_guard.conf.options import GROUPS
from nova_update_guard.spelling import did_you_mean

PROJECT = 'nova-update-guard'
# The beginning of the message of an OptionError.
MARK = 'nova_update_guard: '
URL_FORM = 'http(s)://host:port/path, with a port of 1 to 65535'
# The form in which oslo.config names the location of an option.
_LOCATION = re.compile(r"LocationInfo\(.*?detail='([^']*)'\)")
# As oslo.config's find_config_files documents them.
_FOLDERS = (
    *('~/.{project}', '~', '/etc/{project}', '/etc'),
    *('$SNAP_COMMON/etc/{project}', '$SNAP/etc/{project}'),
)

# Those of files of policy and constraints.
_ENDINGS = ('.yaml', '.yml', '.json')

T = TypeVar('T')


class OptionError(Exception):
    """A bad option, which stops the start; the message says what it takes."""


@contextmanager
def config_errors(group: str = '') -> Iterator[None]:
    """Convert an error in an option, of *group*, to an OptionError."""
    try:
        yield
    except cfg.ConfigFileParseError as error:
        # The text after that quotes the line, which may hold a secret.
        problem = str(error).partition(": '")[0]
        raise OptionError(f'{MARK}{problem}') from None
    except (cfg.Error, ValueError) as error:
        problem = location(error, group)
        is_placed = any(f'[{each}]' in problem for each in (*GROUPS, group))
        place = f'[{group}] ' if group and not is_placed else ''
        raise OptionError(f'{MARK}{place}{problem}') from None


def location(error: Exception, group: str = '') -> str:
    """Return the message of *error*, with the plain path of the file.

    With its line, if oslo.config names the option, which is of *group*.
    """
    return option_lines.located(_LOCATION.sub(r'\1', str(error)), group)


def read(paste: Mapping[str, str], group: str) -> cfg.ConfigOpts:
    """Return the options of *group*; those in *paste* override the file.

    Raises ValueError or cfg.Error, whose message says what the option takes,
    and OptionError for the mistakes of the files, with their lines.
    """
    conf, mistakes = parsed(paste, group)
    if mistakes:
        raise OptionError('\n'.join(mistakes))
    return conf


def parsed(
    paste: Mapping[str, str], group: str
) -> tuple[cfg.ConfigOpts, list[str]]:
    """Return the same options, and the mistakes of the files, a line each.

    Raises ValueError or cfg.Error.
    """
    conf = opened(paste)
    conf.register_opts(GROUPS[group], group=group)
    if not conf.config_file:
        _refuse_unreached(conf, f'{conf.project}.conf')
    for name in paste.keys() - config_file_options(paste):
        _override(conf, group, name, paste[name])
    lines = option_lines.read(files(conf))
    mistakes = [
        *option_lines.unknown(lines, group, GROUPS[group]),
        *option_lines.wrong(conf, lines, group, GROUPS[group]),
        *option_lines.misplaced(lines, GROUPS),
    ]
    return conf, [MARK + each for each in mistakes]


def opened(paste: Mapping[str, str]) -> cfg.ConfigOpts:
    """Return the options of the files that *paste* names, without a group.

    Raises cfg.Error.
    """
    # Never the process's own CONF: it holds nova's options.
    conf = cfg.ConfigOpts()
    file = paste.get('oslo_config_file')
    project = paste.get('oslo_config_project', PROJECT)
    conf(
        args=[],
        project=project,
        prog=project,
        default_config_files=[file] if file else None,
    )
    return conf


def find(conf: cfg.ConfigOpts, name: str) -> str | None:
    """Return the path of *name* in the configuration directories, or None.

    ``find_file`` of oslo.config treats a broken link, and a file in a folder
    that cannot be entered, as missing: the defaults would hold. Raises OSError
    for a folder of the guard's that cannot be entered.
    """
    folders = [Path(path).parent for path in reversed(conf.config_file)]
    for each in _FOLDERS:
        expanded = os.path.expandvars(each.format(project=conf.project))
        # Not set, as outside a snap: it is no folder of the current one.
        if expanded.startswith('$'):
            continue
        folders.append(Path(expanded).expanduser())
    # These are not the guard's own: it is no error if they are closed.
    homes = [Path.home(), Path('/etc')]
    for folder in folders:
        path = folder / name
        is_open = os.access(folder, os.X_OK)
        if is_open and (path.exists() or path.is_symlink()):
            return str(path)
        if not is_open and folder not in homes and folder.is_dir():
            raise PermissionError(
                errno.EACCES, os.strerror(errno.EACCES), str(path)
            )
    return None


def neighbour(name: str, find: Callable[[str], str | None]) -> str | None:
    """Return the file that *find* finds by *name* with another ending."""
    path = Path(name)
    if path.suffix not in _ENDINGS:
        return None
    found = (find(str(path.with_suffix(each))) for each in _ENDINGS)
    return next(filter(None, found), None)


def config_file_options(paste: Mapping[str, str]) -> dict[str, str]:
    """Return the options of another filter that name the file to read."""
    names = ('oslo_config_file', 'oslo_config_project')
    return {name: paste[name] for name in names if name in paste}


def is_url(text: str) -> bool:
    """Return whether *text* is a URL_FORM."""
    try:
        found = urlsplit(text)
        has_port = found.port != 0
    except ValueError:
        return False
    is_http = found.scheme in ('http', 'https')
    return is_http and bool(found.hostname) and has_port


def _override(conf: cfg.ConfigOpts, group: str, name: str, text: str) -> None:
    """Set an option from *text*, which the option's own type parses."""
    options = {option.name: option for option in GROUPS[group]}
    if name not in options:
        raise ValueError(
            f'there is no option {name!r}{did_you_mean(name, options)}; there '
            f'are oslo_config_file, oslo_config_project, {", ".join(options)}'
        )
    option = options[name]
    try:
        value = option.type(text)
    except ValueError as error:
        raise ValueError(f'{name} = {text!r}: {error}') from None
    conf.set_override(name, [value] if option.multi else value, group)


def secret_option(
    options: cfg.ConfigOpts.GroupAttr, name: str, made: Callable[[str], T]
) -> T | None:
    """Return the result of *made* for the key in option *name*, or None.

    Raises ValueError, whose message does not contain the key.
    """
    try:
        key = options[name]
        return None if key is None else made(key)
    except ValueError as error:
        problem = str(error)
    except (cfg.Error, RecursionError):
        # oslo.config's own message quotes the text after the $.
        problem = 'write $ as $$'
    raise ValueError(f'{name}: {problem}')


def ratio(options: cfg.ConfigOpts.GroupAttr, name: str) -> float:
    """Return a number from 0 to 1. Raises ValueError, also for nan."""
    value: float | None = options[name]
    if value is None or not 0 <= value <= 1:
        said = 'is empty' if value is None else f'= {value}'
        raise ValueError(f'{name} {said}: it takes 0 to 1')
    return value


def seconds(options: cfg.ConfigOpts.GroupAttr, name: str) -> float:
    """Return a time in seconds. Raises ValueError for nan."""
    value: float | None = options[name]
    if value is None or math.isnan(value):
        said = 'is empty' if value is None else '= nan'
        raise ValueError(f'{name} {said}: it takes seconds')
    return value


def _refuse_unreached(conf: cfg.ConfigOpts, name: str) -> None:
    """Raise ValueError for a configuration file that cannot be read.

    Without one at any of its places, there is no error.
    """
    try:
        path = find(conf, name)
    except OSError as error:
        raise ValueError(str(error)) from None
    if path:
        raise ValueError(f'{path}: a broken link')


def files(conf: cfg.ConfigOpts) -> Iterator[str]:
    """Yield all files that were read, including those in folders (.conf.d)."""
    yield from conf.config_file
    for folder in conf.default_config_dirs:
        yield from sorted(map(str, Path(folder).glob('*.conf')))


def sections(conf: cfg.ConfigOpts) -> Iterator[tuple[str, str, set[str]]]:
    """Yield the path, the name and the options of each section of *files*."""
    for path in files(conf):
        found: dict[str, dict[str, list[str]]] = {}
        cfg.ConfigParser(path, found).parse()
        for section, options in found.items():
            yield path, section, set(options)
