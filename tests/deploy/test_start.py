"""What stops the start, what warns, and that defaults need no file."""

import json
import logging
import os
from pathlib import Path

import pytest

from nova_update_guard.conf.loader import OptionError
from nova_update_guard.conf.options import OPTIONS
from nova_update_guard.deploy import nova_policy, start_checks
from nova_update_guard.deploy.filters import update_guard
from nova_update_guard.layers.modes import LAYERS
from nova_update_guard.policy import defaults
from nova_update_guard.policy.checks import PolicyError

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

[filter:guard]
use = egg:nova_update_guard#update_guard

[app:osapi_compute_app_v21]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory

[app:the_app]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory

[app:oscomputeversionapp]
paste.app_factory = nova.api.openstack.compute.versions:Versions.factory
"""


@pytest.fixture(autouse=True)
def _warns_anew():
    start_checks.warn_of_clients.cache_clear()
    start_checks._say.cache_clear()


def start(**options):
    return update_guard({}, **options)


def test_without_any_file_the_defaults_hold():
    assert start()


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'one_paramter': 'off'}, ['one_paramter', 'one_parameter']),
        ({'one_parameter': 'on'}, ['one_parameter', "'on'", 'enforce']),
        ({'one_parameter': 'False'}, ['one_parameter', 'False']),
        ({'empty_update': 'yes'}, ['empty_update', 'refuse']),
        ({'counted_fields': 'all'}, ['counted_fields', 'sent', 'changed']),
        (
            {'allowed_field_sets': 'name+nme'},
            ['allowed_field_sets', 'nme', 'description'],
        ),
        ({'allowed_field_sets': 'name+'}, ['allowed_field_sets', "''"]),
        ({'max_body_bytes': '0'}, ['max_body_bytes', '1']),
        ({'body_timeout': '0'}, ['body_timeout', '0.1']),
        ({'body_timeout': 'nan'}, ['body_timeout', 'nan']),
        ({'max_body_bytes': 'many'}, ['max_body_bytes', 'many']),
        ({'oslo_config_file': 'nowhere.conf'}, ['nowhere.conf']),
        ({'policy_file': '/nowhere.yaml'}, ['policy_file', '/nowhere.yaml']),
        ({'policy_dirs': '/nowhere.d'}, ['policy_dirs', '/nowhere.d']),
    ],
)
def test_a_bad_option_stops_the_start_and_says_what_it_takes(options, words):
    with pytest.raises(OptionError) as error:
        start(**options)

    assert [word for word in words if word not in str(error.value)] == []


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('a: [', ['policy.yaml:1: ']),
        ('- a', ['policy.yaml', 'mapping']),
        ('# of\na: 5', ['policy.yaml:2: ', 'a', '5']),
        ('5: a', ['policy.yaml:1: ', 'a', '5']),
        (
            'update_guard:server:show:nme: "@"',
            ['update_guard:server:show:nme'],
        ),
    ],
)
def test_a_broken_policy_stops_the_start_and_says_where(tmp_path, text, words):
    file = tmp_path / 'policy.yaml'
    file.write_text(text)

    with pytest.raises(PolicyError) as error:
        start(policy_file=str(file))

    assert [word for word in words if word not in str(error.value)] == []


def conf(tmp_path, text):
    file = tmp_path / 'nova-update-guard.conf'
    file.write_text(text)
    return str(file)


def test_paste_options_win_over_the_file(tmp_path):
    file = conf(tmp_path, '[update_guard]\none_parameter = warm\n')

    with pytest.raises(OptionError, match='warm'):
        start(oslo_config_file=file)
    assert start(oslo_config_file=file, one_parameter='off')


def test_a_name_in_the_file_that_is_no_option_stops_the_start(tmp_path):
    file = conf(tmp_path, '[update_guard]\none_paramter = off\n')

    with pytest.raises(OptionError, match='one_paramter'):
        start(oslo_config_file=file)


@pytest.mark.parametrize('group', ['Update_Guard', 'UPDATE_GUARD'])
def test_so_it_does_in_whatever_case_the_group_is_written(tmp_path, group):
    file = conf(tmp_path, f'[{group}]\none_paramter = off\n')

    with pytest.raises(OptionError, match='one_paramter'):
        start(oslo_config_file=file)


@pytest.mark.parametrize(
    'group', ['update_gaurd', 'update-guard', 'Update-Guard', 'updateguard']
)
def test_a_group_that_is_misspelt_stops_the_start(tmp_path, group):
    file = conf(tmp_path, f'[{group}]\nfield_policy = enforce\n')

    with pytest.raises(OptionError, match=r'mean \[update_guard\]'):
        start(oslo_config_file=file)


@pytest.mark.parametrize('name', ['policy_file', 'constraints_file'])
def test_a_file_that_is_named_has_to_be_there_also_by_its_usual_name(
    tmp_path, name
):
    usual = {option.name: option.default for option in OPTIONS}[name]
    file = conf(tmp_path, f'[update_guard]\n{name} = {usual}\n')

    with pytest.raises(OptionError, match=f'{usual}: there is no such file'):
        start(oslo_config_file=file)


@pytest.mark.parametrize('data', [b'', b' \n', b'\xef\xbb\xbf'])
def test_an_empty_policy_file_stops_the_start(tmp_path, data):
    file = tmp_path / 'policy.yaml'
    file.write_bytes(data)

    with pytest.raises(PolicyError, match='is empty; to have the defaults'):
        start(policy_file=str(file))


@pytest.mark.parametrize('stands', ['a pipe', 'a link to a folder'])
def test_what_is_no_file_in_a_policy_folder_stops_the_start(tmp_path, stands):
    folder = tmp_path / 'policy.d'
    (folder / 'a real folder').mkdir(parents=True)
    path = folder / 'a.yaml'
    if stands == 'a pipe':
        os.mkfifo(path)
    else:
        path.symlink_to(folder / 'a real folder')

    with pytest.raises(PolicyError, match=r'a\.yaml is no regular file'):
        start(policy_dirs=str(folder))


def test_so_it_does_in_a_folder_of_more_files(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    folder = tmp_path / '.nova-update-guard' / 'nova-update-guard.conf.d'
    folder.mkdir(parents=True)
    (folder / '50.conf').write_text('[update_guard]\none_paramter = off\n')

    with pytest.raises(OptionError, match=r'50\.conf.*one_paramter'):
        start(oslo_config_file=conf(tmp_path, ''))


@pytest.mark.parametrize(
    'name',
    [
        'nova-update-guard.conf',
        'update-guard-policy.yaml',
        'update-guard-policy.d',
        'update-guard-constraints.yaml',
    ],
)
def test_a_link_that_leads_nowhere_stops_the_start(
    tmp_path, monkeypatch, name
):
    monkeypatch.setenv('HOME', str(tmp_path))
    link = tmp_path / '.nova-update-guard' / name
    link.parent.mkdir()
    link.symlink_to('nowhere')

    with pytest.raises((OptionError, OSError), match=name):
        start()


def test_a_folder_that_is_closed_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    folder = tmp_path / '.nova-update-guard'
    folder.mkdir()
    # Nothing is closed to root.
    monkeypatch.setattr(os, 'access', lambda path, _: path != folder)

    with pytest.raises(OptionError, match='Permission denied'):
        start()


def test_options_of_nova_in_the_same_file_are_not_ours(tmp_path):
    rules = tmp_path / 'policy.d'
    rules.mkdir()
    (rules / 'nova.yaml').write_text('update_guard:no:such:rule: "@"')
    file = conf(
        tmp_path,
        '[DEFAULT]\ndebug = true\n[oslo_policy]\n'
        f'policy_dirs = {rules}\npolicy_file = {rules}/nova.yaml\n',
    )

    assert start(oslo_config_file=file)


def test_all_layers_off_is_no_filter_at_all():
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
def test_the_start_warns_of_novas_pipelines_without_the_guard_at_the_end(
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
def test_a_paste_file_that_cannot_be_read_warns(tmp_path, caplog, text):
    file = tmp_path / 'api-paste.ini'
    if text:
        file.write_text(text)

    update_guard({'__file__': str(file)})

    assert 'could not be looked at' in caplog.text


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


def test_of_a_rule_that_only_warns_the_start_says_what_it_would_refuse(caplog):
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
def test_the_start_warns_of_a_guard_that_gets_callers_nobody_has_verified(
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
SEES = 'everybody see everything'
CHANGES = 'everybody change everything'


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
def test_the_start_warns_of_a_policy_that_keeps_nothing_from_anybody(
    tmp_path, caplog, but, options, said
):
    file = tmp_path / 'policy.json'
    file.write_text(json.dumps(EVERYTHING | but))

    start(policy_file=str(file), **options)

    assert {words for words in (SEES, CHANGES) if words in caplog.text} == said


def test_the_default_policy_keeps_something(caplog):
    start()

    assert 'everybody' not in caplog.text


def test_outside_of_nova_its_policy_is_not_looked_at(tmp_path, monkeypatch):
    compared = []
    monkeypatch.setattr(
        nova_policy, 'narrowed', lambda *args: compared.append(args) or []
    )
    file = tmp_path / 'api-paste.ini'
    file.write_text('[app:nova]\nuse = egg:nova_update_guard#nova_proxy\n')

    for path in ('', str(file), str(tmp_path / 'nowhere')):
        update_guard({'__file__': path})

    assert compared == []
