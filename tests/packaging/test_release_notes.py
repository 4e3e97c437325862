"""The release notes, as reno reads them."""

import re
import shutil

import pytest

from tests.cloud.processes import ROOT
from tests.packaging import notes
from tests.packaging.debian import package

NOTES = ROOT / 'releasenotes' / 'notes'
# Names in the notes that are others': nova's, oslo's, keystonemiddleware's,
# Horizon's, those of HTTP, WSGI and JSON Schema.
OF_OTHERS = {
    'PATH_INFO',
    'SCRIPT_NAME',
    '_method',
    'customization_module',
    'disable_by_file',
    'http_connect_timeout',
    'http_request_max_retries',
    'is_admin',
    'launch_index',
    'memcache_tls_enabled',
    'memcache_use_advanced_pool',
    'memcached_servers',
    'remote_ssl_verify_server_crt',
    'remote_timeout',
    'root_device_name',
}
_LITERAL = re.compile(r'``(.+?)``', re.DOTALL)
_NAME = re.compile(r'[A-Za-z]*(?:_[A-Za-z]+)+')

needs_git = pytest.mark.skipif(
    shutil.which('git') is None, reason='reno reads the history of git'
)


@pytest.fixture(scope='module')
def repository(tmp_path_factory):
    return notes.repository(tmp_path_factory.mktemp('notes'))


@needs_git
def test_lint_finds_nothing(repository):
    notes.lint(repository)


@needs_git
def test_notes_of_the_version_begin_with_security(repository):
    text = notes.report(repository)

    titles = re.findall(r'^(\w.*)\n[=-]+$', text, re.MULTILINE)
    assert titles[1:4] == [package.version(), 'Prelude', 'Security Issues']


def test_one_prelude_says_what_the_release_is():
    texts = [file.read_text() for file in NOTES.glob('*.yaml')]

    assert sum('\nprelude:' in text for text in texts) == 1


def test_names_in_the_notes_are_names_of_the_project(names):
    text = '\n'.join(file.read_text() for file in NOTES.glob('*.yaml'))
    used = {
        name
        for literal in _LITERAL.findall(text)
        for name in _NAME.findall(literal)
    }

    assert used - names - OF_OTHERS == set()


@pytest.fixture(scope='module')
def names():
    """All names with an underscore of the package, samples and setup.cfg."""
    files = [
        *(ROOT / 'nova_update_guard').rglob('*.py'),
        *(ROOT / 'etc' / 'nova-update-guard').glob('*.*'),
        ROOT / 'setup.cfg',
    ]
    return {name for file in files for name in _NAME.findall(file.read_text())}
