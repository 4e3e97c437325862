"""The Paste filter factories; bad configuration fails here, at start."""

import importlib
from collections.abc import Callable

from nova_update_guard.conf import guard, loader
from nova_update_guard.conf import metrics as metrics_conf
from nova_update_guard.conf.guard import Settings
from nova_update_guard.deploy import observers, start_checks
from nova_update_guard.deploy.observers import MetricsHooks
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.middleware.guard import Guard
from nova_update_guard.policy.enforcer import Rules
from nova_update_guard.policy.loader import watched
from nova_update_guard.policy.reloader import Reloader
from nova_update_guard.wsgi_types import WSGIApplication

Filter = Callable[[WSGIApplication], WSGIApplication]
Factory = Callable[..., Filter]


def _factory(*layers: str) -> Factory:
    """Return a Paste filter factory for *layers*.

    It takes the paste file's defaults and the filter's own options, and
    raises OptionError or PolicyError, whose message says how to fix it.
    """

    def factory(global_conf: dict[str, str], **local_conf: str) -> Filter:
        start_checks.warn_of_pipelines(global_conf.get('__file__', ''))
        settings = guard.load(local_conf, layers)
        if not settings.modes:
            return lambda app: app
        start_checks.warn_of_options(local_conf, settings)
        measured = metrics_conf.load(loader.config_file_options(local_conf))
        counts = observers.counting(measured)
        counts.begun(settings.modes)

        watch = _watch(settings, counts, bool(measured.directory))
        start_checks.warn_of_nova(
            global_conf.get('__file__', ''), watch.current(), settings
        )
        decided = observers.decided(settings.recording, counts)
        start_checks.warn_of_clients(settings)
        return lambda app: Guard(app, settings, watch, decided)

    return factory


def _watch(
    settings: Settings, counts: MetricsHooks, is_measured: bool
) -> Reloader[Rules]:
    """Return a reloader of the rules that warns, and counts its loads."""

    def loaded(rules: Rules) -> None:
        counts.loaded(rules.revision)
        start_checks.warn_of_policy(rules, settings)

    def follow() -> None:
        # A process that was forked begins with metrics of its own.
        if is_measured:
            observers.follow(lambda: counts.in_force(watch.current().revision))

    watch = watched(settings, loaded, counts.failed, follow)
    follow()
    return watch


update_guard = _factory(*LAYERS)


def __getattr__(name: str) -> Factory:
    """Return the factory of the layer *name*, for its entry point."""
    if name in LAYERS:
        return _factory(name)
    raise AttributeError(f'there is no layer {name!r}')


def metrics(_global_conf: dict[str, str], **local_conf: str) -> Filter:
    """Return the filter that serves the metrics; a Paste filter factory.

    Its options are those of ``[update_guard_metrics]``; without a path it
    serves nothing. Raises OptionError.
    """
    settings = metrics_conf.load(local_conf)
    observers.counting(settings)
    path = settings.path
    if not path:
        return lambda app: app
    page = importlib.import_module('nova_update_guard.audit.metrics_page')
    return lambda app: page.MetricsPage(app, path, settings.allowed_networks)
