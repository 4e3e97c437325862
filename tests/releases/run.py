"""Run the examples, the rules and the story with one release of nova."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cloud import processes
from tests.cloud.errors import CloudError, tail
from tests.cloud.state import State
from tests.releases import install, results
from tests.releases.results import Result
from tests.releases.table import Release

Say = Callable[[str], None]

_STEPS = re.compile(r'All (\d+) steps gave the expected result')
_LOOK_EVERY_SECONDS = 0.5


def run(
    release: Release,
    version: str,
    state: State,
    examples: int,
    seed: int,
    say: Say,
) -> Result:
    """Return what is seen with *release* on a Python of *version*.

    Raises CloudError if it cannot be installed, or does not run at all.
    """
    began = time.monotonic()
    python = install.installed_python(state, release, version, say)
    generated = _examples(python, state, examples, seed, say)
    say('comparing the rules of both policies')
    rules = json.loads(_output(python, state, 'tests.releases.rules'))
    say('playing the story on keystone and nova')
    steps = _story(python, state)
    result = Result(
        release=release.name,
        nova=release.nova,
        python=version,
        key=results.key(release),
        seed=seed,
        newest=generated['newest'],
        examples=generated['examples'],
        reached=generated['reached'],
        later=generated['later'],
        steps=steps,
        differences=[],
        problems=[] if steps else [_failed(state)],
        seconds=round(time.monotonic() - began),
    )
    rules = [f'rules: {problem}' for problem in rules]
    return results.explained(result, release, generated['wrong'] + rules)


def _examples(
    python: Path, state: State, examples: int, seed: int, say: Say
) -> dict[str, Any]:
    """Run the generators, and hand on what they tell; return the result."""
    log = state.log('examples')
    log.unlink(missing_ok=True)
    file = state.folder / 'examples.json'
    file.unlink(missing_ok=True)
    command = [
        *(python, '-W', 'ignore', '-m', 'tests.equivalence', str(examples)),
        *('--seed', str(seed), '--json', file),
    ]
    with processes.started(command, log, processes.surroundings()) as process:
        while process.poll() is None:
            said = log.read_text(errors='replace').splitlines()
            say(said[-1] if said else 'starting nova')
            time.sleep(_LOOK_EVERY_SECONDS)
    if not file.exists():
        raise CloudError(f'The examples did not run:\n{tail(log)}')
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _output(python: Path, state: State, module: str) -> str:
    """Return the last line that *module* prints; CloudError if it fails."""
    done = subprocess.run(
        [python, '-W', 'ignore', '-m', module],
        capture_output=True,
        text=True,
        check=False,
        cwd=processes.ROOT,
        env=processes.surroundings(),
    )
    if done.returncode:
        log = state.log(module)
        log.write_text(done.stderr)
        raise CloudError(f'{module} failed:\n{tail(log)}')
    return done.stdout.splitlines()[-1]


def _story(python: Path, state: State) -> int:
    """Return how many steps were good; 0 if one was not."""
    log = state.log('story')
    log.unlink(missing_ok=True)
    command = [
        *(python, '-W', 'ignore', '-m', 'tests.cloud.demo', '--once'),
        *('--python', python, '--state', state.folder),
        *('--nova-port', '0', '--keystone-port', '0', '--standin-port', '0'),
    ]
    with processes.started(command, log, processes.surroundings()) as process:
        process.wait()
    steps = _STEPS.search(log.read_text(errors='replace'))
    return int(steps[1]) if steps else 0


def _failed(state: State) -> str:
    return f'the story failed: {state.log("story")} says why'
