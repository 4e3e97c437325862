"""Load the options of [update_guard] into settings."""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from oslo_config import cfg

from nova_update_guard.compute_api.server_attributes import refuse_declared
from nova_update_guard.compute_api.update_fields import UPDATE_FIELDS
from nova_update_guard.conf import loader, remote
from nova_update_guard.conf.loader import PROJECT
from nova_update_guard.conf.option_mistakes import placed, refuse_all
from nova_update_guard.conf.options import GROUP, OPTIONS
from nova_update_guard.layers import keyed_hash
from nova_update_guard.layers.modes import LAYERS, OFF, Modes

_FIELDS = sorted({row.name for row in UPDATE_FIELDS})
# nova's own limit of every field, in characters.
_MAX_CLEAR = 255
# The locations of an option that is not set.
_DEFAULTS = (cfg.Locations.opt_default, cfg.Locations.set_default)


class Recording(NamedTuple):
    """The settings of decision records.

    *log* is their file; without it they go to the log. *changes* and *reads*
    are the shares, 0 to 1, of allowed changes and reads that are recorded.
    *value_hashers* make the recorded form of a field's value. If decisions are
    to be notified, oslo.messaging finds its options in *messaging*.
    """

    log: str | None
    changes: float
    reads: float
    value_hashers: keyed_hash.ValueHashers
    messaging: cfg.ConfigOpts | None


class Settings(NamedTuple):
    """The settings that the operator chose.

    *find* returns the path of a file or folder in the configuration
    directories, or None if there is none. *hash_host_id* hashes host ids.
    *remote_checks* has oslo.policy's options for remote checks.
    *extra_attributes* are unknown to the tables, and have a rule each.
    """

    modes: Modes
    counts_changed: bool
    allowed_field_sets: tuple[frozenset[str], ...]
    allow_empty: bool
    policy_file: str
    policy_dirs: tuple[str, ...]
    find: Callable[[str], str | None]
    constraints_file: str
    checks_actions: bool
    checks_create: bool
    max_body_bytes: int
    body_timeout: float
    hash_host_id: keyed_hash.HostIdHasher | None
    os_update_guard: bool
    recording: Recording
    remote_checks: cfg.ConfigOpts
    extra_attributes: tuple[str, ...]


def load(paste: Mapping[str, str], layers: tuple[str, ...]) -> Settings:
    """Load the options of a filter that consists of *layers*.

    *paste* are the filter's own options from the paste file: the place of the
    configuration file (``oslo_config_file``, ``oslo_config_project``) and
    options of ``[update_guard]``, which override the file.

    Raises OptionError.
    """
    with loader.config_errors():
        given, mistakes = loader.parsed(paste, GROUP)
        refuse_all(_all_checks(given), mistakes)
        return _settings(given, layers)


def _settings(given: cfg.ConfigOpts, layers: tuple[str, ...]) -> Settings:
    options = given[GROUP]
    return Settings(
        modes={name: options[name] for name in layers if options[name] != OFF},
        counts_changed=options.counted_fields == 'changed',
        allowed_field_sets=tuple(map(_fields, options.allowed_field_sets)),
        allow_empty=options.empty_update == 'allow',
        policy_file=options.policy_file,
        policy_dirs=tuple(options.policy_dirs),
        find=functools.partial(loader.find, given),
        constraints_file=options.constraints_file,
        checks_actions=options.check_actions,
        checks_create=options.check_create,
        max_body_bytes=options.max_body_bytes,
        body_timeout=loader.seconds(options, 'body_timeout'),
        hash_host_id=loader.secret_option(
            options, 'host_id_key', keyed_hash.host_id_hasher
        ),
        # A filter of one layer does not know what the others do.
        os_update_guard=options.os_update_guard and layers == LAYERS,
        recording=_recording(given, options),
        remote_checks=remote.load(given),
        extra_attributes=_attributes(options.extra_attributes),
    )


def _all_checks(given: cfg.ConfigOpts) -> Iterator[Callable[[], object]]:
    """Yield functions that raise OptionError, each for one kind of mistake."""
    yield functools.partial(_load_remote, given)
    for check in _checks(given, given[GROUP]):
        yield placed(given, GROUP, check)


