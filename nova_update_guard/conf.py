"""The options, read into values by one function."""

import copy
from collections.abc import Callable, Mapping
from typing import NamedTuple

from oslo_config import cfg

PROJECT = 'nova-update-guard'
GROUP = 'update_guard'
LAYERS = (
    'one_parameter',
    'field_validation',
    'field_policy',
    'response_redaction',
)

# What the contract names and this version does not do yet.
_NOT_YET = {
    **dict.fromkeys(LAYERS, ('warn',)),
    'count': ('changed',),
}


def _layer(name: str, what: str) -> cfg.StrOpt:
    return cfg.StrOpt(
        name,
        default='enforce',
        choices=[
            ('enforce', 'Refuse or take out what is not allowed.'),
            ('warn', 'Not available in this version.'),
            ('off', 'Do nothing.'),
        ],
        help=what,
    )


_OPTIONS = [
    _layer('one_parameter', 'Refuse an update of more than one parameter.'),
    _layer('field_validation', 'Refuse what nova would, in its words.'),
    _layer('field_policy', 'Refuse what update_guard:server:update:* denies.'),
    _layer(
        'response_redaction',
        'Take out of answers what update_guard:server:show:* denies.',
    ),
    cfg.StrOpt(
        'count',
        default='sent',
        choices=[
            ('sent', 'All parameters in the body count.'),
            ('changed', 'Not available in this version.'),
        ],
        help='Which parameters count for one_parameter.',
    ),
    cfg.ListOpt(
        'together',
        default=[],
        help='Not available in this version: sets of parameters, joined by '
        '+, that may be changed together.',
    ),
    cfg.StrOpt(
        'empty_update',
        default='refuse',
        choices=[
            ('refuse', 'An update without any parameter gets 400.'),
            ('allow', 'It goes on to nova, which changes nothing.'),
        ],
        help='What one_parameter does with {"server": {}}.',
    ),
    cfg.StrOpt(
        'policy_file',
        default='update-guard-policy.yaml',
        help='The oslo.policy file, in the configuration directories or by '
        'its absolute path. Without one the documented defaults hold. A '
        'change is in force about a second later.',
    ),
    cfg.MultiStrOpt(
        'policy_dirs',
        default=['update-guard-policy.d'],
        help='Directories of more policy files, read in the order of their '
        'names after policy_file; the last word counts.',
    ),
    cfg.IntOpt(
        'max_body_bytes',
        default=114688,
        min=1,
        help='Refuse an update whose body is larger than this, with 413.',
    ),
]


class OptionError(Exception):
    """An option that stops the start; the message says what it takes."""


class Settings(NamedTuple):
    """What the operator chose.

    *find* gives the path of a file or folder in the configuration
    directories, or None while there is none.
    """

    layers: frozenset[str]
    allow_empty: bool
    policy_file: str
    policy_dirs: tuple[str, ...]
    find: Callable[[str], str | None]
    max_body_bytes: int


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options by group, for oslo-config-generator."""
    return [(GROUP, copy.deepcopy(_OPTIONS))]


def load(paste: Mapping[str, str], layers: tuple[str, ...]) -> Settings:
    """Read the options of a filter that consists of *layers*.

    *paste* are the filter's own options from the paste file: where the file
    is (``oslo_config_file``, ``oslo_config_project``) and options of
    ``[update_guard]``, which win over the file.

    Raises OptionError.
    """
    # Never the process's own CONF: nova's options are not ours.
    conf = cfg.ConfigOpts()
    conf.register_opts(_OPTIONS, group=GROUP)
    given = dict(paste)
    file = given.pop('oslo_config_file', None)
    project = given.pop('oslo_config_project', PROJECT)
    try:
        conf(
            args=[],
            project=project,
            prog=project,
            default_config_files=[file] if file else None,
        )
        _refuse_unknown(conf.config_file)
        for name, value in given.items():
            _override(conf, name, value)
        return _settings(conf, layers)
    except (cfg.Error, ValueError) as error:
        raise OptionError(f'nova_update_guard: {error}') from error


def _override(conf: cfg.ConfigOpts, name: str, text: str) -> None:
    """Set an option from its text, which its own type parses."""
    options = {option.name: option for option in _OPTIONS}
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
    conf.set_override(name, [value] if option.multi else value, GROUP)


def _settings(conf: cfg.ConfigOpts, layers: tuple[str, ...]) -> Settings:
    options = conf[GROUP]
    for name, values in _NOT_YET.items():
        if options[name] in values:
            raise ValueError(
                f'{name} = {options[name]} is not available in this version'
            )
    for name in ('policy_file', 'policy_dirs'):
        _refuse_nowhere(conf, name)
    if options.together:
        raise ValueError('together is not available in this version')
    return Settings(
        layers=frozenset(
            name for name in layers if options[name] == 'enforce'
        ),
        allow_empty=options.empty_update == 'allow',
        policy_file=options.policy_file,
        policy_dirs=tuple(options.policy_dirs),
        find=conf.find_file,
        max_body_bytes=options.max_body_bytes,
    )


def _refuse_unknown(paths: list[str]) -> None:
    """Refuse names in the file's group that are no options: typing errors."""
    known = {option.name for option in _OPTIONS}
    for path in paths:
        sections: dict[str, dict[str, list[str]]] = {}
        cfg.ConfigParser(path, sections).parse()
        unknown = sections.get(GROUP, {}).keys() - known
        if unknown:
            raise ValueError(
                f'{path}: [{GROUP}] has no option {sorted(unknown)[0]!r}; '
                f'it has {", ".join(sorted(known))}'
            )


def _refuse_nowhere(conf: cfg.ConfigOpts, name: str) -> None:
    """Refuse a path that the operator gave and that leads nowhere.

    The defaults would hold instead, which can be wider.
    """
    (option,) = (option for option in _OPTIONS if option.name == name)
    given = conf[GROUP][name]
    for path in given if option.multi else [given]:
        if given != option.default and conf.find_file(path) is None:
            raise ValueError(f'{name} = {path}: there is no such file')
