"""Find options that are valid, and can hardly be meant."""

from collections.abc import Iterable, Iterator, Mapping

from nova_update_guard.conf import loader, option_lines
from nova_update_guard.conf.guard import Settings
from nova_update_guard.conf.option_lines import Line
from nova_update_guard.conf.options import GROUP, GROUPS
from nova_update_guard.deploy import other_groups


def warnings(paste: Mapping[str, str], settings: Settings) -> Iterator[str]:
    """Yield what is hardly meant in *settings*, and in the files behind them.

    *paste* names the file to read. Raises OptionError.
    """
    with loader.config_errors(GROUP):
        paths = [*loader.files(loader.opened(paste))]
    lines = option_lines.read(paths)
    yield from option_lines.notices(lines, GROUPS, other_groups.SINGLE)
    yield from other_groups.warnings(lines)
    yield from _single_fields(settings)
    yield from _unread(settings)
    if settings.recording.messaging:
        yield from _without_driver(lines)


def _single_fields(settings: Settings) -> Iterator[str]:
    """Yield the sets of one field, which may change by itself anyway."""
    sets = settings.allowed_field_sets
    single = [name for each in sets if len(each) == 1 for name in each]
    joined = '+'.join(single if len(single) > 1 else [*single, 'description'])
    if single:
        yield (
            f'[{GROUP}] allowed_field_sets: {", ".join(single)}: a set of one '
            'field does nothing: join by + the fields that may be changed in '
            f'one update, as in {joined}'
        )


def _unread(settings: Settings) -> Iterator[str]:
    """Yield the files beside missing ones, which have another ending."""
    for name in ('policy_file', 'constraints_file'):
        path = getattr(settings, name)
        near = loader.neighbour(path, settings.find)
        if near and not settings.find(path):
            yield (
                f'{near}: is not read, since {name} is {path}: rename it, or '
                f'set {name} in [{GROUP}]'
            )


def _without_driver(lines: Iterable[Line]) -> Iterator[str]:
    """Yield that notifications go nowhere, as they do by default."""
    names = [
        ('oslo_messaging_notifications', 'driver'),
        # Its old name, which oslo.messaging still reads.
        ('default', 'notification_driver'),
    ]
    found = (option_lines.last(lines, *name) for name in names)
    if not any(line and line.value for line in found):
        yield (
            f'[{GROUP}] decision_notifications has no effect: set driver in '
            '[oslo_messaging_notifications], too, as messagingv2'
        )
