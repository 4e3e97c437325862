"""The caller of a dry run: of values given one by one, or of a token."""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import webob
from oslo_context.context import RequestContext

from nova_update_guard.middleware import identity
from nova_update_guard.middleware.decision import Identity
from nova_update_guard.policy import callers


class Key(NamedTuple):
    """A value of a caller: its *argument* of oslo.context, and its *kind*."""

    argument: str
    kind: type
    about: str


# By the name that an operator writes. Those of a role assignment come first.
KEYS = {
    'roles': Key('roles', list, 'the roles, all of them'),
    'user': Key('user_id', str, "the user's id"),
    'project': Key('project_id', str, "the project's id"),
    'domain': Key('domain_id', str, "the domain's id, of a domain's token"),
    'system_scope': Key('system_scope', str, '"all", of a system token'),
    'user_domain': Key('user_domain_id', str, "the id of the user's domain"),
    'project_domain': Key(
        'project_domain_id', str, "the id of the project's domain"
    ),
    'is_admin_project': Key(
        'is_admin_project', bool, 'whether it is the admin project'
    ),
    'service_roles': Key('service_roles', list, 'the roles of the service'),
    'service_user': Key('service_user_id', str, "the service's user id"),
    'service_project': Key(
        'service_project_id', str, "the service's project id"
    ),
}
_SCOPES = ('project', 'domain', 'system_scope')


class TokenError(Exception):
    """The body of a token that cannot be used; the message says why."""


def of_values(
    values: Mapping[str, Any], server: Mapping[str, Any] | None = None
) -> Identity:
    """Return the identity with *values*, by the names in KEYS.

    Without a scope, it is one of the project that owns *server*.
    """
    given = {'user': callers.USER_ID, **values}
    if not any(given.get(name) for name in _SCOPES):
        owner = (server or {}).get('tenant_id')
        given['project'] = owner or callers.PROJECT_ID
    arguments = {KEYS[name].argument: value for name, value in given.items()}
    context = RequestContext(overwrite=False, **arguments)
    return _read({'nova.context': context})


def of_token(body: Any) -> Identity:
    """Return the identity that keystonemiddleware finds in a token.

    *body* is the document of keystone's GET /v3/auth/tokens. Raises
    TokenError.
    """
    if not isinstance(body, dict) or not isinstance(body.get('token'), dict):
        raise TokenError(
            'is not the body of a token: write what GET /v3/auth/tokens '
            'returns, {"token": {...}}'
        )
    # They take long to import.
    access = importlib.import_module('keystoneauth1.access')
    of_middleware = importlib.import_module(
        'keystonemiddleware.auth_token._request'
    )
    request = of_middleware._AuthTokenRequest(webob.Request.blank('/').environ)
    try:
        request.user_token_valid = True
        request.token_info = body
        request.set_user_headers(access.create(body=body))
    except Exception as error:
        # Errors of many kinds: keystoneauth assumes that all keys are there.
        raise TokenError(
            f'is not the body of a token of keystone ({type(error).__name__}: '
            f'{error})'
        ) from error
    return _read(request.environ)


def _read(environ: dict[str, Any]) -> Identity:
    found = identity.read(environ)
    if found is None:
        raise TokenError('names no user')
    return found
