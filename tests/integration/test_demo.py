"""The demo runs its steps, and fails where one fails."""

import re
import subprocess
import sys
from pathlib import Path

from tests.cloud import demo
from tests.cloud.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_demo_plays_its_story_and_stops_everything(tmp_path):
    command = [
        *(sys.executable, '-m', 'tests.cloud.demo', '--once'),
        *('--python', sys.executable, '--state', str(tmp_path)),
        *('--nova-port', '0', '--keystone-port', '0', '--standin-port', '0'),
    ]

    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert re.search(r'All \d+ steps gave the expected result', done.stdout)
    assert 'Everything is stopped' in done.stdout


def test_a_step_with_an_unexpected_result_fails_the_demo(
    cloud, rebuilt, capsys
):
    rebuilt(Settings(guard_conf='one_parameter = off\n'))

    assert demo._play(cloud) == 1
    assert 'FAIL 2. Two parameters at once' in capsys.readouterr().out
