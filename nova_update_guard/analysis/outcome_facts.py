"""What an explanation tells of the outcome of a request."""

from typing import Any

from nova_update_guard.analysis import dry_run
from nova_update_guard.analysis.dry_run import Outcome
from nova_update_guard.layers.modes import ENFORCE, RESPONSE_REDACTION
from nova_update_guard.middleware.decision import Violation


def found(outcome: Outcome) -> list[Violation]:
    """Return the violations, if they are not for want of a server."""
    is_known = outcome.result in (dry_run.ALLOWED, dry_run.REFUSED)
    decision = outcome.decision
    return decision.violations if decision and is_known else []


def violation_data(outcome: Outcome, violation: Violation) -> dict[str, Any]:
    """Return what *violation* of *outcome* is about, as JSON's types."""
    modes = outcome.decision.modes if outcome.decision else {}
    layers = [name for name in violation.layers if name in modes]
    return {
        'layers': layers,
        'reason': violation.refusal.reason,
        'status': violation.refusal.status,
        'enforced': ENFORCE in [modes[name] for name in layers],
    }


def sort_keys(outcome: Outcome) -> dict[str, str]:
    """Return the rules by which nova does not get sort keys, by key."""
    decision = outcome.decision
    if not decision or not decision.acts(RESPONSE_REDACTION):
        return {}
    return {each.key: each.rule for each in decision.sort_keys}


def response(outcome: Outcome) -> dict[str, Any] | None:
    """Return the refusal as the client reads it."""
    if outcome.result != dry_run.REFUSED:
        return None
    body = outcome.body.decode('utf-8', 'replace')
    return {'status': outcome.status, 'body': body}
