"""Walk all of nova's routes, and print each marked value that gets through.

``python -m tests.canary`` takes minutes; with ``--quick``, one.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.canary import proxied, reasons, seed, walk
from tests.canary.marks import MARKS
from tests.canary.recorded import Recorded
from tests.canary.recorder import Recorder
from tests.canary.whole import CanaryNova
from tests.whole_nova import noise, pipelines
from tests.whole_nova.client import Client


def main() -> bool:
    """Return whether anything that is hidden was found."""
    arguments = _arguments()
    logging.disable()
    with noise.ignored(), CanaryNova() as nova:
        raw = Client(pipelines.without_guard(_folder()))
        seed.make_image(nova.glance)
        seed.prepare(raw)
        seeded = seed.seed(raw)
        nova.attached = seeded.rich
        recorder = Recorder(raw, seeded, not arguments.quick, _say)
        recorded = list(recorder.record())
        result = {
            'recorded': [str(one) for one in recorded],
            'unseen': _unseen(recorded),
            'unreached': reasons.unreached(
                {one.case for one in recorded if one.status < 300}
            ),
            **_walk(recorded, raw),
        }
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(result, indent=1))
    _print(result)
    wrong = ('differences', 'unseen', 'unreached')
    return any(result['leaks'].values()) or any(map(result.get, wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser('tests.canary', description=__doc__)
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--json', help='write the result to this file')
    return parser.parse_args()


def _walk(recorded: list[Recorded], raw: Client) -> dict[str, Any]:
    leaks: dict[str, list[walk.Leak]] = {}
    with _guarded(walk.hides_all()) as client:
        _say('everything hidden')
        leaks['everything'] = list(
            walk.leaks(recorded, MARKS, _through(client))
        )
    for rules, marks in walk.groups().items():
        _say(f'hidden alone: {marks[0]}')
        with _guarded(walk.shows(*rules)) as client:
            leaks[str(marks[0])] = list(
                walk.leaks(recorded, marks, _through(client))
            )
    _say('everything hidden, by the proxy')
    leaks['everything, by the proxy'] = list(
        proxied.leaks(recorded, walk.hides_all(), _folder())
    )
    _say('nothing hidden')
    with _guarded(walk.shows()) as client:
        differences = list(walk.differences(recorded, client, raw))
    return {'leaks': leaks, 'differences': differences}


def _through(client: Client) -> Any:
    return lambda recorded: recorded.through(client)


@contextmanager
def _guarded(rules: dict[str, str]) -> Iterator[Client]:
    yield Client(pipelines.with_guard(_folder(), rules, **walk.OPTIONS))


def _unseen(recorded: list[Recorded]) -> list[str]:
    """Return the marks that nova showed nowhere: nothing tests them."""
    seen = {mark for one in recorded for mark in walk.shown_in(one, MARKS)}
    return [
        f'{mark}: {mark.text or mark.key}'
        for mark in MARKS
        if mark not in seen
    ]


def _folder() -> Path:
    return Path(tempfile.mkdtemp())


_BEGAN = time.monotonic()


def _say(text: str) -> None:
    print(f'{time.monotonic() - _BEGAN:6.1f} s  {text}', file=sys.stderr)


def _print(result: dict[str, Any]) -> None:
    for policy, leaks in result['leaks'].items():
        print(f'{policy} hidden: {len(leaks)} leaks')
        for leak in sorted(set(leaks)):
            print('  ', *leak, sep=' | ')
    for line in result['differences']:
        print('not as nova sent it:', line)
    for line in result['unseen']:
        print('nova shows it nowhere:', line)
    for line in result['unreached']:
        print('nova was not brought to succeed:', line)
    print(len(result['recorded']), 'responses of nova')


if __name__ == '__main__':
    sys.exit(main())
