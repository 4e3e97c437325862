"""Find what would stop a start on this host, besides policy files."""

import functools
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from oslo_config import cfg

from nova_update_guard.conf import loader, metrics, novas_files, proxy
from nova_update_guard.conf.guard import Recording
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.conf.options import GROUP, METRICS_GROUP
from nova_update_guard.conf.proxy_options import PROXY_GROUP
from nova_update_guard.deploy import observers
from nova_update_guard.proxy import auth_token, auth_token_errors

_CANNOT = (
    'the user who runs this check cannot write it: see that the user who runs '
    'the guard can'
)
# What is there is another thing for each process, as /dev/stdout.
_OF_PROCESSES = ('/dev/', '/proc/')
_PROXY_GROUPS = {PROXY_GROUP, auth_token_errors.GROUP}


class Problem(NamedTuple):
    """A problem with an option; the start is refused if it *is_error*."""

    text: str
    is_error: bool


def is_of_proxy(paste: Mapping[str, str]) -> bool:
    """Return whether the file that *paste* names has a group of the proxy's.

    nova's file, too, can be the guard's: its [keystone_authtoken] is nova's
    own. Raises OptionError.
    """
    with loader.config_errors():
        found = loader.opened(paste)
        groups = [(path, name) for path, name, _ in loader.sections(found)]
    novas = novas_files.among(groups)
    return any(
        name.lower() in _PROXY_GROUPS and path not in novas
        for path, name in groups
    )


def of_proxy(paste: Mapping[str, str]) -> Iterator[Problem]:
    """Yield why the proxy would not start with the file that *paste* names."""
    loads: tuple[Callable[[Mapping[str, str]], object], ...] = (
        proxy.load,
        proxy.client_timeout,
        _load_auth_token,
    )
    for load in loads:
        yield from _errors(functools.partial(load, paste))
    with suppress(ImportError):
        yield from _of_oslo(paste)
        yield from _of_logs(paste)


def _of_oslo(paste: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the errors of oslo.middleware's options.

    Raises ImportError where it is not installed, as beside nova.
    """
    from nova_update_guard.deploy import oslo_filters

    given = {'oslo_config_project': loader.PROJECT, **paste}
    for load in (
        oslo_filters.healthcheck,
        oslo_filters.cors,
        oslo_filters.http_proxy_to_wsgi,
    ):
        yield from _errors(functools.partial(load, {}, given))


def _of_logs(paste: Mapping[str, str]) -> Iterator[Problem]:
    """Yield why oslo.log could not be set up.

    Raises ImportError where it is not installed.
    """
    from nova_update_guard.deploy import log_options

    found: list[cfg.ConfigOpts] = []
    file = paste.get('oslo_config_file')
    files = [file] if file else cfg.find_config_files(project=loader.PROJECT)
    yield from _errors(lambda: found.append(log_options.load(files)))
    for folder in filter(None, map(log_options.folder, found)):
        if not folder.is_dir():
            yield _no_folder('[DEFAULT] log_file', folder, is_made=True)


def _load_auth_token(paste: Mapping[str, str]) -> None:
    """Build auth_token as a start does. Raises OptionError."""
    with _quietly('keystonemiddleware'), _quietly('stevedore'):
        auth_token.protecting(paste, auth_token.Account())(_no_app)


@contextmanager
def _quietly(name: str) -> Iterator[None]:
    """Keep warnings of a library from the log; a start logs them.

    What they are about works, or is an error that is told, too.
    """
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _no_app(*_: object) -> list[bytes]:
    """Serve nothing: no request is sent."""
    return []


def _errors(load: Callable[[], object]) -> Iterator[Problem]:
    """Yield the errors of *load*, each with a line of its message."""
    try:
        load()
    except OptionError as error:
        for line in str(error).splitlines():
            yield Problem(line, is_error=True)


def of_metrics(paste: Mapping[str, str], is_made: bool) -> Iterator[Problem]:
    """Yield why metrics could not be counted and served.

    If it *is_made*, the unit of the proxy makes their directory.
    """
    found: list[str | None] = []
    yield from _errors(lambda: found.append(metrics.read(paste).directory))
    for directory in filter(None, found):
        yield from _errors(observers.refuse_without_metrics)
        place = Path(directory)
        option = f'[{METRICS_GROUP}] directory = {directory}'
        if not place.is_dir():
            yield _no_folder(option, place, is_made and not place.exists())
        elif not os.access(place, os.W_OK | os.X_OK):
            yield Problem(f'{loader.MARK}{option}: {_CANNOT}', is_error=False)
        elif problem := metrics.no_space(directory):
            yield Problem(f'{loader.MARK}{option}: {problem}', is_error=True)


def of_notifications(recording: Recording) -> Iterator[Problem]:
    """Yield why notifications could not be sent. None is sent."""

    def load() -> None:
        for _ in observers.notifications(recording, lambda: None):
            pass

    yield from _errors(load)


def of_log(path: str | None, is_made: bool) -> Iterator[Problem]:
    """Yield why decisions cannot be recorded in the file at *path*.

    If it *is_made*, the unit of the proxy makes the folder. A relative path
    depends on the server's folder. The file itself is not opened, which would
    make it.
    """
    if not path or not Path(path).is_absolute():
        return
    place = Path(path)
    option = f'[{GROUP}] decision_log = {path}'
    if not place.parent.is_dir():
        yield _no_folder(option, place.parent, is_made)
    elif place.is_dir():
        yield Problem(
            f'{loader.MARK}{option}: it is a folder: name a file',
            is_error=True,
        )
    elif place.is_fifo() and not path.startswith(_OF_PROCESSES):
        yield Problem(
            f'{loader.MARK}{option}: it is a pipe: without somebody who reads '
            'it no guard starts, and records are lost',
            is_error=False,
        )
    elif not os.access(place if place.exists() else place.parent, os.W_OK):
        yield Problem(f'{loader.MARK}{option}: {_CANNOT}', is_error=False)


def _no_folder(option: str, folder: Path, is_made: bool) -> Problem:
    made = ', unless the unit of the proxy makes it' if is_made else ''
    return Problem(
        f'{loader.MARK}{option}: there is no folder {folder}: make it, for '
        f'the user who runs the guard{made}',
        is_error=not is_made,
    )
