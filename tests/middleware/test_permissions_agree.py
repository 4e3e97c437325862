"""What the guard says may be changed and is hidden is what it then does."""

import json
import tempfile
from itertools import chain
from pathlib import Path

import pytest
import webob.dec
import webtest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_update_guard.compute_api import microversions, server_attributes
from nova_update_guard.compute_api.server_attributes import (
    KEYED_BY_NETWORK,
    SERVER_ATTRIBUTES,
    attributes_at,
)
from nova_update_guard.compute_api.update_fields import fields_at
from nova_update_guard.compute_api.version import Version
from nova_update_guard.deploy import filters
from tests.permissions import shown
from tests.standin import as_
from tests.updates import message, put

# Other tests reach each branch. Coverage makes these examples twice as slow.
pytestmark = pytest.mark.no_cover
EXAMPLES = 300
CHECKS = [
    *('@', '!', 'role:admin', 'role:member', 'not role:member'),
    *('rule:context_is_admin', 'user_id:%(user_id)s', 'role:a and role:b'),
    'role:admin or project_id:%(project_id)s',
    "'False':%(server.locked)s",
    "not 'true':%(server.metadata.protected)s",
    "'host1':%(server.OS-EXT-SRV-ATTR:host)s",
    "role:a or not 'host1':%(server.OS-EXT-SRV-ATTR:host)s",
    "'vm1':%(server.name)s and role:member",
    "'r':%(server.locked_reason)s",
    "'x':%(server.flavor.extra_specs.a)s",
]
MODES = st.sampled_from(['enforce', 'enforce', 'enforce', 'audit', 'off'])
VERSIONS = [Version(2, minor) for minor in (1, 3, 9, 18, 19, 47, 73, 90)]
VERSIONS += [Version(2, minor) for minor in (94, 96, 98, 100, 104)]
# None is an empty value, by which hidden attributes are replaced.
DOCUMENT = {
    row.name: f'a {row.name}'
    for row in SERVER_ATTRIBUTES
    if '.' not in row.name
} | {
    'OS-EXT-SRV-ATTR:host': 'host1',
    'addresses': {'n': [{'addr': 'a', 'OS-EXT-IPS-MAC:mac_addr': 'b'}]},
    'fault': {'code': 500, 'message': 'c', 'details': 'd'},
    'flavor': {'vcpus': 1, 'extra_specs': {'a': 'x'}},
    'id': 's1',
    'image': {'id': 'e', 'properties': {'f': 'g'}},
    'locked': False,
    'locked_reason': 'r',
    'metadata': {'protected': 'true'},
    'name': 'vm1',
    'security_groups': [{'name': 'h'}],
    'tenant_id': 'p1',
    'user_id': 'u1',
}
# What an update may set, and what a constraint then refuses.
VALUES = {
    'name': ('ab', 'abcd'),
    'description': ('ab', 'abcd'),
    'hostname': ('ab', 'abcd'),
    'OS-DCF:diskConfig': ('AUTO', 'MANUAL'),
    'accessIPv4': ('192.0.2.1', '192.0.2.111'),
    'accessIPv6': ('2001:db8::1', '2001:db8::1111'),
    'pinned_availability_zone': ('az', 'azaz'),
}
UPDATE_RULES = [f'update_guard:server:update:{name}' for name in VALUES]
SHOW_RULES = sorted({row.rule for row in SERVER_ATTRIBUTES})


def nova(document):
    """Return an app that shows the server at the version asked for."""

    @webob.dec.wsgify
    def app(request):
        version = microversions.requested(request.environ)
        server = _at(version, document)
        response = webob.Response(json_body={'server': server})
        response.headers['OpenStack-API-Version'] = f'compute {version}'
        return response

    return app


def _at(version, document):
    rows = attributes_at(version)
    server = {
        key: value
        for key, value in document.items()
        if key in rows or key in server_attributes.UNRULED
    }
    for name in {row.name for row in SERVER_ATTRIBUTES} - rows.keys():
        above, _, inside = name.partition('.')
        if inside and above in server:
            server[above] = {
                key: value
                for key, value in server[above].items()
                if key != inside
            }
    return server


INSTEAD = [row.hidden for row in SERVER_ATTRIBUTES if row.name == 'flavor']


def attributes(server):
    """Return the attributes of a document with their values, nested too."""
    found = dict(server)
    for above in server_attributes.NESTED_KEYS:
        value = server.get(above)
        if value and above in KEYED_BY_NETWORK:
            value = [*chain.from_iterable(value.values())]
        for part in value if isinstance(value, list) else [value]:
            if part and isinstance(part, dict):
                found |= {f'{above}.{key}': part[key] for key in part}
                # An object can stand in the place of a hidden one.
                found[above] = value not in INSTEAD
    return found


