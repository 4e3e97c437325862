"""The places that repeat the version and the constraints."""

import re
import sys

import pytest
import yaml

from tests.cloud.processes import ROOT
from tests.packaging import constraints
from tests.packaging.debian import package, page

VERSION = package.version()
SECURITY = ROOT / 'SECURITY.md'


def test_debian_changelog_begins_with_the_version():
    text = (ROOT / 'debian' / 'changelog').read_text()

    assert text.startswith(f'{package.NAME} ({VERSION}) ')


def test_debian_page_installs_this_version():
    (command,) = page.commands('Install')

    assert command.strip() == (
        f'apt-get install ./{package.NAME}_{VERSION}_amd64.deb'
    )


def test_release_notes_without_a_tag_are_of_the_version():
    text = (ROOT / 'releasenotes' / 'config.yaml').read_text()

    version = yaml.safe_load(text)['unreleased_version_title']
    assert version == VERSION.partition('.dev')[0]


def test_security_page_mends_the_version():
    supported = re.findall(
        r'^\| (\d+\.\d+) \| yes', SECURITY.read_text(), re.M
    )

    assert VERSION.rpartition('.')[0] in supported


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason='they are those of Python 3.11'
)
def test_constraints_are_the_tested_versions_of_what_a_host_installs():
    # python -m tests.packaging.constraints writes them.
    assert constraints.FILE.read_text() == constraints.text()


def test_debian_package_has_all_extras_of_a_host():
    rules = (ROOT / 'debian' / 'rules').read_text()

    (line,) = re.findall(r'^EXTRAS = (.*)$', rules, re.MULTILINE)
    # The commands of "report" are among those of "policy".
    assert {*line.split(',')} == {*constraints.extras()} - {'report'}
