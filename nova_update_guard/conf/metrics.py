"""Load the options of [update_guard_metrics] into settings."""

import functools
import ipaddress
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from oslo_config import cfg

from nova_update_guard.conf import loader
from nova_update_guard.conf.option_mistakes import placed, refuse_all
from nova_update_guard.conf.options import METRICS_GROUP

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What the files of a process take, several times: where no space is left for
# them, the system ends the process that writes, without a message.
_LEAST_BYTES = 2**20

# prometheus_client reads this variable when it is imported.
VARIABLE = 'PROMETHEUS_MULTIPROC_DIR'


class MetricsSettings(NamedTuple):
    """The directory and the path of metrics, and the networks that may read.

    Without a *directory* nothing is counted, without a *path* nothing is
    served.
    """

    directory: str | None
    path: str | None
    allowed_networks: tuple[Network, ...]


def load(paste: Mapping[str, str]) -> MetricsSettings:
    """Load the options, like those of a filter. Raises OptionError."""
    settings = read(paste)
    directory = settings.directory
    problem = ''
    if directory and not _is_writable(directory):
        problem = (
            "it must exist, and the guard's user must be able to write to it"
        )
    elif directory:
        problem = no_space(directory)
    if problem:
        raise loader.OptionError(
            f'{loader.MARK}[{METRICS_GROUP}] directory = {directory}: '
            f'{problem}'
        )
    return settings


def no_space(directory: str) -> str:
    """Return why *directory* has too little space; '' if it has enough."""
    try:
        found = os.statvfs(directory)
    except OSError as error:
        return str(error.strerror)
    # Some file systems have no limit, and no blocks.
    if found.f_blocks and found.f_bavail * found.f_frsize < _LEAST_BYTES:
        return (
            'less than 1 MiB is left on its file system: free some; with none '
            'left, each process would end in writing its metrics'
        )
    return ''


def read(paste: Mapping[str, str]) -> MetricsSettings:
    """Return the same, without a look at the directory. Raises OptionError."""
    with loader.config_errors(METRICS_GROUP):
        conf, mistakes = loader.parsed(paste, METRICS_GROUP)
        options = conf[METRICS_GROUP]
        refuse_all(
            (placed(conf, METRICS_GROUP, check) for check in _checks(options)),
            mistakes,
        )
        directory = _directory(options)
        return MetricsSettings(
            directory and str(Path(directory).resolve()),
            options.path,
            tuple(map(_network, options.allowed_networks)),
        )


def _is_writable(directory: str) -> bool:
    return os.access(directory, os.W_OK | os.X_OK)


def _directory(options: cfg.ConfigOpts.GroupAttr) -> str | None:
    found: str | None = options.directory or os.environ.get(VARIABLE)
    return found


def _checks(
    options: cfg.ConfigOpts.GroupAttr,
) -> Iterator[Callable[[], object]]:
    """Yield functions that raise ValueError, each for one kind of mistake."""
    if options.path:
        yield functools.partial(
            _refuse_path, options.path, _directory(options)
        )
        yield functools.partial(_refuse_nobody, options.allowed_networks)
    for network in options.allowed_networks:
        yield functools.partial(_network, network)


def _refuse_path(path: str, directory: str | None) -> None:
    if not directory:
        raise ValueError('path: set directory, too')
    if not _is_ours(path):
        raise ValueError(
            f"path = {path}: give a path such as /metrics, none of nova's: /, "
            '/v2 or /v2.1'
        )


def _refuse_nobody(networks: Sequence[str]) -> None:
    if not networks:
        raise ValueError(
            'allowed_networks: set who may read the metrics, such as '
            '127.0.0.1/32'
        )


def _is_ours(path: str) -> bool:
    first = path.split('/')[1] if path.startswith('/') else ''
    return bool(first) and not first.startswith('v2')


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f'allowed_networks: {error}') from None
