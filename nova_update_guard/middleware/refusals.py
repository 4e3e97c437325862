"""Refusals: one line in the log, and an answer that nova's clients parse.

No line has what a client sent, but for the method and the path.
"""

import functools
import logging
import traceback

from nova_update_guard.compute_api import routes
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.middleware import responses
from nova_update_guard.middleware.request import GuardedRequest

LOG = logging.getLogger('nova_update_guard.refusals')


_OWN_FAULT = Refusal(
    500, 'The server could not process the request', 'a fault of the guard'
)


@functools.cache
def warn_of_place() -> None:
    """Say it once: each such request is logged as refused besides."""
    LOG.warning(
        'A request came that nobody has authenticated. The guard stands '
        'after keystonecontext in nova, and after authtoken in a proxy: last '
        'before the app'
    )


def own_fault(request: GuardedRequest, error: Exception) -> Refusal:
    """Log all of our own fault but its message, which may quote a body.

    Not to be called from the handler: oslo.log adds the message there.
    """
    LOG.error(
        '[%s] A fault of the guard, for user %s of project %s: %s\n%s',
        *_who(request),
        type(error).__name__,
        ''.join(traceback.format_tb(error.__traceback__)),
    )
    return _OWN_FAULT


def response(request: GuardedRequest, refusal: Refusal) -> responses.Response:
    """Log a refusal, and return it as nova would answer it."""
    LOG.info(
        '[%s] Refused, for user %s of project %s: %a of %a with %d: %s',
        *_who(request),
        request.method,
        routes.for_log(request.path)[:200],
        refusal.status,
        refusal.reason,
    )
    return responses.refusal(request, refusal)


def _who(request: GuardedRequest) -> tuple[str, str | None, str | None]:
    """Return what every log line has: request, user and project."""
    request_id = request.request_id or '-'
    try:
        identity = request.identity
    except Exception:
        # Then that is the fault which the line is about.
        identity = None
    if identity is None:
        return request_id, None, None
    return request_id, identity.user_id, identity.project_id
