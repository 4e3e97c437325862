"""What the start warns of: it works, and is perhaps not what is meant."""

import configparser
import functools
import logging
from typing import Any

from nova_update_guard import pastefile
from nova_update_guard.known_clients import KNOWN, is_refused

LOG = logging.getLogger(__name__)


@functools.cache
def warn_of_clients(*settings: Any) -> None:
    """Name the known clients that *settings* refuse; once for each such."""
    refused = [
        f'{known.client} ({known.operation})'
        for known in KNOWN
        if is_refused(known, *settings)
    ]
    if refused:
        LOG.warning(
            'one_parameter, with count, together and empty_update as they '
            'are, refuses known clients: %s. Profiles that let them by are '
            'in etc/nova-update-guard/profiles',
            ', '.join(refused),
        )


@functools.cache
def warn_of_pipelines(path: str) -> None:
    """Warn of what is wrong with nova's pipelines; once for a file."""
    try:
        for pipeline, problem in pastefile.problems(path) if path else ():
            LOG.warning('%s: [%s] %s', path, pipeline, problem)
    except (OSError, configparser.Error) as error:
        LOG.warning('The pipelines could not be looked at: %s', error)
