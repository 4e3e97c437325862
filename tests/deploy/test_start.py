"""Warnings of the start, and the defaults without any file."""

import json
import logging
from pathlib import Path

import pytest

from nova_update_guard.compute_api.server_attributes import REQUIRED
from nova_update_guard.deploy import rule_differences, start_checks
from nova_update_guard.deploy.filters import update_guard
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import defaults

NOVA_PASTE = """
[composite:openstack_compute_api_v21]
use = call:nova.api.auth:pipeline_factory_v21
keystone = cors authtoken keystonecontext {v21} osapi_compute_app_v21

[composite:openstack_compute_api_v21_legacy_v2_compatible]
use = call:nova.api.auth:pipeline_factory_v21
keystone = authtoken keystonecontext legacy_v2_compatible {v2} the_app

[pipeline:oscomputeversions]
pipeline = cors faultwrap oscomputeversionapp

[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/: oscomputeversions
/v2.1/+: openstack_compute_api_v21
/v2/+: openstack_compute_api_v21_legacy_v2_compatible

[filter:guard]
use = egg:nova_update_guard#update_guard

[filter:cors]
paste.filter_factory = oslo_middleware.cors:filter_factory

[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory

[filter:keystonecontext]
paste.filter_factory = nova.api.auth:NovaKeystoneContext.factory

[filter:sizelimit]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory

[filter:faultwrap]
paste.filter_factory = nova.api.openstack:FaultWrapper.factory

[filter:legacy_v2_compatible]
paste.filter_factory = nova.api.openstack:LegacyV2CompatibleWrapper.factory

[app:osapi_compute_app_v21]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory

[app:the_app]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory

[app:oscomputeversionapp]
paste.app_factory = nova.api.openstack.compute.versions:Versions.factory
"""


@pytest.fixture(autouse=True)
def _warns_anew():
    start_checks._say.cache_clear()


def start(**options):
    return update_guard({}, **options)


def test_without_any_file_the_defaults_hold():
    assert start()


def test_with_all_layers_off_there_is_no_filter():
    app = object()

    assert start(**dict.fromkeys(LAYERS, 'off'))(app) is app


@pytest.mark.parametrize(
    ('v21', 'v2', 'unguarded'),
    [
        ('guard', 'guard', []),
        ('guard', '', ['openstack_compute_api_v21_legacy_v2_compatible']),
        ('', 'guard', ['openstack_compute_api_v21']),
        ('egg:nova_update_guard#one_parameter', 'guard', []),
        ('guard sizelimit', 'guard', ['openstack_compute_api_v21']),
    ],
)
def test_the_start_warns_of_pipelines_without_the_guard_at_the_end(
    tmp_path, caplog, v21, v2, unguarded
):
    file = tmp_path / 'api-paste.ini'
    file.write_text(NOVA_PASTE.format(v21=v21, v2=v2))

    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            update_guard({'__file__': str(file)})

    warned = [said for said in caplog.messages if 'composite' in said]
    assert len(warned) == len(unguarded)
    for pipeline, said in zip(unguarded, warned, strict=True):
        assert f'[composite:{pipeline}]' in said


@pytest.mark.parametrize('text', [None, 'no paste file'])
def test_the_start_warns_of_an_unreadable_paste_file(tmp_path, caplog, text):
    file = tmp_path / 'api-paste.ini'
    if text:
        file.write_text(text)

    update_guard({'__file__': str(file)})

    assert 'could not be checked' in caplog.text


@pytest.mark.parametrize('name', ['update_guard', *LAYERS])
def test_paste_finds_every_filter_by_its_name(tmp_path, name):
    from paste.deploy import loadfilter

    file = tmp_path / 'api-paste.ini'
    file.write_text(
        f'[filter:main]\nuse = egg:nova_update_guard#{name}\n'
        'max_body_bytes = 1000\n'
    )

    assert loadfilter(f'config:{file}')(lambda environ, start: [])


ROOT = Path(__file__).parents[2]
PROFILES = sorted((ROOT / 'etc/nova-update-guard/profiles').iterdir())


@pytest.mark.parametrize('profile', PROFILES, ids=lambda path: path.stem)
def test_a_profile_is_a_configuration_that_starts(profile, caplog):
    start(oslo_config_file=str(profile))

    assert 'refuses known clients: ' in caplog.text
    # Two options of gophercloud's are two parameters under all of them.
    is_all = (
        'refuses known clients: gophercloud (two options). ' in caplog.text
    )
    assert is_all == (profile.stem == 'interop')


