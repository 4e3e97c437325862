"""Refusals: one line in the log, and an answer that nova's clients parse.

No line has what a client sent, but for the method and the path.
"""

import functools
import logging
import traceback
from wsgiref.types import WSGIEnvironment

from nova_update_guard.compute_api import routes
from nova_update_guard.compute_api.faults import Refusal
from nova_update_guard.middleware import responses
from nova_update_guard.middleware.identity import read

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


def own_fault(environ: WSGIEnvironment, error: Exception) -> Refusal:
    """Log all of our own fault but its message, which may quote a body.

    Not to be called from the handler: oslo.log adds the message there.
    """
    LOG.error(
        '[%s] A fault of the guard, for user %s of project %s: %s\n%s',
        *_who(environ),
        type(error).__name__,
        ''.join(traceback.format_tb(error.__traceback__)),
    )
    return _OWN_FAULT


def response(environ: WSGIEnvironment, refusal: Refusal) -> responses.Response:
    """Log a refusal, and return it as nova would answer it."""
    LOG.info(
        '[%s] Refused, for user %s of project %s: %a of %a with %d: %s',
        *_who(environ),
        environ['REQUEST_METHOD'],
        routes.for_log(environ.get('PATH_INFO', ''))[:200],
        refusal.status,
        refusal.reason,
    )
    return responses.refusal(environ, refusal)


def _who(environ: WSGIEnvironment) -> tuple[str, str | None, str | None]:
    """Return what every log line tells: request, user and project."""
    request_id = environ.get('openstack.request_id', '-')
    try:
        identity = read(environ)
    except Exception:
        # Then that is the fault which the line is about.
        identity = None
    if identity is None:
        return request_id, None, None
    return request_id, identity.user_id, identity.project_id
