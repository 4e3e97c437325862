"""Refusals: one line in the log, and a response that nova's clients parse.

Of what a client sent, a line has only the method and the path.
"""

import functools
import logging
import traceback

from oslo_context import context

from nova_update_guard.compute_api import faults, microversions, paths
from nova_update_guard.compute_api.faults import NovaFailedError, Refusal
from nova_update_guard.compute_api.version import LEGACY_V2, Version
from nova_update_guard.middleware.request import GuardedRequest
from nova_update_guard.middleware.responses import Response
from nova_update_guard.wsgi_types import WSGIEnvironment

LOG = logging.getLogger('nova_update_guard.refusals')

# What failed, where a request got an error that is no decision.
GUARD, NOVA, KEYSTONE = 'guard', 'nova', 'keystone'
CAUSES = (GUARD, NOVA, KEYSTONE)

OWN_FAULT = Refusal(
    500, 'The server could not process the request', 'an error in the guard'
)
KEYSTONE_UNAVAILABLE = Refusal(
    503,
    'The identity service is unavailable',
    'keystone is unavailable',
)
_CAUSED = (
    (OWN_FAULT, GUARD),
    (faults.NO_SERVER, NOVA),
    (faults.NO_DOCUMENT, NOVA),
    (KEYSTONE_UNAVAILABLE, KEYSTONE),
)


def of_exception(environ: WSGIEnvironment, error: Exception) -> Refusal:
    """Return the refusal of the request in *environ* for *error*.

    A NovaFailedError brings its own. Any other exception is a fault of the
    guard, and is logged without its message, which may quote a body. Do not
    call this inside the exception handler: oslo.log would add the message.
    """
    if isinstance(error, NovaFailedError):
        return error.refusal
    LOG.error(
        '%sError in the guard, for user %s of project %s: %s\n%s',
        *_caller_ids(GuardedRequest(environ)),
        type(error).__name__,
        ''.join(traceback.format_tb(error.__traceback__)),
    )
    return OWN_FAULT


def cause_of(refusal: Refusal) -> str | None:
    """Return which of CAUSES failed, if *refusal* says so.

    It does not for failures that the proxy counts itself.
    """
    return next((cause for one, cause in _CAUSED if refusal is one), None)


def response(request: GuardedRequest, refusal: Refusal) -> Response:
    """Log *refusal*, and return it as a response in nova's fault shape.

    A refusal of nova's is returned as nova sent it, with the headers for the
    microversion that the client asked for.
    """
    LOG.info(
        '%sRefused, for user %s of project %s: %a of %a with %d: %s',
        *_caller_ids(request),
        request.method,
        paths.for_log(request.path)[:200],
        refusal.status,
        refusal.reason,
    )
    version = _version_of(request)
    if refusal.response:
        status, sent, body = refusal.response
        headers = faults.headers_at(version, sent)
        whole = Response(status, headers, []).with_body(body)
        return whole._replace(body=[]) if request.method == 'HEAD' else whole
    headers = [*faults.headers(version), *refusal.headers]
    return request.respond(refusal.status, headers, faults.body(refusal))


@functools.cache
def warn_of_place() -> None:
    """Warn once of unauthenticated requests; each one is logged as refused."""
    LOG.warning(
        'A request without a verified identity reached the guard. Put the '
        'guard after keystonecontext in nova, after authtoken in a proxy: '
        'last before the app'
    )


def _version_of(request: GuardedRequest) -> Version | None:
    """Return the microversion for a refusal's headers, as nova sets them."""
    try:
        version = request.version
    except microversions.BadVersionError:
        return None
    return version if version > LEGACY_V2 else None


def _caller_ids(request: GuardedRequest) -> tuple[str, str | None, str | None]:
    """Return the ids of request, user and project, for a log line.

    That of the request is its beginning, in brackets. It is empty in nova's
    pipeline, where oslo.log begins each line with that of nova's context.
    """
    own = request.request_id
    current = context.get_current()
    is_said = (
        current is not None
        and current.request_id == own
        and current is request.environ.get('nova.context')
    )
    request_id = '' if is_said else f'[{own or "-"}] '
    try:
        identity = request.identity
    except Exception:
        # This is then the exception that the line is about.
        identity = None
    if identity is None:
        return request_id, None, None
    return request_id, identity.user_id, identity.project_id
