"""What is kept of names, and what is made of odd ones."""

import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from nova_update_guard.cmd import keystone_names, names_cache

# openstacksdk says so of a part of its own that nobody asks for here.
pytestmark = pytest.mark.filterwarnings('ignore:Support for InfluxDB')

NAMES = {'project': {'p1': 'garden'}, 'user': {'u1': 'ada'}}


def test_the_cloud_envvars_is_that_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.delenv('OS_CLOUD', raising=False)
    monkeypatch.setenv('OS_AUTH_URL', 'http://keystone.example:5000')
    monkeypatch.setenv('OS_USERNAME', 'ada')

    auth = keystone_names._region('envvars').config['auth']

    assert auth['auth_url'] == 'http://keystone.example:5000'
    assert auth['username'] == 'ada'


def test_names_are_kept_in_a_folder_of_ones_own(tmp_path):
    file = tmp_path / 'cache' / 'names.json'
    names_cache.write(file, NAMES)

    assert names_cache.read(file) == NAMES


@pytest.mark.parametrize('mode', [0o770, 0o702])
def test_a_folder_in_which_others_can_write_keeps_nothing(tmp_path, mode):
    folder = tmp_path / 'cache'
    folder.mkdir()
    folder.chmod(mode)

    with pytest.raises(OSError, match='this user alone'):
        names_cache.write(folder / 'names.json', NAMES)
    assert [*folder.iterdir()] == []


def test_a_folder_that_is_a_link_keeps_nothing(tmp_path):
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'cache').symlink_to(tmp_path / 'elsewhere')

    with pytest.raises(OSError, match='this user alone'):
        names_cache.write(tmp_path / 'cache' / 'names.json', NAMES)
    assert [*(tmp_path / 'elsewhere').iterdir()] == []


def test_names_in_a_folder_of_others_are_not_read(tmp_path):
    file = tmp_path / 'cache' / 'names.json'
    names_cache.write(file, NAMES)
    file.parent.chmod(0o702)

    assert names_cache.read(file) is None


@pytest.mark.parametrize('act', ['read', 'write'])
def test_a_folder_that_becomes_a_link_leads_nowhere(
    tmp_path, monkeypatch, act
):
    """The owner of the folder above changes it right after it was checked."""
    folder, elsewhere = tmp_path / 'cache', tmp_path / 'elsewhere'
    file = folder / 'names.json'
    names_cache.write(file, NAMES)
    trap = {'project': {'p1': 'trap'}, 'user': {}}
    names_cache.write(elsewhere / 'names.json', trap)
    checked, swapped = os.fstat, []

    def swap(descriptor):
        about = checked(descriptor)
        if not swapped:
            swapped.append(folder.rename(tmp_path / 'away'))
            folder.symlink_to(elsewhere)
        return about

    monkeypatch.setattr(os, 'fstat', swap)
    if act == 'read':
        assert names_cache.read(file) == NAMES
    else:
        names_cache.write(file, NAMES)

    assert swapped
    assert names_cache.read(elsewhere / 'names.json') == trap


@pytest.mark.parametrize('kind', ['FIFO', 'link'])
def test_something_else_than_a_file_is_no_cache(tmp_path, kind):
    file = tmp_path / 'cache' / 'names.json'
    names_cache.write(file, NAMES)
    if kind == 'FIFO':
        file.unlink()
        os.mkfifo(file, 0o600)
    else:
        file.rename(tmp_path / 'names.json').chmod(0o600)
        file.symlink_to(tmp_path / 'names.json')

    # In a process of its own, that can be ended if it waits.
    code = (
        'import sys, pathlib\n'
        'from nova_update_guard.cmd import names_cache\n'
        'print(names_cache.read(pathlib.Path(sys.argv[1])))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code, file],
        capture_output=True,
        timeout=60,
        check=True,
        text=True,
    )

    assert done.stdout.strip() == 'None'


@pytest.fixture
def entries(tmp_path, monkeypatch):
    """Return what makes keystone list *projects* and *users*."""
    file = tmp_path / 'clouds.yaml'
    file.write_text(
        'clouds: {odd: {auth: {auth_url: "http://127.0.0.1:9"}}}\n'
    )
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(file))
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))

    def entries(projects, users):
        identity = SimpleNamespace(
            projects=lambda: iter(projects), users=lambda: iter(users)
        )
        monkeypatch.setattr(
            keystone_names,
            'Connection',
            lambda config: SimpleNamespace(identity=identity),
        )

    return entries


@pytest.mark.parametrize('odd', [5, None, ['ada'], {}])
def test_an_id_or_name_that_is_no_text_is_left_out(entries, odd):
    ada = SimpleNamespace(id='u1', name='ada')
    entries(
        [SimpleNamespace(id=odd, name='garden')],
        [ada, SimpleNamespace(id='u2', name=odd)],
    )

    assert keystone_names.names('odd') == {
        'project': {},
        'user': {'u1': 'ada'},
    }


def test_a_list_of_something_else_leaves_the_ids(entries, caplog):
    entries([1], [])
    caplog.set_level(logging.WARNING)

    assert keystone_names.names('odd') == {}
    assert 'ids without names' in caplog.text
