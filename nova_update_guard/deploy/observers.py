"""Build, at start, the observers of decisions and of loads of policy.

Optional packages are only imported where the operator wants them.
"""

import importlib
import importlib.util
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from nova_update_guard import extras
from nova_update_guard.audit import log
from nova_update_guard.audit.log import File, Records, Sampling, Sink
from nova_update_guard.conf.guard import Recording
from nova_update_guard.conf.loader import MARK, OptionError
from nova_update_guard.conf.metrics import VARIABLE, MetricsSettings
from nova_update_guard.layers.modes import Modes
from nova_update_guard.middleware.response_redaction import Decided

LOG = logging.getLogger(__name__)

# Less than between two scrapes of Prometheus.
_FOLLOW_SECONDS = 5


class MetricsHooks(NamedTuple):
    """Functions that count.

    begun           what can be decided, from 0, with the modes of the layers
    decided         decisions
    loaded          loads of policy, with the revision
    failed          those that changed nothing, as a file is broken
    in_force        sets the revision in force
    lost            decision records that could not be written or sent
    error           requests that failed, with the cause
    health_checked  health checks, with whether the guard can serve
    """

    begun: Callable[[Modes], object]
    decided: tuple[Decided, ...]
    loaded: Callable[[str], object]
    failed: Callable[[], object]
    in_force: Callable[[str], object]
    lost: Callable[[], object]
    error: Callable[[str], object]
    health_checked: Callable[[bool], object]


def counting(settings: MetricsSettings) -> MetricsHooks:
    """Return the hooks for metrics; they do nothing without a directory.

    Raises OptionError.
    """
    if not settings.directory:
        return MetricsHooks(_ignore, (), *[_ignore] * 6)
    refuse_without_metrics()
    # prometheus_client reads the variable once, when it is imported.
    os.environ[VARIABLE] = settings.directory
    metrics = importlib.import_module('nova_update_guard.audit.metrics')
    if not metrics.is_for_several_processes():
        raise OptionError(
            'nova_update_guard: [update_guard_metrics] directory: something '
            'else has loaded prometheus_client already; set '
            f"{VARIABLE} to the directory in the server's environment"
        )
    return MetricsHooks(
        _Fanout([metrics.begun]),
        (metrics.decided,),
        *(_Fanout([metrics.loaded]), _Fanout([metrics.failed])),
        *(_Fanout([metrics.in_force]), _Fanout([metrics.lost])),
        *(_Fanout([metrics.error]), _Fanout([metrics.health_checked])),
    )


def decided(recording: Recording, counts: MetricsHooks) -> Decided:
    """Return the observer to call with each decision. Raises OptionError."""
    kept = Records(
        [*_sinks(recording, counts.lost)],
        Sampling(recording.changes, recording.reads),
        recording.value_hashers,
        counts.lost,
    )
    return _Fanout([kept, *counts.decided])


def follow(refresh: Callable[[], object]) -> None:
    """Call *refresh* every few seconds, in a thread of its own.

    A process without requests would not read the policy files, and its
    metrics would tell of an old revision, or of a broken file that has gone.
    """

    def run() -> None:
        while True:
            time.sleep(_FOLLOW_SECONDS)
            refresh()

    threading.Thread(target=run, daemon=True, name='policy files').start()


class _Fanout:
    """Calls all *observers*; an exception of one never fails a request."""

    def __init__(self, observers: Sequence[Callable[..., object]]) -> None:
        self._observers = observers
        self._said: set[str] = set()

    def __call__(self, *observed: object) -> None:
        """Call each observer with what was *observed*."""
        for observer in self._observers:
            try:
                observer(*observed)
            except Exception as error:
                problem = type(error).__name__
            else:
                continue
            if problem not in self._said:
                self._said.add(problem)
                LOG.error(
                    'A decision could not be counted or sent: %s', problem
                )


def refuse_without_metrics() -> None:
    """Raise OptionError if the library of metrics is not installed.

    Without its import, which makes files.
    """
    if not importlib.util.find_spec('prometheus_client'):
        raise _not_installed(
            'prometheus_client', '[update_guard_metrics] directory', 'metrics'
        )


def _sinks(recording: Recording, lost: Callable[[], object]) -> Iterator[Sink]:
    yield _file(recording.log) if recording.log else log.log
    yield from notifications(recording, lost)


def notifications(
    recording: Recording, lost: Callable[[], object]
) -> Iterator[Sink]:
    """Yield what sends notifications, if they are on. Raises OptionError.

    It calls *lost* for each that could not be sent. Nothing is sent yet.
    """
    if not recording.messaging:
        return
    option = '[update_guard] decision_notifications'
    try:
        notifier: Any = importlib.import_module(
            'nova_update_guard.audit.notifier'
        )
    except ImportError as error:
        raise _not_installed(error.name, option, 'notifications') from error
    try:
        queued = notifier.queued(recording.messaging, lost)
    except Exception as error:
        # Many classes, of libraries that the options choose.
        raise OptionError(
            f'{MARK}{option}: {type(error).__name__}: {error}'
        ) from error
    yield queued


def _file(path: str) -> File:
    try:
        return File(path)
    except OSError as error:
        raise OptionError(
            f'nova_update_guard: decision_log = {path}: {error.strerror}'
        ) from error


def _not_installed(
    library: str | None, option: str, extra: str
) -> OptionError:
    return OptionError(
        f'{MARK}{option}: {library} is not installed: '
        f'{extras.how_to_install(extra)}'
    )


def _ignore(*_: object) -> None:
    """Count nothing."""
