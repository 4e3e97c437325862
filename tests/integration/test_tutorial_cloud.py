"""The tutorial's commands, one after the other, on the real cloud."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud import farewell
from tests.cloud.cloud import Cloud
from tests.cloud.ports import FREE
from tests.cloud.processes import ROOT, surroundings
from tests.cloud.settings import Settings
from tests.docs import pages

START, NAMES, *REST = pages.blocks('tutorial.md', 'sh')
BIN = Path(sys.executable).parent


@pytest.fixture(scope='module')
def played(seed, tmp_path_factory):
    """Return each block's output, by its heading."""
    folder = seed(tmp_path_factory.mktemp('tutorial'))
    with Cloud(sys.executable, folder, FREE, Settings(workers=2)) as cloud:
        farewell.tell(cloud)
        shell = subprocess.run(
            ['bash', '-c', script(folder.folder)],
            cwd=ROOT,
            env=surroundings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
    assert shell.returncode == 0, shell.stdout
    _, *outputs = re.split(r'^=== (.*)$\n', shell.stdout, flags=re.MULTILINE)
    found = {}
    for heading, output in zip(outputs[::2], outputs[1::2], strict=True):
        found[heading] = found.get(heading, '') + output
    return found


def script(state):
    """Return the tutorial as a script, with the state in another folder."""
    text = 'set -e\n'
    for block in (NAMES, *REST):
        # A refusal is expected where the page says "!".
        commands = re.sub(
            r'^! (.*)$',
            r'if \1; then exit 9; fi',
            block.text,
            flags=re.MULTILINE,
        )
        text += f'echo "=== {block.heading}"\n{commands}'
    text = text.replace('"$PWD"/.cloud/venv-*/bin', str(BIN))
    text = text.replace('$PWD/.cloud', str(state))
    return re.sub(r'(?<![\w/])\.cloud\b', str(state), text)


def test_the_first_command_is_the_demo():
    assert START.text == 'python3 -m tests.cloud.demo\n'
    assert os.access(ROOT / 'tests' / 'cloud' / 'demo.py', os.R_OK)


def test_the_cloud_is_seen(played):
    assert 'vm1' in played['1. Start the cloud']


def test_audit_lets_two_parameters_pass(played):
    assert (
        'vm1-audited' in played['2. Audit: let everything pass, and record it']
    )


def test_the_report_names_who_would_break(played):
    output = played['3. Report: who would break']

    assert re.search(r'openstack\S*.*\| description +\|', output)
    assert re.search(r'openstack\S*.*\| name +\|', output)


def test_the_profile_lets_two_pass_and_refuses_others(played):
    output = played['4. Decide']

    assert 'BadRequestException: 400' in output
    assert 'one parameter' in output
    assert 'hostname, name' in output or 'name, hostname' in output


def test_the_policy_refuses_by_name_and_hides(played):
    output = played['5. Write a policy']

    assert 'update_guard:server:update:description' in output
    shown = re.findall(r'^\| key_name +\| (\S*) *\|', output, re.MULTILINE)
    *_, member, admin = shown
    assert (member != admin, admin) == (True, 'garden-key')
