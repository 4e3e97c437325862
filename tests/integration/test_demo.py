"""The demo runs its steps, and fails where one fails."""

import re
import subprocess
import sys
from pathlib import Path

from tests.cloud import demo
from tests.cloud.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_demo_plays_its_story_and_stops_everything(seed, tmp_path):
    """Here with the guard in a proxy; below, in nova."""
    seed(tmp_path)
    command = [
        *(sys.executable, '-m', 'tests.cloud.demo', '--proxy', '--once'),
        *('--python', sys.executable, '--state', str(tmp_path)),
        *('--nova-port', '0', '--keystone-port', '0', '--standin-port', '0'),
        *('--proxy-port', '0'),
    ]

    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert 'Starting proxy-1 at' in done.stdout
    assert 'All 12 steps gave the expected result' in done.stdout
    assert "Two parameters, straight to nova's own port" in done.stdout
    words = ' '.join(done.stdout.split())
    assert 'that port must be out of reach' in words
    assert 'Everything is stopped' in done.stdout


def test_the_story_gives_the_expected_results_with_the_guard_in_nova(
    cloud, capsys
):
    assert demo._play(cloud) == 0
    assert re.search(
        r'All \d+ steps gave the expected result', capsys.readouterr().out
    )


def test_a_step_with_an_unexpected_result_fails_the_demo(
    running_cloud, capsys
):
    running_cloud.restart_nova(Settings(guard_conf='one_parameter = off\n'))

    assert demo._play(running_cloud) == 1
    assert 'FAIL 2. Two parameters at once' in capsys.readouterr().out
