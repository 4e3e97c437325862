"""The caller's identity, as verified by keystonemiddleware or nova."""

from oslo_context.context import RequestContext

from nova_update_guard.middleware.decision import Identity
from nova_update_guard.wsgi_types import WSGIEnvironment

# The identity read for the same token a moment ago. No client can set it:
# the headers that it sends are in the environ as HTTP_.
CACHED_IDENTITY = 'nova_update_guard.identity'
# nova adds this one to oslo.context's. To read it there would warn, at each
# request, that a policy depends on a deprecated key.
_OF_NOVA = 'is_admin'
# Set where keystone could not be asked about the token.
KEYSTONE_UNAVAILABLE = 'nova_update_guard.keystone_not_asked'


def read(environ: WSGIEnvironment) -> Identity | None:
    """Return the caller's verified identity, or None if there is none.

    Headers alone prove nothing: any client can send ``X-Roles``. They are
    trusted where auth_token set them, which leaves ``keystone.token_info`` in
    the environ. ``keystone.token_auth`` is there even when validation failed.
    """
    context = environ.get('nova.context')
    if context is None and CACHED_IDENTITY in environ:
        kept: Identity = environ[CACHED_IDENTITY]
        return kept
    if context is None and _is_confirmed(environ):
        context = RequestContext.from_environ(environ)
    if context is None or context.user_id is None:
        return None
    values = context.to_policy_values()
    creds = {
        name: context.is_admin if name == _OF_NOVA else values[name]
        for name in values
    }
    # oslo.policy's name for the scope of a system token.
    if creds.get('system_scope'):
        creds['system'] = creds['system_scope']
    return Identity(context.user_id, context.project_id, creds)


def auth_token_ran(environ: WSGIEnvironment) -> bool:
    """Check whether auth_token ran on the request, with any result."""
    return 'keystone.token_auth' in environ


def _is_confirmed(environ: WSGIEnvironment) -> bool:
    return (
        'keystone.token_info' in environ
        and environ.get('HTTP_X_IDENTITY_STATUS') == 'Confirmed'
        and environ.get('HTTP_X_SERVICE_IDENTITY_STATUS') != 'Invalid'
    )
