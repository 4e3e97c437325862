"""A wrong option stops the start; the error names the valid values."""

import os

import pytest

from nova_update_guard.conf import loader
from nova_update_guard.conf.loader import OptionError
from nova_update_guard.conf.options import OPTIONS
from nova_update_guard.deploy.filters import update_guard


def start(**options):
    return update_guard({}, **options)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (
            {'one_paramter': 'off'},
            ["(did you mean 'one_parameter'?)", 'counted_fields'],
        ),
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
def test_a_wrong_option_stops_the_start_and_the_error_says_what_it_takes(
    options, words
):
    with pytest.raises(OptionError) as error:
        start(**options)

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


def test_an_unknown_option_in_the_file_stops_the_start(tmp_path):
    file = conf(tmp_path, '[update_guard]\none_paramter = off\n')

    with pytest.raises(OptionError, match='one_paramter'):
        start(oslo_config_file=file)


@pytest.mark.parametrize('group', ['Update_Guard', 'UPDATE_GUARD'])
def test_an_unknown_option_of_a_group_in_other_case_stops_the_start(
    tmp_path, group
):
    file = conf(tmp_path, f'[{group}]\none_paramter = off\n')

    with pytest.raises(OptionError, match='one_paramter'):
        start(oslo_config_file=file)


@pytest.mark.parametrize(
    'group', ['update_gaurd', 'update-guard', 'Update-Guard', 'updateguard']
)
def test_a_group_that_is_misspelt_stops_the_start(tmp_path, group):
    file = conf(tmp_path, f'[{group}]\nfield_policy = enforce\n')

    with pytest.raises(OptionError, match=r'mean .update_guard'):
        start(oslo_config_file=file)


@pytest.mark.parametrize('name', ['policy_file', 'constraints_file'])
def test_a_file_that_is_named_has_to_be_there_also_by_its_usual_name(
    tmp_path, name
):
    usual = {option.name: option.default for option in OPTIONS}[name]
    file = conf(tmp_path, f'[update_guard]\n{name} = {usual}\n')

    with pytest.raises(OptionError, match=f'{usual}: there is no such file'):
        start(oslo_config_file=file)


def test_an_unknown_option_in_a_conf_d_folder_stops_the_start(
    tmp_path, monkeypatch
):
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


def test_options_of_nova_in_the_same_file_are_ignored(tmp_path):
    rules = tmp_path / 'policy.d'
    rules.mkdir()
    (rules / 'nova.yaml').write_text('update_guard:no:such:rule: "@"')
    file = tmp_path / 'nova.conf'
    file.write_text(
        '[DEFAULT]\ndebug = true\n[oslo_policy]\n'
        f'policy_dirs = {rules}\npolicy_file = {rules}/nova.yaml\n'
    )

    assert start(oslo_config_file=str(file))


def test_a_variable_that_is_not_set_names_no_folder(tmp_path, monkeypatch):
    """Outside a snap, the current folder is not searched; it may be closed."""
    for name in ('SNAP', 'SNAP_COMMON'):
        monkeypatch.delenv(name, raising=False)
        folder = tmp_path / f'${name}' / 'etc' / loader.PROJECT
        folder.mkdir(parents=True)
        (folder / 'rules.yaml').touch()
    monkeypatch.chdir(tmp_path)

    conf = loader.read({}, 'update_guard')

    assert loader.find(conf, 'rules.yaml') is None


@pytest.mark.parametrize(
    ('name', 'other'), [('a.yaml', 'a.yml'), ('a.yml', 'a.json')]
)
def test_a_file_that_is_there_by_another_ending_is_named(
    tmp_path, name, other
):
    near = tmp_path / other
    near.write_text('# Nothing')

    with pytest.raises(OptionError, match=f'such file, but there is {near};'):
        start(policy_file=str(tmp_path / name))


@pytest.mark.parametrize('name', ['policy', 'constraints'])
def test_a_file_beside_a_default_that_is_missing_is_warned_of(
    tmp_path, caplog, name
):
    near = tmp_path / f'update-guard-{name}.yml'
    near.write_text('# Nothing')
    file = conf(tmp_path, '')

    start(oslo_config_file=file)
    assert f'{near}: is not read, since {name}_file is update' in caplog.text
    caplog.clear()
    near.rename(near.with_suffix('.yaml'))
    start(oslo_config_file=file)
    assert 'is not read' not in caplog.text
