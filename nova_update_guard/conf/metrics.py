"""Load the options of [update_guard_metrics] into settings."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from oslo_config import cfg

from nova_update_guard.conf import loader
from nova_update_guard.conf.options import METRICS_GROUP

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

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
    with loader.config_errors():
        return _settings(loader.read(paste, METRICS_GROUP)[METRICS_GROUP])


def _settings(options: cfg.ConfigOpts.GroupAttr) -> MetricsSettings:
    directory = options.directory or os.environ.get(VARIABLE)
    path = options.path
    if path and not directory:
        raise ValueError('[update_guard_metrics] path: set directory, too')
    if directory and not os.access(directory, os.W_OK | os.X_OK):
        raise ValueError(
            f'[update_guard_metrics] directory = {directory}: it must exist, '
            "and the guard's user must be able to write to it"
        )
    if path and not options.allowed_networks:
        raise ValueError(
            '[update_guard_metrics] allowed_networks: set who may read the '
            'metrics, such as 127.0.0.1/32'
        )
    if path and not _is_ours(path):
        raise ValueError(
            f'[update_guard_metrics] path = {path}: give a path such as '
            "/metrics, none of nova's: /, /v2 or /v2.1"
        )
    return MetricsSettings(
        directory and str(Path(directory).resolve()),
        path,
        tuple(map(_network, options.allowed_networks)),
    )


def _is_ours(path: str) -> bool:
    first = path.split('/')[1] if path.startswith('/') else ''
    return bool(first) and not first.startswith('v2')


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(
            f'[update_guard_metrics] allowed_networks: {error}'
        ) from None