def test_in_audit_mode_the_start_names_the_clients_it_would_refuse(caplog):
    start(one_parameter='audit')

    assert 'would refuse known clients: ' in caplog.text


def test_the_start_names_the_clients_that_the_settings_refuse(caplog):
    for _ in range(2):
        start(counted_fields='changed', allowed_field_sets='name+description')

    assert 'Ansible openstack.cloud.server (both access' in caplog.text
    assert 'Horizon' not in caplog.text
    assert caplog.text.count('refuses known clients') == 1


def test_without_the_one_parameter_rule_no_client_is_refused(caplog):
    start(one_parameter='off')

    assert 'known clients' not in caplog.text


@pytest.mark.parametrize(
    ('filters', 'warned'),
    [
        ('authtoken keystonecontext guard', []),
        ('guard authtoken keystonecontext', ['401']),
        ('authtoken guard keystonecontext', ['401']),
        ('authtoken keystonecontext guard sizelimit', []),
    ],
)
def test_the_start_warns_of_a_guard_before_authentication(
    tmp_path, caplog, filters, warned
):
    file = tmp_path / 'api-paste.ini'
    file.write_text(NOVA_PASTE.format(v21='guard', v2='guard').replace(
        'cors authtoken keystonecontext guard', filters
    ))  # fmt: skip

    update_guard({'__file__': str(file)})

    found = [said for said in caplog.messages if '401' in said]
    assert len(found) == len(warned)


EVERYTHING = {
    rule.name: '@'
    for rule in defaults.list_rules()
    if rule.name.startswith('update_guard:')
}
SEES = 'show:* allow everybody'
CHANGES = 'update:* allow everybody'
LEFT_OUT = 'which nova sends'


@pytest.mark.parametrize(
    ('but', 'options', 'said'),
    [
        ({}, {}, {SEES, CHANGES}),
        ({'update_guard:server:show:hostId': '!'}, {}, {CHANGES}),
        (
            {
                'update_guard:server:show:OS-EXT-SRV-ATTR:hostname'
                ':before-2.90': '!'
            },
            {},
            {CHANGES},
        ),
        ({'update_guard:server:update:name': 'role:x'}, {}, {SEES}),
        ({}, {'response_redaction': 'off'}, {CHANGES}),
        ({}, {'field_policy': 'off'}, {SEES}),
        ({}, {'response_redaction': 'audit'}, {SEES, CHANGES}),
    ],
)
def test_the_start_warns_of_a_policy_that_allows_everything(
    tmp_path, caplog, but, options, said
):
    file = tmp_path / 'policy.json'
    file.write_text(json.dumps(EVERYTHING | but))

    start(policy_file=str(file), **options)

    assert {words for words in (SEES, CHANGES) if words in caplog.text} == said


def test_the_start_does_not_warn_of_the_default_policy(caplog):
    start()

    assert 'everybody' not in caplog.text
    assert LEFT_OUT not in caplog.text


@pytest.mark.parametrize(
    ('unless', 'options', 'is_told'),
    [
        ('project_id:%(project_id)s', {}, True),
        ('user_id:%(user_id)s', {}, True),
        ('project_id:%(server.tenant_id)s', {}, True),
        ('user_id:%(server.user_id)s', {}, True),
        ('role:admin or project_id:%(project_id)s', {}, True),
        ('role:member and not user_id:%(user_id)s', {}, True),
        ('rule:owner', {}, True),
        ('project_id:%(project_id)s', {'field_validation': 'audit'}, True),
        ('project_id:%(project_id)s', {'field_validation': 'off'}, False),
        ('project_id:%(project_id)s', {'check_create': 'false'}, False),
        ('role:admin', {}, False),
        ('project_id:f5d834d636c642d2b9f14dd32b9b9c3e', {}, False),
        ("'az1':%(server.OS-EXT-AZ:availability_zone)s", {}, False),
    ],
)
def test_the_start_warns_of_a_constraint_that_spares_who_creates(
    tmp_path, caplog, unless, options, is_told
):
    policy, file = tmp_path / 'policy.yaml', tmp_path / 'constraints.yaml'
    policy.write_text('owner: "project_id:%(project_id)s"\n')
    file.write_text(
        'hostname:\n- {schema: {maxLength: 9}, message: m}\n'
        'name:\n- {schema: {maxLength: 9}, message: m}\n'
        f'- {{schema: {{maxLength: 8}}, message: m, unless: "{unless}"}}\n'
    )
    start(policy_file=str(policy), constraints_file=str(file), **options)

    where = f'{file}:5: update_guard_constraint:name:2: unless: '
    assert (where in caplog.text) is is_told
    assert ('is true at every create' in caplog.text) is is_told


