"""Check the options of [keystone_authtoken] before the first request.

keystonemiddleware reads them, but reports many errors only when requests
arrive, by a 503 or 500 for each.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from keystoneauth1 import loading
from keystoneauth1.exceptions import NoMatchingPlugin
from oslo_config import cfg

from nova_update_guard.conf import loader, option_lines
from nova_update_guard.conf.option_lines import Line
from nova_update_guard.proxy import memcached_checks
from nova_update_guard.proxy.auth_token_errors import GROUP, option_errors
from nova_update_guard.proxy.memcached_checks import refuse_unreadable
from nova_update_guard.spelling import did_you_mean

# What oslo.config raises for a $ that refers to nothing, or to itself.
_REFERENCES = (
    *(cfg.NoSuchOptError, cfg.NoSuchGroupError),
    *(cfg.TemplateSubstitutionError, RecursionError),
)
_INTERFACES = ('public', 'internal', 'admin')
# The usual auth_type, and those that need auth_url, a user and a password.
USUAL = 'password'
_BY_PASSWORD = (USUAL, 'v3password')


def checks(
    found: cfg.ConfigOpts, groups: Sequence[str], options: Sequence[cfg.Opt]
) -> Iterator[Callable[[], object]]:
    """Yield functions that raise OptionError, each for one kind of mistake.

    All *options* are registered in *groups* of *found*. With them no request
    could be served, or one is misspelt.
    """
    lines = [
        line
        for line in option_lines.read(loader.files(found))
        if line.group.lower() in map(str.lower, groups)
    ]
    values: dict[str, Any] = {}
    for group in groups:
        for name in found[group]:
            read = functools.partial(_read, found, group, name, values)
            yield _placed(found, groups, lines, read)
    for problem in _misspelt(lines, options):
        yield functools.partial(_refuse, problem)
    for check in _UNUSABLE:
        run = functools.partial(_if_read, check, values)
        yield _placed(found, groups, lines, run)


def _placed(
    found: cfg.ConfigOpts,
    groups: Sequence[str],
    lines: Sequence[Line],
    check: Callable[[], object],
) -> Callable[[], None]:
    """Return *check* with an OptionError in place of its errors.

    Of a ValueError, which begins with the name of an option, with its line.
    """

    def run() -> None:
        with option_errors():
            try:
                check()
            except cfg.ConfigFileValueError:
                raise
            except ValueError as error:
                problem = str(error)
            else:
                return
            name = re.split(r'\W', problem, maxsplit=1)[0]
            line = _line(found, groups, lines, name)
            _refuse(option_lines.about(line, GROUP, problem))

    return run


def _line(
    found: cfg.ConfigOpts,
    groups: Sequence[str],
    lines: Sequence[Line],
    name: str,
) -> Line | None:
    """Return the line that sets option *name*; None if no line does.

    Of *groups* the last that has the option counts: auth_section names it.
    """
    group = next((each for each in groups[::-1] if name in found[each]), '')
    line = option_lines.last(lines, group.lower(), name)
    try:
        place = found.get_location(name, group) if group else None
    except (cfg.Error, ValueError, RecursionError):
        # It reads the value.
        return line if line and '$' in line.value else None
    return line if place and place.location == cfg.Locations.user else None


def _refuse(problem: str) -> None:
    raise loader.OptionError(f'{loader.MARK}{problem}')


def _misspelt(
    lines: Iterable[Line], options: Iterable[cfg.Opt]
) -> Iterator[str]:
    """Yield what is misspelt in *lines*.

    A misspelt option has no effect: tokens might lie unencrypted in memcached.
    Deprecated names are accepted; so are names unlike any option, which may
    belong to another auth_type.
    """
    known = set()
    for option in options:
        old = {each.name for each in option.deprecated_opts if each.name}
        known |= {option.dest, *old}
    for line in lines:
        near = did_you_mean(line.name, known) if line.name else ''
        if near and line.name not in known:
            problem = f'{line.name}: there is no such option{near}'
            yield option_lines.about(line, GROUP, problem)


def _if_read(
    check: Callable[[Mapping[str, Any]], object], values: Mapping[str, Any]
) -> None:
    """Run *check* if the values that it needs are of their types."""
    with suppress(KeyError):
        check(values)


def _read(
    found: cfg.ConfigOpts, group: str, name: str, values: dict[str, Any]
) -> None:
    """Add an option to *values*. Raises ValueError, without a value in it."""
    try:
        values[name] = found[group][name]
    except _REFERENCES:
        # oslo.config's own message quotes the text after the $, which
        # may be part of a password.
        raise ValueError(f'{name}: write $ as $$') from None


def _refuse_no_kind(options: Mapping[str, Any]) -> None:
    """Raise ValueError unless auth_type is a plugin of keystoneauth."""
    kind = options['auth_type']
    if not kind:
        raise ValueError(
            'auth_type: it is not set, so keystone cannot verify tokens; the '
            f'usual one is {USUAL}'
        )
    try:
        loading.get_plugin_loader(kind)
    except NoMatchingPlugin:
        raise ValueError(
            f'auth_type = {kind}: there is no such plugin of keystoneauth; '
            f'{USUAL} is the usual one'
        ) from None


def _refuse_lack(names: Sequence[str], options: Mapping[str, Any]) -> None:
    """Raise ValueError if none of *names* is set, which auth_type needs."""
    is_needed = options['auth_type'] in _BY_PASSWORD
    if is_needed and not any(options[name] for name in names):
        raise ValueError(
            f'{" or ".join(names)}: it is missing: write that of the '
            "service user, as in [keystone_authtoken] of nova's "
            'configuration'
        )


def _refuse_url(options: Mapping[str, Any]) -> None:
    # Plugins of other kinds may have no such option.
    url = options.get('auth_url')
    if url and not loader.is_url(url):
        # There may be a password in it.
        raise ValueError(f'auth_url: it is not of the form {loader.URL_FORM}')


def _refuse_interface(options: Mapping[str, Any]) -> None:
    interface = options['interface']
    if interface.removesuffix('URL') not in _INTERFACES:
        raise ValueError(
            f'interface = {interface}: it takes {", ".join(_INTERFACES)}'
        )


# Each raises ValueError for options with which no request could be served, or
# tokens would be less safe than they seem.
_UNUSABLE: tuple[Callable[[Mapping[str, Any]], None], ...] = (
    _refuse_no_kind,
    *(
        functools.partial(_refuse_lack, names)
        for names in (('auth_url',), ('username', 'user_id'), ('password',))
    ),
    _refuse_url,
    _refuse_interface,
    refuse_unreadable,
    *memcached_checks.CHECKS,
)
