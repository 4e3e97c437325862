"""The Paste factories. All that can fail at start fails here."""

import configparser
import functools
import logging
from collections.abc import Callable
from typing import Any

from nova_update_guard import conf, options, pastefile
from nova_update_guard.checks import Checks, PolicyError
from nova_update_guard.conf import Settings
from nova_update_guard.enforcer import Rules
from nova_update_guard.filters import App, Guard
from nova_update_guard.known_clients import KNOWN, is_refused
from nova_update_guard.policy_files import PolicyFiles
from nova_update_guard.watch import Watch

LOG = logging.getLogger(__name__)

Filter = Callable[[App], App]
Factory = Callable[..., Filter]


def _factory(*layers: str) -> Factory:
    """Return a Paste filter factory for *layers*.

    It takes the paste file's defaults and the filter's own options, and
    raises OptionError or PolicyError with what to do about it.
    """

    def factory(global_conf: dict[str, str], **local_conf: str) -> Filter:
        settings = conf.load(local_conf, layers)
        watch = _watch(settings)
        if 'one_parameter' in settings.layers:
            warn_of_clients(
                settings.counts_changed,
                settings.together,
                settings.allow_empty,
            )
        warn_of_pipelines(global_conf.get('__file__', ''))
        return lambda app: (
            Guard(app, settings, watch) if settings.layers else app
        )

    return factory


update_guard = _factory(*options.LAYERS)
one_parameter = _factory('one_parameter')
field_validation = _factory('field_validation')
field_policy = _factory('field_policy')
response_redaction = _factory('response_redaction')


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


def _watch(settings: Settings) -> Watch[Rules]:
    files = PolicyFiles(
        settings.policy_file,
        settings.policy_dirs,
        settings.find,
        settings.constraints_file,
    )

    def load() -> Rules:
        texts = files.read()
        try:
            return Rules(
                Checks(texts.rules),
                texts.revision,
                texts.constraints,
                settings.keyed,
            )
        except PolicyError as error:
            path = texts.paths.get(error.rule, 'the documented defaults')
            raise PolicyError(f'nova_update_guard: {path}: {error}') from None

    return Watch(load, files.look)
