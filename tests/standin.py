"""A stand-in for nova behind the guard, for answers nova does not give.

It keeps what reached it and answers what it is told to. Everything that a
real nova can do is tested on a real one: tests/cloud, tests/whole_nova.
"""

import json

import webob
from oslo_context.context import RequestContext

SERVER = {
    'id': 's1',
    'links': [],
    'name': 'vm1',
    'status': 'ACTIVE',
    'tenant_id': 'p1',
    'user_id': 'u1',
    'hostId': 'hash',
    'OS-EXT-SRV-ATTR:host': 'host1',
}


class Nova:
    """A WSGI application that records requests and answers *response*."""

    def __init__(self):
        self.requests = []
        self.closed = 0
        self.respond({'server': SERVER})

    def respond(self, document=None, status=200, body=None, **headers):
        """Answer *document*, or the bytes of *body*, from now on."""
        self.status = status
        self.body = json.dumps(document).encode() if body is None else body
        self.headers = {
            'Content-Type': 'application/json',
            'OpenStack-API-Version': 'compute 2.96',
            **{name.replace('_', '-'): text for name, text in headers.items()},
        }

    def __call__(self, environ, start_response):
        req = webob.Request(environ)
        self.requests.append((req.method, req.path, req.body))
        response = webob.Response(status=self.status)
        response.headers.update(self.headers)
        response.headers['Content-Length'] = str(len(self.body))
        start_response(response.status, response.headerlist)
        return _Body(self)


class _Body:
    """A body that must be closed, as PEP 3333 demands of its reader."""

    def __init__(self, nova):
        self._nova = nova

    def __iter__(self):
        yield self._nova.body

    def close(self):
        self._nova.closed += 1


class _Context(RequestContext):
    """A context with nova's own value, which is a deprecated one to oslo."""

    def to_policy_values(self):
        values = super().to_policy_values()
        values['is_admin'] = self.is_admin
        return values


def as_(*roles, user='u1', project='p1'):
    """Return an environ in which nova has verified a caller."""
    context = _Context(
        user_id=user,
        project_id=project,
        roles=list(roles),
        overwrite=False,
    )
    return {'nova.context': context, 'openstack.request_id': 'req-1'}


ADMIN = as_('admin', 'member', 'reader')
MEMBER = as_('member', 'reader')
READER = as_('reader')