def _load_remote(given: cfg.ConfigOpts) -> None:
    with loader.config_errors():
        remote.load(given)


def _checks(
    given: cfg.ConfigOpts, options: cfg.ConfigOpts.GroupAttr
) -> Iterator[Callable[[], object]]:
    """Yield functions that raise ValueError, each for one kind of mistake."""
    for name in ('policy_file', 'policy_dirs', 'constraints_file'):
        yield functools.partial(_refuse_nowhere, given, name)
    for text in options.allowed_field_sets:
        yield functools.partial(_fields, text)
    yield functools.partial(_attributes, options.extra_attributes)
    for name in options.decision_plaintext_fields:
        yield functools.partial(
            _refuse_no_field, 'decision_plaintext_fields', {name}
        )
    yield functools.partial(loader.seconds, options, 'body_timeout')
    for name in ('decision_sample', 'decision_sample_reads'):
        yield functools.partial(loader.ratio, options, name)


def _recording(
    given: cfg.ConfigOpts, options: cfg.ConfigOpts.GroupAttr
) -> Recording:
    name = 'decision_hash_key'
    value_hashers: dict[str, Callable[[object], object] | None] = {
        field: loader.secret_option(
            options,
            name,
            functools.partial(keyed_hash.value_hasher, field=field),
        )
        for field in _FIELDS
    }
    for field in options.decision_plaintext_fields:
        value_hashers[field] = _in_clear
    return Recording(
        log=options.decision_log,
        changes=loader.ratio(options, 'decision_sample'),
        reads=loader.ratio(options, 'decision_sample_reads'),
        value_hashers={
            field: hash_value
            for field, hash_value in value_hashers.items()
            if hash_value
        },
        messaging=given if options.decision_notifications else None,
    )


def _in_clear(value: object) -> object:
    """Return *value*, or a placeholder if nova would not accept it."""
    if value is None or (isinstance(value, str) and _is_stored(value)):
        return value
    return '(not a valid value)'


def _is_stored(value: str) -> bool:
    try:
        # No database stores half a surrogate pair, and no JSON reader but
        # Python's accepts a line with one.
        value.encode()
    except UnicodeEncodeError:
        return False
    return len(value) <= _MAX_CLEAR


def _fields(text: str) -> frozenset[str]:
    """Return the fields in *text*, joined by ``+``. Raises ValueError."""
    fields = frozenset(name.strip() for name in text.split('+'))
    _refuse_no_field('allowed_field_sets', fields)
    return fields


def _attributes(names: Sequence[str]) -> tuple[str, ...]:
    """Return the attributes *names*. Raises ValueError."""
    option = 'extra_attributes'
    for number, name in enumerate(names):
        try:
            refuse_declared(name)
        except ValueError as error:
            raise ValueError(f'{option}: {error}') from None
        if name in names[:number]:
            raise ValueError(f'{option}: {name} is there twice')
    return tuple(names)


def _refuse_no_field(option: str, fields: Collection[str]) -> None:
    unknown = sorted(set(fields) - set(_FIELDS))
    if unknown:
        raise ValueError(
            f'{option}: there is no field {unknown[0]!r}; there are '
            f'{", ".join(_FIELDS)}'
        )


def _refuse_nowhere(given: cfg.ConfigOpts, name: str) -> None:
    """Raise ValueError for a path that is set but does not exist.

    Otherwise the defaults would hold, which can be more permissive.
    """
    (option,) = (option for option in OPTIONS if option.name == name)
    value = given[GROUP][name]
    place = given.get_location(name, GROUP)
    is_default = place is None or place.location in _DEFAULTS
    for path in value if option.multi else [value]:
        if not is_default and given.find_file(path) is None:
            near = loader.neighbour(path, given.find_file)
            instead = f', but there is {near}' if near else ''
            raise ValueError(
                f'{name} = {path}: there is no such file{instead}; a relative '
                'path is looked for in the configuration directories: beside '
                f'the configuration file, in /etc/{PROJECT}, …'
            )
