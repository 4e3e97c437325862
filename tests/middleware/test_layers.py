"""A layer that is in the table is at work: it refuses what it is there for."""

import json

import pytest

from nova_update_guard.deploy import filters
from nova_update_guard.layers.modes import RESPONSE_REDACTION, TABLE
from tests.standin import MEMBER, READER, SERVER
from tests.updates import put

REBUILD = {'imageRef': 'i', 'name': 'a'}
# By layer and operation, a caller and a body that the layer refuses. A new
# layer needs a row, for each operation that it checks.
REFUSED = {
    ('one_parameter', 'update'): (
        MEMBER,
        {'server': {'name': 'a', 'accessIPv4': '192.0.2.1'}},
    ),
    ('field_validation', 'update'): (MEMBER, {'server': {'name': ''}}),
    ('field_validation', 'action'): (
        MEMBER,
        {'rebuild': {**REBUILD, 'name': ''}},
    ),
    ('field_validation', 'create'): (MEMBER, {'server': {'name': ''}}),
    ('field_policy', 'update'): (READER, {'server': {'name': 'a'}}),
    ('field_policy', 'action'): (READER, {'rebuild': REBUILD}),
    ('field_policy', 'create'): (READER, {'server': {'name': 'a'}}),
}
PATHS = {
    'update': ('/servers/s1', 'PUT'),
    'action': ('/servers/s1/action', 'POST'),
    'create': ('/servers', 'POST'),
}
CHECKS = [
    (layer.name, operation) for layer in TABLE for operation in layer.checks
]


@pytest.mark.parametrize(('name', 'operation'), CHECKS)
def test_a_layer_refuses_alone_what_it_is_there_for(
    guarded, nova, name, operation
):
    caller, body = REFUSED[name, operation]
    # The rules of create allow by default.
    policy = 'update_guard:server:create:name: "!"\n'
    guard = guarded(policy, getattr(filters, name))

    path, method = PATHS[operation]
    response = put(guard, body, caller, '4*', path, method)

    assert response.status_int in (400, 403, 409)
    assert nova.requests == []


@pytest.mark.parametrize(
    'name', [layer.name for layer in TABLE if not layer.checks]
)
def test_a_layer_that_checks_no_body_redacts_the_response(guarded, name):
    guard = guarded(factory=getattr(filters, name))

    response = guard.get('/servers/s1', extra_environ=MEMBER)

    assert name == RESPONSE_REDACTION
    hidden = SERVER.keys() - json.loads(response.body)['server'].keys()
    assert hidden == {'OS-EXT-SRV-ATTR:host'}