@pytest.mark.parametrize('checks', ['true', 'false'])
def test_the_start_warns_of_rules_of_create_that_are_not_used(
    tmp_path, caplog, checks
):
    file = tmp_path / 'policy.yaml'
    file.write_text('update_guard:server:create:hostname: role:dns\n')

    start(policy_file=str(file), check_create=checks)

    said = f'{file}:1: update_guard:server:create:hostname: has no effect'
    assert (said in caplog.text) is (checks == 'false')


@pytest.mark.parametrize('name', REQUIRED)
@pytest.mark.parametrize(
    ('rule', 'hides'),
    [
        ('@', False),
        ('rule:all', False),
        ('@ or role:x', False),
        ('role:reader or @', False),
        ('!', True),
        ('role:admin', True),
        ('rule:context_is_admin', True),
        ('project_id:%(project_id)s', True),
        ('not role:banned', True),
        ('rule:but', True),
    ],
)
def test_the_start_warns_of_what_strict_clients_need(
    tmp_path, caplog, name, rule, hides
):
    file = tmp_path / 'policy.yaml'
    file.write_text(
        'all: "@"\nbut: "not role:banned"\n'
        f'# Here.\nupdate_guard:server:show:{name}: "{rule}"\n'
    )

    start(policy_file=str(file))

    found = [said for said in caplog.messages if LEFT_OUT in said]
    place = f'{file}:4: update_guard:server:show:{name}: '
    assert [said.startswith(place) for said in found] == [True] * hides


@pytest.mark.parametrize('name', ['status', 'flavor', 'tenant_id', 'name'])
def test_the_start_does_not_warn_of_what_has_a_value(tmp_path, caplog, name):
    file = tmp_path / 'policy.yaml'
    file.write_text(f'update_guard:server:show:{name}: "!"\n')

    start(policy_file=str(file))

    assert LEFT_OUT not in caplog.text


def test_without_redaction_nothing_is_left_out(tmp_path, caplog):
    file = tmp_path / 'policy.yaml'
    file.write_text('update_guard:server:show:created: "!"\n')

    start(policy_file=str(file), response_redaction='off')

    assert LEFT_OUT not in caplog.text


def test_outside_of_nova_its_policy_is_not_compared(tmp_path, monkeypatch):
    compared = []
    monkeypatch.setattr(
        rule_differences,
        'differences',
        lambda *args: compared.append(args) or [],
    )
    file = tmp_path / 'api-paste.ini'
    file.write_text('[app:nova]\nuse = egg:nova_update_guard#nova_proxy\n')

    for path in ('', str(file), str(tmp_path / 'nowhere')):
        update_guard({'__file__': path})

    assert compared == []


NO_NAME_OF_A_POLICY = (
    *('20-x.yml~', '20-x.yml.bak', '20-x.yaml.dpkg-old', 'README.txt'),
    *('yaml', '#20-x.yaml#'),
)


@pytest.mark.parametrize('name', NO_NAME_OF_A_POLICY)
def test_the_start_warns_of_a_file_that_may_be_a_backup(
    tmp_path, caplog, name
):
    """It is read all the same, as oslo.policy does, and wins."""
    for each in ('20-x.yaml', '20-x.yml', '20-x.json', '20-X.YAML', '.x.swp'):
        (tmp_path / each).write_text('# Nothing\n')
    (tmp_path / name).write_text('# Nothing\n')

    start(policy_dirs=str(tmp_path))

    (found,) = (said for said in caplog.messages if 'is read as a' in said)
    assert found.startswith(f'{tmp_path / name}: ')
    assert found.endswith('or else move it out of the directory')


def test_the_start_warns_of_options_that_are_hardly_meant(tmp_path, caplog):
    file = tmp_path / 'guard.conf'
    file.write_text(
        '[update_guard]\nallowed_field_sets = name, description\n'
        'one_parameter = off\none_parameter = audit\n'
    )

    for _ in range(2):
        start(oslo_config_file=str(file))

    for said in ('as in name+description', 'is given in lines 3, 4'):
        (_,) = (each for each in caplog.messages if said in each)
