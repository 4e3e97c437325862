"""The unit for systemd, as systemd sees it."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud.processes import surroundings
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
    """Return the file, with the programs that are installed here."""
    text = (SHIPPED / NAME).read_text()
    for name in ('uwsgi', 'python'):
        shipped = f'/opt/nova-update-guard/bin/{name} '
        assert text.count(shipped) == 1
        ours = Path(sys.executable).with_name(name)
        text = text.replace(shipped, f'{ours} ')
    file = tmp_path / NAME
    file.write_text(text)
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


def test_a_start_fails_by_what_would_stop_the_workers(unit, tmp_path):
    first, *_ = values(unit, 'ExecStartPre')
    (tmp_path / 'api-paste.ini').write_text(
        (SHIPPED / 'api-paste.ini').read_text()
    )
    (tmp_path / 'nova-update-guard.conf').write_text(
        '[update_guard]\nno_such_option = 1\n'
    )

    done = subprocess.run(
        shlex.split(first),
        env=surroundings(NOVA_UPDATE_GUARD_CONFIG_DIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout
    assert "[update_guard] has no option 'no_such_option'" in done.stdout


def test_its_metrics_are_gone_before_the_workers_begin(unit):
    _, second = values(unit, 'ExecStartPre')

    (folder,) = values(unit, 'RuntimeDirectory')
    assert shlex.split(second)[1:] == [
        *(f'/run/{folder}', '-name', '*.db', '-delete')
    ]


def test_it_is_started_again_until_it_can_start(unit):
    assert values(unit, 'Restart') == ['on-failure']
    assert values(unit, 'RestartSec') == ['5']
    assert values(unit, 'StartLimitIntervalSec') == ['0']


def test_the_group_is_that_which_may_read_the_configuration(unit):
    assert values(unit, 'Group') == values(unit, 'User')


def values(unit, key):
    lines = unit.read_text().splitlines()
    start = f'{key}='
    return [
        line.removeprefix(start) for line in lines if line.startswith(start)
    ]
