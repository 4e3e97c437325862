"""The options, read into values by one function."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from oslo_config import cfg

from nova_update_guard import host_ids
from nova_update_guard.editable import EDITABLE
from nova_update_guard.options import (
    GROUP,
    GROUPS,
    LAYERS,
    OPTIONS,
)

PROJECT = 'nova-update-guard'

# What the contract names and this version does not do yet.
_NOT_YET = {
    **dict.fromkeys(LAYERS, ('warn',)),
}


class OptionError(Exception):
    """An option that stops the start; the message says what it takes."""


class Settings(NamedTuple):
    """What the operator chose.

    *find* gives the path of a file or folder in the configuration
    directories, or None while there is none. *keyed* makes host ids.
    """

    layers: frozenset[str]
    counts_changed: bool
    together: tuple[frozenset[str], ...]
    allow_empty: bool
    policy_file: str
    policy_dirs: tuple[str, ...]
    find: Callable[[str], str | None]
    constraints_file: str
    judges_actions: bool
    max_body_bytes: int
    keyed: host_ids.Keyed | None


def load(paste: Mapping[str, str], layers: tuple[str, ...]) -> Settings:
    """Read the options of a filter that consists of *layers*.

    *paste* are the filter's own options from the paste file: where the file
    is (``oslo_config_file``, ``oslo_config_project``) and options of
    ``[update_guard]``, which win over the file.

    Raises OptionError.
    """
    with told():
        return _settings(read(paste, GROUP), layers)


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
        raise OptionError(f'nova_update_guard: {error}') from error


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


def _settings(conf: cfg.ConfigOpts, layers: tuple[str, ...]) -> Settings:
    options = conf[GROUP]
    for name, values in _NOT_YET.items():
        if options[name] in values:
            raise ValueError(
                f'{name} = {options[name]} is not available in this version'
            )
    for name in ('policy_file', 'policy_dirs', 'constraints_file'):
        _refuse_nowhere(conf, name)
    return Settings(
        layers=frozenset(
            name for name in layers if options[name] == 'enforce'
        ),
        counts_changed=options.count == 'changed',
        together=tuple(map(_fields, options.together)),
        allow_empty=options.empty_update == 'allow',
        policy_file=options.policy_file,
        policy_dirs=tuple(options.policy_dirs),
        find=conf.find_file,
        constraints_file=options.constraints_file,
        judges_actions=options.judge_actions,
        max_body_bytes=options.max_body_bytes,
        keyed=_keyed(options),
    )


def _keyed(options: cfg.ConfigOpts.GroupAttr) -> host_ids.Keyed | None:
    """Return what makes host ids, if the operator gave a key.

    Raises ValueError, which does not tell the key.
    """
    try:
        key = options.host_id_key
        return None if key is None else host_ids.keyed(key)
    except ValueError as error:
        problem = str(error)
    except cfg.Error:
        # oslo.config's own message has what stands behind the $.
        problem = 'a $ is written $$'
    raise ValueError(f'host_id_key: {problem}')


def _fields(text: str) -> frozenset[str]:
    """Return the fields that *text* joins by ``+``. Raises ValueError."""
    known = {row.name for row in EDITABLE}
    fields = frozenset(name.strip() for name in text.split('+'))
    if fields - known:
        raise ValueError(
            f'together: there is no field {min(fields - known)!r}; there are '
            f'{", ".join(sorted(known))}'
        )
    return fields


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


def _refuse_nowhere(conf: cfg.ConfigOpts, name: str) -> None:
    """Refuse a path that the operator gave and that leads nowhere.

    The defaults would hold instead, which can be wider.
    """
    (option,) = (option for option in OPTIONS if option.name == name)
    given = conf[GROUP][name]
    for path in given if option.multi else [given]:
        if given != option.default and conf.find_file(path) is None:
            raise ValueError(
                f'{name} = {path}: there is no such file; a relative path is '
                'one in the configuration directories: beside the '
                f'configuration file, in /etc/{PROJECT}, …'
            )
