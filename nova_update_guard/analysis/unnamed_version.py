"""A request that names no microversion: nova, and the guard, take 2.1."""

from collections.abc import Callable

from nova_update_guard.analysis.dry_run import Outcome, Request
from nova_update_guard.compute_api import microversions, paths

_HEADERS = {
    microversions.HEADER.lower(),
    microversions.LEGACY_HEADER.lower(),
}


def is_unnamed(request: Request) -> bool:
    """Return whether *request* could name a microversion, and does not.

    Below ``/v2`` there is none to name.
    """
    has_header = any(name.lower() in _HEADERS for name in request.headers)
    is_named = bool(request.microversion) or has_header
    return not is_named and not paths.is_legacy_v2(request.path)


def is_otherwise_at_newest(
    request: Request, outcome: Outcome, run: Callable[[Request], Outcome]
) -> bool:
    """Return whether *run* has another outcome at the newest microversion.

    Only for a request that names none.
    """
    if not is_unnamed(request):
        return False
    newest = request._replace(microversion=str(microversions.MAX))
    return _decided(run(newest)) != _decided(outcome)


def _decided(outcome: Outcome) -> tuple[object, ...]:
    found = outcome.decision.violations if outcome.decision else []
    reasons = [violation.refusal.reason for violation in found]
    return outcome.result, reasons, outcome.hidden.keys()
