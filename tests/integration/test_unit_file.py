"""The unit for systemd, as systemd sees it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud.proxies import SHIPPED

NAME = 'nova-update-guard.service'
# Of 100; what is above is "exposed" and worse.
MOST = 30

pytestmark = pytest.mark.skipif(
    shutil.which('systemd-analyze') is None,
    reason='systemd is not installed: apt-get install systemd',
)


@pytest.fixture
def unit(tmp_path):
    """Return the file, with the uWSGI that is installed here."""
    text = (SHIPPED / NAME).read_text()
    shipped = '/opt/nova-update-guard/bin/uwsgi '
    assert text.count(shipped) == 1
    ours = Path(sys.executable).with_name('uwsgi')
    file = tmp_path / NAME
    file.write_text(text.replace(shipped, f'{ours} '))
    return file


def analyze(*arguments):
    return subprocess.run(
        ['systemd-analyze', '--no-pager', *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_unit_passes_verify_without_a_word(unit):
    done = analyze('verify', '--man=no', unit)

    # Other units of the machine are none of ours.
    said = [line for line in done.stdout.splitlines() if NAME in line]
    assert (done.returncode, said) == (0, []), done.stdout


def test_the_unit_leaves_little_to_an_intruder(unit):
    done = analyze('security', '--offline=yes', f'--threshold={MOST}', unit)

    assert done.returncode == 0, done.stdout


def test_files_of_the_guard_are_for_its_group_at_most(unit):
    lines = unit.read_text().splitlines()

    assert {
        'UMask=0027',
        'LogsDirectoryMode=0750',
        'RuntimeDirectoryMode=0750',
    } <= {*lines}


def test_systemd_leaves_the_workers_to_the_main_process(unit):
    assert 'KillMode=mixed' in unit.read_text().splitlines()
