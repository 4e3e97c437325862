"""Find what would stop a start on this host, besides policy files."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from nova_update_guard.conf import loader, proxy
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.conf.proxy_options import PROXY_GROUP
from nova_update_guard.proxy import auth_token_options

_PROXY_GROUPS = {PROXY_GROUP, auth_token_options.GROUP}


class Problem(NamedTuple):
    """A problem with an option; the start is refused if it *is_error*."""

    text: str
    is_error: bool


def is_of_proxy(paste: Mapping[str, str]) -> bool:
    """Return whether the file that *paste* names has a group of the proxy's.

    nova.conf, too, can be the guard's file: its [keystone_authtoken] is nova's
    own. Raises OptionError.
    """
    with loader.config_errors():
        found = loader.opened(paste)
        return any(
            section.lower() in _PROXY_GROUPS and Path(name).name != 'nova.conf'
            for name, section, _ in loader.sections(found)
        )


def of_proxy(paste: Mapping[str, str]) -> Iterator[Problem]:
    """Yield why the proxy would not start with the file that *paste* names."""
    loads: tuple[Callable[[Mapping[str, str]], object], ...] = (
        proxy.load,
        proxy.client_timeout,
        auth_token_options.load,
    )
    for load in loads:
        try:
            load(paste)
        except OptionError as error:
            for line in str(error).splitlines():
                yield Problem(line, is_error=True)


def of_log(path: str | None, is_made: bool) -> Iterator[Problem]:
    """Yield why decisions cannot be recorded in the file at *path*.

    If it *is_made*, the unit of the proxy makes the folder. A relative path
    depends on the server's folder. The file itself is not opened, which would
    make it.
    """
    if not path or not Path(path).is_absolute():
        return
    place = Path(path)
    if not place.parent.is_dir():
        made = ', unless the unit of the proxy makes it' if is_made else ''
        yield _about_log(
            path,
            f'there is no folder {place.parent}: make it, for the user who '
            f'runs the guard{made}',
            is_error=not is_made,
        )
    elif place.is_dir():
        yield _about_log(path, 'it is a folder: name a file', is_error=True)
    elif not os.access(place if place.exists() else place.parent, os.W_OK):
        yield _about_log(
            path,
            'the user who runs this check cannot write it: see that the user '
            'who runs the guard can',
            is_error=False,
        )


def _about_log(path: str, problem: str, is_error: bool) -> Problem:
    text = f'{loader.MARK}[update_guard] decision_log = {path}: {problem}'
    return Problem(text, is_error)
