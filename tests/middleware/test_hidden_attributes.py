"""No attribute that is hidden from a caller is in a response to it."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_update_guard.compute_api import server_attributes
from nova_update_guard.compute_api.microversions import MAX, MIN, Version
from nova_update_guard.compute_api.server_attributes import (
    SERVER_ATTRIBUTES,
    UNLISTED,
)
from nova_update_guard.middleware import redacted_bodies, responses
from nova_update_guard.middleware.views import Views
from nova_update_guard.policy.checks import Checks
from nova_update_guard.policy.enforcer import Rules

MISSING = object()

# Other tests reach each branch. Coverage makes these examples twice as slow.
pytestmark = pytest.mark.no_cover


def get(server, *path):
    for key in path:
        server = (
            server.get(key, MISSING) if isinstance(server, dict) else MISSING
        )
    return server


def has(server, *path):
    return get(server, *path) is not MISSING


# Rules, and what they mean: said again here in plain words, so that the
# engine is compared with something else than itself.
MEANINGS = {
    '@': lambda roles, server: True,
    '!': lambda roles, server: False,
    'role:admin': lambda roles, server: 'admin' in roles,
    'rule:context_is_admin': lambda roles, server: 'admin' in roles,
    'rule:context_is_admin or role:reader': (
        lambda roles, server: bool({'admin', 'reader'} & roles)
    ),
    'not role:reader': lambda roles, server: 'reader' not in roles,
    "'ACTIVE':%(server.status)s": (
        lambda roles, server: get(server, 'status') == 'ACTIVE'
    ),
    "not 'ACTIVE':%(server.status)s": (
        lambda roles, server: (
            has(server, 'status') and get(server, 'status') != 'ACTIVE'
        )
    ),
    'role:admin or not True:%(server.locked)s': (
        lambda roles, server: (
            'admin' in roles
            or (has(server, 'locked') and not get(server, 'locked'))
        )
    ),
    'project_id:%(project_id)s': (
        lambda roles, server: get(server, 'tenant_id') == 'p1'
    ),
    "not 'true':%(server.metadata.secret)s": (
        lambda roles, server: (
            has(server, 'metadata')
            and get(server, 'metadata', 'secret') != 'true'
        )
    ),
    'rule:context_is_admin or not 500:%(server.fault.code)s': (
        lambda roles, server: (
            'admin' in roles
            or (
                has(server, 'fault', 'code')
                and get(server, 'fault', 'code') != 500
            )
        )
    ),
}

DEFAULTS = {row.rule: row.default for row in SERVER_ATTRIBUTES} | {
    UNLISTED: server_attributes.ADMIN
}
RULES = sorted(
    {row.rule for row in SERVER_ATTRIBUTES if not row.until} | {UNLISTED}
)
HOST_ID = 'update_guard:server:show:hostId'
SECRET = st.text(min_size=1, max_size=4)
UNKNOWN = st.sampled_from(['vendor:x', 'new', 'Name', 'OS-EXT-SRV-ATTR:new'])


def nested(known):
    return st.dictionaries(
        st.sampled_from(known) | UNKNOWN, SECRET, max_size=4
    )


SPECIAL = {
    'status': st.sampled_from(['ACTIVE', 'BUILD', 'ERROR']),
    'locked': st.booleans(),
    'tenant_id': st.sampled_from(['p1', 'p2']),
    'metadata': st.dictionaries(
        st.just('secret') | SECRET, st.just('true') | SECRET, max_size=2
    ),
    'fault': st.fixed_dictionaries(
        {},
        optional={
            'code': st.sampled_from([404, 500]),
            'details': SECRET,
            'message': SECRET,
            'created': SECRET,
            'new': SECRET,
        },
    ),
    'flavor': nested(['ram', 'extra_specs', 'id']),
    'image': st.just('') | nested(['id', 'properties']),
    'addresses': st.dictionaries(
        SECRET,
        st.lists(nested(['addr', 'OS-EXT-IPS-MAC:mac_addr']), max_size=2),
        max_size=2,
    ),
    'security_groups': st.lists(nested(['name']), max_size=2),
    'os-extended-volumes:volumes_attached': st.lists(
        nested(['id']), max_size=2
    ),
}
NAMES = sorted({row.name for row in SERVER_ATTRIBUTES if '.' not in row.name})
SERVERS = st.fixed_dictionaries(
    {'id': SECRET},
    optional={
        'links': st.just([]),
        'vendor:x': SECRET,
        'new': st.dictionaries(SECRET, SECRET, max_size=1),
        **{name: SPECIAL.get(name, SECRET) for name in NAMES},
    },
)
POLICIES = st.dictionaries(
    st.sampled_from(RULES), st.sampled_from(sorted(MEANINGS)), max_size=12
)
ROLES = st.sets(st.sampled_from(['admin', 'member', 'reader']))
VERSIONS = st.builds(
    Version, st.just(2), st.integers(MIN.minor, MAX.minor + 1)
)


def allowed(rule, policy, roles, server):
    text = policy.get(rule, DEFAULTS[rule])
    if text == server_attributes.HOSTNAME:
        parent = rule.removesuffix(':before-2.90')
        return 'admin' in roles and allowed(parent, policy, roles, server)
    if text == server_attributes.STATUS:
        return 'admin' in roles
    return MEANINGS[text](roles, server)


def leaves(document, path=()):
    """Yield the path of every key, without the labels of free-form maps."""
    for key, value in document.items():
        name = '.'.join((*path, key))
        yield name, value
        if name in server_attributes.FREE_FORM:
            continue
        if name in server_attributes.KEYED_BY_NETWORK:
            inner = [entry for listed in value.values() for entry in listed]
        else:
            inner = value if isinstance(value, list) else [value]
        for entry in inner:
            if isinstance(entry, dict):
                yield from leaves(entry, (*path, key))


def rule_of(name, version):
    rows = server_attributes.attributes_at(version)
    parent, _, key = name.partition('.')
    if name in rows:
        return rows[name].rule
    if (
        name in server_attributes.UNRULED
        or key in server_attributes.NESTED_KEYS.get(parent, ())
    ):
        return None
    return UNLISTED


@given(
    servers=st.lists(SERVERS, min_size=1, max_size=3),
    policy=POLICIES,
    roles=ROLES,
    version=VERSIONS,
    many=st.booleans(),
)
def test_no_hidden_attribute_is_in_any_response(
    servers, policy, roles, version, many
):
    rules = Rules(Checks(policy), 'r')
    caller = rules.caller({'roles': sorted(roles), 'project_id': 'p1'})
    document = {'servers': servers} if many else {'server': servers[0]}
    headers = [('OpenStack-API-Version', f'compute {version}')]
    received = responses.Response(
        '200 OK', headers, [json.dumps(document).encode()]
    )

    visible = redacted(received, caller)

    document = json.loads(b''.join(visible.body))
    after = document['servers'] if many else [document['server']]
    rows = server_attributes.attributes_at(version)
    before = servers if many else servers[:1]
    for was, now in zip(before, after, strict=True):
        kept = dict(leaves(now))
        for name in dict(leaves(was)):
            rule = rule_of(name, version)
            if rule is None or allowed(rule, policy, roles, was):
                continue
            empty = (
                rows[name].hidden if name in rows else server_attributes.DROP
            )
            parent = name.partition('.')[0]
            assert kept.get(name, server_attributes.DROP) == empty or (
                # It went with its parent.
                name != parent and name not in kept
            )
        # And nothing else is taken.
        for name in was:
            rule = rule_of(name, version)
            if rule is None or allowed(rule, policy, roles, was):
                assert name in now


@given(
    servers=st.lists(SERVERS, min_size=1, max_size=3),
    policy=POLICIES,
    roles=ROLES,
    version=VERSIONS,
)
def test_the_host_id_of_nova_is_hidden_with_the_host(
    servers, policy, roles, version
):
    rules = Rules(Checks(policy), 'r')
    caller = rules.caller({'roles': sorted(roles), 'project_id': 'p1'})
    headers = [('OpenStack-API-Version', f'compute {version}')]
    document = json.dumps({'servers': servers}).encode()
    received = responses.Response('200 OK', headers, [document])

    visible = redacted(received, caller, lambda text: f'keyed {text}')

    after = json.loads(b''.join(visible.body))['servers']
    for was, now in zip(servers, after, strict=True):
        if 'hostId' not in was:
            assert 'hostId' not in now
        elif not allowed(HOST_ID, policy, roles, was):
            assert now['hostId'] == ''
        elif allowed(server_attributes.HOST, policy, roles, was):
            assert now['hostId'] == was['hostId']
        else:
            assert now['hostId'] == f'keyed {was["hostId"]}'


def redacted(received, caller, hash_host_id=None):
    view = Views(hash_host_id).of(received, caller)
    if view is None:
        return received
    (data,) = received.body
    authorize = caller.authorize
    redacted = redacted_bodies.redact(
        received, data, view, authorize, due=True
    )
    return redacted.response


@pytest.mark.parametrize('text', sorted(MEANINGS))
@given(server=SERVERS, roles=ROLES)
def test_each_kind_of_rule_has_its_meaning(text, server, roles):
    rule = 'update_guard:server:show:name'
    rules = Rules(Checks({rule: text}), 'r')
    caller = rules.caller({'roles': sorted(roles), 'project_id': 'p1'})
    server = copy.deepcopy(server)

    assert caller.authorize(rule, server) == MEANINGS[text](roles, server)
