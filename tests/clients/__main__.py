"""``python -m tests.clients``: what clients print of what is hidden.

Starts a small real cloud, and runs the commands of openstack and nova and
the calls of openstacksdk with one attribute hidden after another: those of
the documentation, or those that are named. Prints the page of the
documentation; ends with 1 if a client stumbled.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nova_update_guard.compute_api.server_attributes import SERVER_ATTRIBUTES
from tests.clients import trials
from tests.cloud.cloud import Cloud
from tests.cloud.ports import FREE
from tests.cloud.state import state


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if no client stumbled."""
    parser = argparse.ArgumentParser(prog='python -m tests.clients')
    parser.add_argument('attribute', nargs='*', default=trials.TYPICAL)
    parser.add_argument('--all', action='store_true', help='each attribute')
    requested = parser.parse_args(arguments)
    hidden = requested.attribute
    if requested.all:
        hidden = sorted({row.name for row in SERVER_ATTRIBUTES})
    with (
        tempfile.TemporaryDirectory(prefix='clients-') as folder,
        Cloud(Path(sys.executable), state(folder), FREE, say=_say) as cloud,
    ):
        trials.add_history(cloud)
        before, after = trials.measure(cloud, hidden, _say)
    for line in trials.lines(before, after):
        print(line, end='')
    wrong = list(trials.problems(before, after))
    for words in wrong:
        _say(f'WRONG: {words}')
    return 1 if wrong else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == '__main__':
    sys.exit(main())
