"""A WSGI server shows why a proxy does not start."""

import os
import shutil
import stat
import subprocess
import sys

import pytest

from tests.cloud.proxies import SHIPPED

KEYSTONE = """\
[keystone_authtoken]
auth_type = password
auth_url = http://a
username = nova
password = secret
"""


def test_logs_are_for_their_group_at_most(tmp_path):
    shutil.copy(SHIPPED / 'api-paste.ini', tmp_path)
    (tmp_path / 'nova-update-guard.conf').write_text(
        f'[DEFAULT]\nlog_file = {tmp_path}/guard.log\n{KEYSTONE}'
    )
    subprocess.run(
        [
            sys.executable,
            '-W',
            'ignore',
            '-c',
            'import os; os.umask(0); import nova_update_guard.wsgi',
        ],
        env=os.environ | {'NOVA_UPDATE_GUARD_CONFIG_DIR': str(tmp_path)},
        check=True,
    )

    assert stat.S_IMODE((tmp_path / 'guard.log').stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (
            'one_parameter = strict',
            ['one_parameter', 'nova-update-guard.conf'],
        ),
        ('policy_file = /nowhere', ['/nowhere']),
        (
            '[keystone_authtoken]\nauth_section = elsewhere',
            ['[keystone_authtoken] auth_type'],
        ),
        ('policy_file = {folder}/p.yaml', ['p.yaml:2: ', 'no such rule']),
    ],
)
def test_a_failed_start_names_the_mistake_in_few_lines(
    tmp_path, options, said
):
    shutil.copy(SHIPPED / 'api-paste.ini', tmp_path)
    (tmp_path / 'p.yaml').write_text('\nupdate_guard:x: role:x\n')
    (tmp_path / 'nova-update-guard.conf').write_text(
        f'[update_guard]\n{options.format(folder=tmp_path)}\n{KEYSTONE}'
    )
    done = subprocess.run(
        [
            sys.executable,
            '-W',
            'ignore',
            '-c',
            'import nova_update_guard.wsgi',
        ],
        env=os.environ | {'NOVA_UPDATE_GUARD_CONFIG_DIR': str(tmp_path)},
        # oslo.log takes the one, Python the other.
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.strip()]

    assert done.returncode == 1
    assert all(words in lines[0] for words in said), done.stdout
    assert 'LocationInfo' not in done.stdout
    assert len(lines) < 12
