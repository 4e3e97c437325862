"""What an operator hides is hidden wherever nova shows it.

The walk is a process of its own: there is one nova in a process, and this one
has marked values all over. ``python -m tests.canary`` walks further.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.processes import ROOT

# Seconds; a busy machine takes several times as long as a free one.
TIMEOUT = 600


@pytest.fixture(scope='module')
def walked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The result of a quick walk."""
    path = tmp_path_factory.mktemp('canary') / 'result.json'
    done = subprocess.run(
        [sys.executable, '-m', 'tests.canary', '--quick', '--json', path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert path.exists(), done.stderr
    return json.loads(Path(path).read_text())


def test_no_hidden_value_gets_through_the_filter_if_all_are_hidden(
    walked: Any,
) -> None:
    assert walked['leaks']['everything'] == []


def test_no_hidden_value_gets_through_the_proxy(walked: Any) -> None:
    assert walked['leaks']['everything, by the proxy'] == []


def test_no_value_gets_through_that_is_hidden_alone(walked: Any) -> None:
    alone = {
        attributes: leaks
        for attributes, leaks in walked['leaks'].items()
        if not attributes.startswith('everything')
    }

    assert len(alone) > 40
    assert {name: leaks for name, leaks in alone.items() if leaks} == {}


def test_with_nothing_hidden_every_byte_is_of_nova(walked: Any) -> None:
    assert walked['differences'] == []


def test_nova_shows_every_marked_value_somewhere(walked: Any) -> None:
    assert walked['unseen'] == []


def test_every_route_of_nova_succeeds_or_has_a_reason(walked: Any) -> None:
    assert walked['unreached'] == []
