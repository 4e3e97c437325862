"""Prometheus metrics of decisions and policy, by prometheus_client.

Imported only where the operator wants metrics: prometheus_client decides, when
it is imported, whether it counts for one process or for several.
"""

import contextlib
import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import prometheus_client
from prometheus_client import (
    Counter,
    Gauge,
    Histogram,
    Metric,
    multiprocess,
    values,
)
from prometheus_client.registry import Collector

from nova_update_guard.audit import record, series
from nova_update_guard.audit.record import ALLOW, REDACT, REFUSE
from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from nova_update_guard.layers.modes import (
    AUDIT,
    ENFORCE,
    RESPONSE_REDACTION,
    Modes,
)
from nova_update_guard.middleware import refusals
from nova_update_guard.middleware.decision import Decision
from nova_update_guard.middleware.request import GuardedRequest

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

# Seconds. The guard's own time is some tens of microseconds.
_GUARD_BUCKETS = (2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2, 0.1, 1)
_NOVA_BUCKETS = (5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
_KNOWN = {row.name for row in SERVER_ATTRIBUTES}
_UNLISTED = 'unlisted'
# The one part of prometheus_client without types.
_several: Any = multiprocess

_DECISIONS = Counter(
    'nova_update_guard_decisions',
    'Checked requests by outcome. An empty layer: no single layer decided.',
    ['operation', 'layer', 'verdict', 'mode', 'field'],
)
_REDACTED = Counter(
    'nova_update_guard_redacted_attributes',
    'Attributes that were redacted, or would have been.',
    ['attribute', 'mode'],
)
_GUARD_SECONDS = Histogram(
    'nova_update_guard_seconds',
    'Time in the guard for one checked request.',
    ['operation'],
    buckets=_GUARD_BUCKETS,
)
_NOVA_SECONDS = Histogram(
    'nova_update_guard_nova_seconds',
    'Time in nova for one checked request, lookups included.',
    ['operation'],
    buckets=_NOVA_BUCKETS,
)
_LOADS = Counter(
    'nova_update_guard_policy_loads',
    'Loads of policy and constraints, by outcome.',
    ['outcome'],
)
_REVISION = Gauge(
    'nova_update_guard_policy_revision',
    'The revision in force, read as a hexadecimal number: the same in all '
    'workers, and 0 in one that has not loaded its policy yet.',
    multiprocess_mode='liveall',
)
_LOST = Counter(
    'nova_update_guard_lost_records',
    'Decision records that could not be written or sent.',
)
_STALE = Gauge(
    'nova_update_guard_policy_stale',
    '1 while the policy files of a worker are broken and the older rules '
    'stay in force.',
    multiprocess_mode='livemax',
)

_ERRORS = Counter(
    'nova_update_guard_errors',
    'Requests that failed, by what failed: the guard, nova behind the proxy, '
    'or keystone.',
    ['cause'],
)
_HEALTH_CHECKS = Counter(
    'nova_update_guard_health_checks',
    'Health checks of the proxy, by outcome.',
    ['outcome'],
)
# An alert on a counter needs its zero: it sees no first error otherwise.
for _cause in refusals.CAUSES:
    _ERRORS.labels(_cause)
for _outcome in ('ok', 'failed'):
    _HEALTH_CHECKS.labels(_outcome)
    _LOADS.labels(_outcome)

# The label values are bounded, so these caches are, too.
_decisions = functools.cache(_DECISIONS.labels)
_redacted = functools.cache(_REDACTED.labels)
_guard_seconds = functools.cache(_GUARD_SECONDS.labels)
_nova_seconds = functools.cache(_NOVA_SECONDS.labels)


def is_for_several_processes() -> bool:
    """Check whether prometheus_client counts for several processes."""
    return values.ValueClass is not values.MutexValue


def begun(modes: Modes) -> None:
    """Begin to count, from 0, what layers in *modes* can decide.

    Prometheus sees no increase in a series that begins with its first event.
    """
    for labels in series.decisions(modes):
        _decisions(*labels)
    if RESPONSE_REDACTION in modes:
        for name in (*_KNOWN, _UNLISTED):
            _redacted(name, modes[RESPONSE_REDACTION])
    for operation in series.OPERATIONS:
        _guard_seconds(operation)
        _nova_seconds(operation)


def decided(_request: GuardedRequest, decision: Decision) -> None:
    """Count *decision*: violations, redactions and times."""
    operation = decision.operation
    for violation in decision.violations:
        layer = violation.layers[0] if len(violation.layers) == 1 else ''
        mode = ENFORCE if decision.acts(*violation.layers) else AUDIT
        fields = violation.refusal.fields or (*decision.changes,)
        _decisions(operation, layer, REFUSE, mode, series.field(fields)).inc()
    # A request fails once, whichever layers meet the failure.
    for cause in {
        refusals.cause_of(violation.refusal)
        for violation in decision.violations
    }:
        if cause:
            error(cause)
    said, mode = record.verdict(decision)
    if said == ALLOW:
        _decisions(
            operation, '', ALLOW, mode, series.field((*decision.changes,))
        ).inc()
    if decision.redacts:
        _count_redactions(decision)
    _guard_seconds(operation).observe(decision.guard_ns / 1e9)
    if decision.nova_ns:
        _nova_seconds(operation).observe(decision.nova_ns / 1e9)


def loaded(revision: str) -> None:
    """Count a successful load of policy, and show its *revision*."""
    _LOADS.labels('ok').inc()
    in_force(revision)
    _STALE.set(0)


def in_force(revision: str) -> None:
    """Show the *revision* in force in this process."""
    # Twelve hexadecimal digits are a number that a float holds.
    _REVISION.set(int(revision, 16))


def failed() -> None:
    """Count a failed load of policy: a file is broken, older rules stay."""
    _LOADS.labels('failed').inc()
    _STALE.set(1)


def lost() -> None:
    """Count a decision record that could not be written or sent."""
    _LOST.inc()


def error(cause: str) -> None:
    """Count a request that failed by *cause*."""
    _ERRORS.labels(cause).inc()


def health_checked(is_ok: bool) -> None:
    """Count a health check by its outcome."""
    _HEALTH_CHECKS.labels('ok' if is_ok else 'failed').inc()


def exposition() -> bytes:
    """Return the metrics of all processes in Prometheus' text format."""
    folder = os.environ['PROMETHEUS_MULTIPROC_DIR']
    for path in Path(folder).glob('gauge_live*_*.db'):
        pid = path.stem.rpartition('_')[2]
        if pid.isdecimal() and not Path('/proc', pid).exists():
            # Another process may do the same at the same time.
            with contextlib.suppress(FileNotFoundError):
                _several.mark_process_dead(int(pid), folder)
    registry = prometheus_client.CollectorRegistry()
    registry.register(_Counted(Path(folder)))
    return prometheus_client.generate_latest(registry)


class _Counted(Collector):
    """Collects the metrics that processes have written to *folder*.

    Skips empty files, on which prometheus_client fails. A file is empty for a
    moment when a process begins to count, and for ever if the process ends
    just then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return the metrics, added up over all processes."""
        files = map(str, filter(_is_begun, self._folder.glob('*.db')))
        metrics: Iterable[Metric] = _several.MultiProcessCollector.merge(files)
        return metrics


def _is_begun(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _count_redactions(decision: Decision) -> None:
    mode = ENFORCE if decision.acts(RESPONSE_REDACTION) else AUDIT
    fields = [''] if decision.taken else []
    fields += record.sort_keys(decision)
    for field in fields:
        _decisions(
            decision.operation, RESPONSE_REDACTION, REDACT, mode, field
        ).inc()
    for name, count in decision.taken.items():
        known = name if name in _KNOWN else _UNLISTED
        _redacted(known, mode).inc(count)
