"""Find all mistakes in options, before the first of them stops a start."""

import functools
import re
from collections.abc import Callable, Iterable, Mapping

from oslo_config import cfg

from nova_update_guard.conf import loader, option_lines
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.conf.option_lines import Line
from nova_update_guard.conf.options import GROUPS


def check_all(paste: Mapping[str, str]) -> None:
    """Read each option of each group, as the filters do at a start.

    *paste* only names the file to read. Raises OptionError for the names that
    there are not, and for the values of another type.
    """
    refuse_all(
        functools.partial(_read_group, paste, group) for group in GROUPS
    )


def _read_group(paste: Mapping[str, str], group: str) -> None:
    with loader.config_errors(group):
        file = loader.config_file_options(paste)
        found = loader.read(file, group)[group]
        for option in GROUPS[group]:
            found[option.name]


def refuse_all(
    checks: Iterable[Callable[[], object]], mistakes: Iterable[str] = ()
) -> None:
    """Raise OptionError for *mistakes* and those of *checks*, a line each.

    With *mistakes*, options can be of a wrong type: what needs one of these is
    not checked.
    """
    found = [*mistakes]
    try:
        for check in checks:
            try:
                check()
            except OptionError as error:
                found += str(error).splitlines()
    except cfg.Error:
        if not found:
            raise
    if found:
        raise OptionError('\n'.join(dict.fromkeys(found)))


def placed(
    conf: cfg.ConfigOpts, group: str, check: Callable[[], object]
) -> Callable[[], None]:
    """Return *check*, whose ValueError begins with the name of an option.

    It raises an OptionError with the place of the option.
    """

    def run() -> None:
        try:
            check()
        except ValueError as error:
            problem = loader.location(error)
        else:
            return
        name = re.split(r'\W', problem, maxsplit=1)[0]
        text = option_lines.about(_line(conf, group, name), group, problem)
        raise OptionError(loader.MARK + text)

    return run


def _line(conf: cfg.ConfigOpts, group: str, name: str) -> Line | None:
    """Return the line of a file that sets an option; None without one."""
    found = conf.get_location(name, group)
    if not found or found.location != cfg.Locations.user:
        return None
    lines = option_lines.read(loader.files(conf))
    return option_lines.last(lines, group, name)
