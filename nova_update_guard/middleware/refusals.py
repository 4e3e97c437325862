"""Refusals: one line in the log, and a response that nova's clients parse.

Of what a client sent, a line has only the method and the path.
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
    500, 'The server could not process the request', 'an error in the guard'
)


@functools.cache
def warn_of_place() -> None:
    """Warn once of unauthenticated requests; each one is logged as refused."""
    LOG.warning(
        'A request without a verified identity reached the guard. Put the '
        'guard after keystonecontext in nova, after authtoken in a proxy: '
        'last before the app'
    )


def own_fault(request: GuardedRequest, error: Exception) -> Refusal:
    """Log an exception of the guard's own; return the refusal for it.

    Without its message, which may quote a body. Do not call it inside the
    exception handler: oslo.log would add the message.
    """
    LOG.error(
        '[%s] Error in the guard, for user %s of project %s: %s\n%s',
        *_who(request),
        type(error).__name__,
        ''.join(traceback.format_tb(error.__traceback__)),
    )
    return _OWN_FAULT


def response(request: GuardedRequest, refusal: Refusal) -> responses.Response:
    """Log *refusal*, and return it as a response in nova's fault shape."""
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
    """Return the ids of request, user and project, for a log line."""
    request_id = request.request_id or '-'
    try:
        identity = request.identity
    except Exception:
        # This is then the exception that the line is about.
        identity = None
    if identity is None:
        return request_id, None, None
    return request_id, identity.user_id, identity.project_id
