"""The options of oslo.log, read before anything is logged by them."""

import os
from collections.abc import Sequence
from pathlib import Path

from oslo_config import cfg
from oslo_log import _options, log

from nova_update_guard.conf import loader


def load(files: Sequence[str]) -> cfg.ConfigOpts:
    """Return the options of *files*, for the set-up of the logs.

    Raises OptionError.
    """
    with loader.config_errors('DEFAULT'):
        _try(files)
        conf = cfg.ConfigOpts()
        log.register_options(conf)
        conf([], project=loader.PROJECT, default_config_files=[*files])
    return conf


def _try(files: Sequence[str]) -> None:
    """Read each option. Raises cfg.Error or ValueError.

    oslo.config ends the process for those that can be arguments of a command;
    here they are none.
    """
    conf = cfg.ConfigOpts()
    conf([], project=loader.PROJECT, default_config_files=[*files])
    for _, options in _options.list_opts():
        conf.register_opts(options)
    for name in conf:
        _ = conf[name]
    path = conf.log_config_append
    if path and not os.access(path, os.R_OK):
        raise ValueError(f'log_config_append = {path}: it cannot be read')


def folder(conf: cfg.ConfigOpts) -> Path | None:
    """Return the folder of the log file, None without such a file."""
    if conf.log_config_append or not (conf.log_file or conf.log_dir):
        return None
    directory = Path(conf.log_dir or '')
    place = (directory / conf.log_file).parent if conf.log_file else directory
    return place if place.is_absolute() else None
