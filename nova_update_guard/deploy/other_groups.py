"""Find options of other projects, in the guard's file, that have no effect.

oslo.config reads no group and no option that nothing asks for, and says
nothing of it. Which options there are depends on the versions of these
libraries, so this is no error.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import entry_points

from oslo_config import cfg

from nova_update_guard.conf import option_lines
from nova_update_guard.conf.option_lines import Line
from nova_update_guard.spelling import did_you_mean

# Groups whose options are those of others; none of them may be repeated.
SINGLE = ('keystone_authtoken', 'oslo_middleware', 'healthcheck', 'cors')
_HEALTH = 'healthcheck'
_BACKENDS = 'oslo.middleware.healthcheck'
# By backend of the health check, the option without which it does nothing.
_PATHS = {
    'disable_by_file': 'disable_by_file_path',
    'disable_by_files_ports': 'disable_by_file_paths',
    'enable_by_files': 'enable_by_file_paths',
}


def warnings(lines: Collection[Line]) -> Iterator[str]:
    """Yield what has no effect in *lines*, except those of nova's file.

    That file can be the guard's, too: its groups are nova's.
    """
    novas = option_lines.of_nova(lines)
    own = [line for line in lines if line.path not in novas]
    if not own:
        # Most starts beside nova: to load these options takes longer than all
        # else that the guard does then.
        return
    for group, options in _known().items():
        yield from option_lines.unknown(own, group, options)
    yield from _of_default(own)
    yield from _of_health(own)


def _known() -> dict[str, list[cfg.Opt]]:
    """Return the options by group, of the libraries that are installed."""
    found: dict[str, list[cfg.Opt]] = {}
    for name in ('oslo_middleware.opts', 'oslo_policy.opts'):
        for group, options in _listed(name):
            found.setdefault(str(group), []).extend(options)
    return found


def _listed(name: str) -> list[tuple[str | None, list[cfg.Opt]]]:
    try:
        found: list[tuple[str | None, list[cfg.Opt]]] = import_module(
            name
        ).list_opts()
    except ImportError:
        # Beside nova, and for the commands alone, they are not needed.
        return []
    return found


def _of_default(lines: Iterable[Line]) -> Iterator[str]:
    """Yield the options of oslo.log that are misspelt.

    Others may be those of any library.
    """
    known = {
        name.replace('-', '_')
        for _, options in _listed('oslo_log._options')
        for option in options
        for name in (
            *(option.name, option.dest),
            *(each.name for each in option.deprecated_opts if each.name),
        )
    }
    for line in lines:
        name = line.name.replace('-', '_')
        is_known = not name or name in known
        near = '' if is_known else did_you_mean(name, known)
        if near and line.is_of('default'):
            yield f'{line.place}: [DEFAULT] has no option {line.name!r}{near}'


def _of_health(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the options of the health check that lack another one."""
    backends = option_lines.last(lines, _HEALTH, 'backends')
    given = backends.value.split(',') if backends else []
    named = [each.strip() for each in given]
    for backend, option in _PATHS.items():
        path = option_lines.last(lines, _HEALTH, option)
        if path and path.value and backend not in named:
            yield (
                f'{path.place}: [{_HEALTH}] {option} has no effect: set '
                f'backends = {backend}, too'
            )
        elif backends and backend in named and not (path and path.value):
            yield (
                f'{backends.place}: [{_HEALTH}] backends = {backend} has no '
                f'effect: set {option}, too'
            )
    known = {
        each.name for each in (entry_points(group=_BACKENDS) if named else ())
    }
    for name in filter(None, named):
        if backends and known and name not in known:
            yield (
                f'{backends.place}: [{_HEALTH}] backends: there is no '
                f'{name!r}{did_you_mean(name, known)}; there are '
                f'{", ".join(sorted(known))}'
            )