def lost(before, after, names):
    """Return those of *names* that *after* has no more, or another value."""
    before, after = attributes(before), attributes(after)
    gone = {
        name
        for name in names
        if name in before and before[name] != after.get(name)
    }
    return {
        name for name in gone if name.partition('.')[0] not in gone - {name}
    }


@st.composite
def sites(draw):
    """Make the files and options of a guard, a server and a caller."""
    check = st.sampled_from(CHECKS)
    rules = draw(st.dictionaries(st.sampled_from(UPDATE_RULES), check)) | draw(
        st.dictionaries(st.sampled_from(SHOW_RULES), check, max_size=9)
    )
    # A constraint that exempts everybody is an error.
    some = check.filter(lambda text: text != '@')
    exempt = draw(st.dictionaries(st.sampled_from([*VALUES]), some))
    absent = draw(st.sets(st.sampled_from([*DOCUMENT]), max_size=9))
    document = {
        key: value
        for key, value in DOCUMENT.items()
        if key not in absent - {'id', 'tenant_id', 'user_id'}
    }
    roles = draw(st.sets(st.sampled_from(['admin', 'member', 'a', 'b'])))
    caller = as_(*sorted(roles), user=draw(st.sampled_from(['u1', 'u2'])))
    modes = {
        layer: draw(MODES) for layer in ('field_policy', 'response_redaction')
    }
    # Off, nova would check the values.
    modes['field_validation'] = draw(st.sampled_from(['enforce', 'audit']))
    counts = draw(st.sampled_from(['sent', 'changed']))
    version = draw(st.sampled_from(VERSIONS))
    options = modes | {'counted_fields': counts}
    return rules, exempt, options, document, caller, version


def start(folder, rules, exempt, options, document):
    policy, constraints = folder / 'policy.yaml', folder / 'constraints.yaml'
    policy.write_text(json.dumps(rules or {'context_is_admin': 'role:admin'}))
    constraints.write_text(
        json.dumps(
            {
                name: [
                    {
                        'schema': {'enum': [VALUES[name][0]]},
                        'message': f'Not this {name}.',
                        'unless': check,
                    }
                ]
                for name, check in exempt.items()
            }
        )
    )
    return webtest.TestApp(
        filters.update_guard(
            {},
            policy_file=str(policy),
            constraints_file=str(constraints),
            os_update_guard='true',
            **options,
        )(nova(document))
    )


def check_update(guard, environ, version, row):
    """Send updates of the field of *row*, which tells what to expect."""

    def sent(value):
        return put(
            guard,
            {'server': {row['name']: value}},
            environ,
            '*',
            OpenStack_API_Version=f'compute {version}',
        )

    good, other = map(sent, VALUES[row['name']])
    if not row['may_change']:
        assert (good.status_int, other.status_int) == (403, 403), row
        assert row['rule'] in message(good)
        return
    assert good.status_int == 200, row
    if row['constraints']:
        assert [message(other)] == row['constraints']
    else:
        assert other.status_int == 200, row


@settings(max_examples=EXAMPLES)
@given(site=sites())
def test_what_is_told_is_what_an_update_and_a_get_then_find(site):
    *files, document, environ, version = site
    with tempfile.TemporaryDirectory() as folder:
        guard = start(Path(folder), *files, document)
        found = shown(guard, environ, version)
        names = [row['name'] for row in found['fields']]
        assert names == [*fields_at(version)]
        for row in found['fields']:
            check_update(guard, environ, version, row)
        server = guard.get(
            '/servers/s1',
            extra_environ=dict(environ),
            headers={'OpenStack-API-Version': f'compute {version}'},
        ).json['server']

    before = _at(version, document)
    hidden = found['hidden_attributes']
    assert set(hidden) <= attributes_at(version).keys()
    assert lost(before, server, attributes_at(version)) == {
        name for name in hidden if name in attributes(before)
    }


@pytest.mark.parametrize('version', VERSIONS)
def test_fields_of_other_versions_are_not_told_and_refused(tmp_path, version):
    guard = start(tmp_path, {}, {}, {}, DOCUMENT)
    found = shown(guard, as_('member'), version)
    taken = [
        name
        for name in VALUES
        if put(
            guard,
            {'server': {name: VALUES[name][0]}},
            as_('member'),
            '*',
            OpenStack_API_Version=f'compute {version}',
        ).status_int
        == 200
    ]

    assert sorted(row['name'] for row in found['fields']) == sorted(taken)
